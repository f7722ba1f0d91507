using System.CommandLine;
using Pellucid.Models;

namespace Pellucid.Cli;

/// <summary><c>--preset</c>: a published shape by its name.</summary>
internal static class PresetOption
{
    /// <summary>The option.</summary>
    public static Option<string?> New() => new("--preset") { Description = $"A published shape: {string.Join(", ", GptPresets.Names)}" };

    /// <summary>The shape of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static GptConfig Shape(string name) => GptPresets.Find(name)
        ?? throw new ArgumentException($"there is no preset '{name}'; there are {string.Join(", ", GptPresets.Names)}");
}
