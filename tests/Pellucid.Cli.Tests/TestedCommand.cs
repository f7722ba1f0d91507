namespace Pellucid.Tests;

/// <summary>
/// The command that tests start: the one built beside them, or one published elsewhere whose <c>Pellucid.Cli.dll</c> is named. Compiled
/// ahead it starts in a fraction of the time, and tests start it a thousand times.
/// </summary>
internal static class TestedCommand
{
    private const string Variable = "PELLUCID_TESTED_COMMAND";

    /// <summary>Its assembly, which <c>dotnet</c> runs.</summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named
        : System.IO.Path.Combine(AppContext.BaseDirectory, "Pellucid.Cli.dll");
}
