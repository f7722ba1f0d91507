using System.CommandLine;
using System.Globalization;
using System.Text;
using Pellucid.Tokens;
using Pellucid.Training;
using Pellucid.Worlds;

namespace Pellucid.Cli;

/// <summary>The text that a verb reads: files, folders, or the built-in world.</summary>
internal static class TrainingText
{
    /// <summary>Name of the built-in text.</summary>
    public const string MicroWorldName = "micro-world";

    /// <summary>Name of the same with more of what it takes depth to tell.</summary>
    private const string WideName = "micro-world-wide";

    /// <summary>Name of drawings of animals with horns.</summary>
    public const string AnimalsName = "animals";

    /// <summary>The seed of the built-in text.</summary>
    public const ulong MicroWorldSeed = MicroWorld.UsualSeed;

    // Built-in texts beside the world, by their names.
    private static readonly Dictionary<string, Func<string>> Exercises = new()
    {
        ["indirect-object"] = () => new IndirectObject(MicroWorldSeed).Text(IndirectObjectSentences),
        ["indirect-object-shuffled"] = () => new IndirectObject(MicroWorldSeed).Text(IndirectObjectSentences, shuffled: true),
        [AnimalsName] = () => Animal.Text(MicroWorldSeed, Animals),
        ["invented-words"] = () => new InventedWords(MicroWorldSeed).Text(InventedLines),
    };

    private const int IndirectObjectSentences = 20_000, InventedLines = 2000, Animals = 60_000;
    private const int DefaultMegabytes = 2;
    private const int LargestMegabytes = 1000;

    /// <summary>What can be read, as a help text says it.</summary>
    public static string BuiltIn { get; } = $"the built-in text {MicroWorldName}, {MicroWorldName}:32MB for so much of it, "
        + $"or what instruments are tried on: {string.Join(", ", Exercises.Keys)}";

    /// <summary>Sources of text.</summary>
    public static Option<string[]> NewData(bool required = true) => new("--data")
    {
        Description = $"Text files, JSONL files, folders of both, or {BuiltIn}",
        AllowMultipleArgumentsPerToken = true,
        Required = required,
    };

    /// <summary>The field of JSONL that holds a document.</summary>
    public static readonly Option<string> TextField =
        new("--text-field") { Description = "Field of a JSONL line that holds the document", DefaultValueFactory = _ => "text" };

    /// <summary>All sources, opened as they are read.</summary>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is empty.</exception>
    public static TextSource Open(IReadOnlyList<string> sources, string textField = "text") =>
        new(sources.SelectMany(FilesOf)) { TextField = textField };

    /// <summary>Bytes of all sources, one document after another.</summary>
    public static byte[] Read(IReadOnlyList<string> sources, string textField = "text")
    {
        using var all = new MemoryStream();
        foreach (var part in Open(sources, textField).Read(CharacterTokenizer.LastCharacter))
            all.Write(part.Bytes.Span);
        return all.ToArray();
    }

    /// <summary>A short name for what is read, such as a folder could have.</summary>
    public static string Name(IReadOnlyList<string> sources) =>
        sources[0].StartsWith(MicroWorldName, StringComparison.Ordinal) ? MicroWorldName
            : Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(sources[0])) is { Length: > 0 } name ? name : "text";

    private static bool IsWide(string source) => source.StartsWith(WideName, StringComparison.Ordinal);

    private static int Megabytes(string source)
    {
        var name = IsWide(source) ? WideName : MicroWorldName;
        if (source == name)
            return DefaultMegabytes;
        return source[name.Length] == ':' && source.EndsWith("MB", StringComparison.Ordinal)
            && int.TryParse(source.AsSpan(name.Length + 1, source.Length - name.Length - 3), NumberStyles.None,
                CultureInfo.InvariantCulture, out var megabytes)
            && megabytes is >= 1 and <= LargestMegabytes
            ? megabytes : throw new ArgumentException($"'{source}' is not a text; "
                + $"the built-in one is {MicroWorldName}, or {MicroWorldName}:NMB for N megabytes of it, at most {LargestMegabytes}");
    }

    private static IEnumerable<TextSource.TextFile> FilesOf(string source)
    {
        string? text = null;
        if (File.Exists(source))
            return TextSource.FilesOf(source);
        if (source.StartsWith(MicroWorldName, StringComparison.Ordinal))
            text = new MicroWorld(MicroWorldSeed, IsWide(source) ? MicroWorld.Wide : null).Text(Megabytes(source) * 1_000_000);
        else if (Exercises.GetValueOrDefault(source) is { } write)
            text = write();
        if (text is null)
            return TextSource.FilesOf(source);
        var bytes = Encoding.UTF8.GetBytes(text);
        return [new(source, () => new MemoryStream(bytes, writable: false), bytes.Length)];
    }
}
