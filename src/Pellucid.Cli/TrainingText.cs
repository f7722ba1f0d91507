using Pellucid.Worlds;

namespace Pellucid.Cli;

/// <summary>The text that a verb reads: files, or the built-in world.</summary>
internal static class TrainingText
{
    /// <summary>Name of the built-in text.</summary>
    public const string MicroWorldName = "micro-world";

    private const int MicroWorldCharacters = 1_000_000;
    private const ulong MicroWorldSeed = 2026;

    /// <summary>Bytes of all sources, one after another.</summary>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is empty.</exception>
    public static byte[] Read(IReadOnlyList<string> sources)
    {
        using var all = new MemoryStream();
        foreach (var source in sources)
            all.Write(ReadOne(source));
        return all.ToArray();
    }

    /// <summary>A short name for what is read, such as a folder could have.</summary>
    public static string Name(IReadOnlyList<string> sources) => Path.GetFileNameWithoutExtension(sources[0]) is { Length: > 0 } name ? name : "text";

    private static byte[] ReadOne(string source)
    {
        if (source == MicroWorldName)
            return System.Text.Encoding.UTF8.GetBytes(new MicroWorld(MicroWorldSeed).Text(MicroWorldCharacters));
        if (Directory.Exists(source))
            throw new InvalidDataException($"{source} is a folder, not a text file");
        if (!File.Exists(source))
            throw new FileNotFoundException($"there is no file {source}; the built-in text is called {MicroWorldName}");
        var bytes = File.ReadAllBytes(source);
        return bytes.Length > 0 ? bytes : throw new InvalidDataException($"{source} is empty");
    }
}
