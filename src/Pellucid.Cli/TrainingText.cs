using System.CommandLine;
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

    /// <summary>Name of the built-in sentences about giving.</summary>
    public const string IndirectObjectName = "indirect-object";

    private const int IndirectObjectSentences = 20_000;
    private const int MicroWorldCharacters = 1_000_000;
    private const ulong MicroWorldSeed = 2026;

    /// <summary>Sources of text.</summary>
    public static Option<string[]> NewData(bool required = true) => new("--data")
    {
        Description = $"Text files, JSONL files, folders of both, or the built-in text {MicroWorldName}",
        AllowMultipleArgumentsPerToken = true,
        Required = required,
    };

    /// <summary>The field of JSONL that holds a document.</summary>
    public static readonly Option<string> TextField = new("--text-field") { Description = "Field of a JSONL line that holds the document", DefaultValueFactory = _ => "text" };

    /// <summary>All sources, opened as they are read.</summary>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is empty.</exception>
    public static TextSource Open(IReadOnlyList<string> sources, string textField = "text") => new(sources.SelectMany(FilesOf)) { TextField = textField };

    /// <summary>Bytes of all sources, one document after another.</summary>
    public static byte[] Read(IReadOnlyList<string> sources, string textField = "text")
    {
        using var all = new MemoryStream();
        foreach (var part in Open(sources, textField).Read(CharacterTokenizer.LastCharacter))
            all.Write(part.Bytes.Span);
        return all.ToArray();
    }

    /// <summary>A short name for what is read, such as a folder could have.</summary>
    public static string Name(IReadOnlyList<string> sources) => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(sources[0])) is { Length: > 0 } name ? name : "text";

    private static IEnumerable<TextSource.TextFile> FilesOf(string source)
    {
        var text = source switch
        {
            MicroWorldName => new MicroWorld(MicroWorldSeed).Text(MicroWorldCharacters),
            IndirectObjectName => new IndirectObject(MicroWorldSeed).Text(IndirectObjectSentences),
            _ => null,
        };
        if (text is null)
            return TextSource.FilesOf(source);
        var bytes = Encoding.UTF8.GetBytes(text);
        return [new(source, () => new MemoryStream(bytes, writable: false), bytes.Length)];
    }
}
