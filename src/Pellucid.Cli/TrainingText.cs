using Pellucid.Worlds;

namespace Pellucid.Cli;

/// <summary>The text that a verb reads: files, or the built-in world.</summary>
internal static class TrainingText
{
    /// <summary>Name of the built-in text.</summary>
    public const string MicroWorldName = "micro-world";

    /// <summary>Name of the built-in sentences about giving.</summary>
    public const string IndirectObjectName = "indirect-object";

    private const int IndirectObjectSentences = 20_000;
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
        if (source == IndirectObjectName)
            return System.Text.Encoding.UTF8.GetBytes(new IndirectObject(MicroWorldSeed).Text(IndirectObjectSentences));
        if (Directory.Exists(source))
            throw new InvalidDataException($"{source} is a folder, not a text file");
        if (!File.Exists(source))
            throw new FileNotFoundException($"there is no file {source}; the built-in texts are {MicroWorldName} and {IndirectObjectName}");
        var bytes = File.ReadAllBytes(source);
        return bytes.Length > 0 ? bytes : throw new InvalidDataException($"{source} is empty");
    }
}
