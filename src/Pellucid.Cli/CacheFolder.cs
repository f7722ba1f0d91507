namespace Pellucid.Cli;

/// <summary>Where the command keeps what it can make or fetch again.</summary>
internal static class CacheFolder
{
    /// <summary>Names another folder than the system's.</summary>
    public const string Variable = "PELLUCID_CACHE";

    /// <summary>A folder in it, which may not be there yet.</summary>
    public static string Of(string name) => Path.Combine(Root(), name);

    private static string Root()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen)
            return chosen;
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } system)
            return Path.Combine(system, "pellucid");
        return OperatingSystem.IsWindows()
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "pellucid")
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "pellucid");
    }
}
