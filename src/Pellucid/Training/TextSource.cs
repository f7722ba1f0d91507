namespace Pellucid.Training;

/// <summary>A run of bytes of a document.</summary>
/// <param name="Bytes">The bytes; they stay as they are.</param>
/// <param name="EndsDocument">Whether the document ends with it.</param>
public readonly record struct TextPart(ReadOnlyMemory<byte> Bytes, bool EndsDocument);

/// <summary>
/// Texts of any size as documents, read part by part: a plain file is one document, a line of a JSONL file is one, and a
/// folder is all text files in it, in the order of their names.
/// </summary>
public sealed class TextSource
{
    /// <summary>Files of a folder that are read.</summary>
    public static readonly IReadOnlyList<string> Extensions = [".txt", ".text", ".md", ".jsonl", ".ndjson"];

    private const int PartBytes = 1 << 20;

    private readonly List<TextFile> _files = [];

    /// <summary>Of texts that are there already.</summary>
    public TextSource(params IEnumerable<TextFile> files) => _files.AddRange(files);

    /// <summary>A text, and how to open it.</summary>
    /// <param name="Name">Its path, or what it is called.</param>
    /// <param name="Open">Opens it at its beginning.</param>
    /// <param name="Bytes">How long it is.</param>
    /// <param name="IsJsonLines">Whether each line is a JSON object that has a document in its text field.</param>
    public sealed record TextFile(string Name, Func<Stream> Open, long Bytes, bool IsJsonLines = false);

    /// <summary>The field of a line of JSONL that holds the document.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>All texts in order.</summary>
    public IReadOnlyList<TextFile> Files => _files;

    /// <summary>Bytes of all texts.</summary>
    public long Bytes => _files.Sum(file => file.Bytes);

    /// <summary>Text files of a path, which is one or a folder of them.</summary>
    /// <exception cref="FileNotFoundException">There is nothing of that name, or no text file in the folder.</exception>
    /// <exception cref="InvalidDataException">A file is empty.</exception>
    public static IEnumerable<TextFile> FilesOf(string path)
    {
        if (Directory.Exists(path))
        {
            var files = Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true })
                .Where(file => Extensions.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal).ToArray();
            return files.Length > 0 ? files.Select(FileAt).Where(file => file.Bytes > 0)
                : throw new FileNotFoundException($"the folder {path} has no text file ({string.Join(", ", Extensions)})", path);
        }
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no file {path}", path);
        return FileAt(path) is { Bytes: > 0 } file ? [file] : throw new InvalidDataException($"{path} is empty");
    }

    /// <summary>All documents, part by part.</summary>
    /// <param name="lastCut">Where a text can be cut, as <see cref="Tokens.Tokenizer.LastCut"/> says; a document that cannot be is one part.</param>
    /// <exception cref="InvalidDataException">A line of a JSONL file is not an object with the text field; the message names file and line.</exception>
    public IEnumerable<TextPart> Read(Func<ReadOnlySpan<byte>, int> lastCut)
    {
        ArgumentNullException.ThrowIfNull(lastCut);
        return _files.SelectMany(file => file.IsJsonLines ? JsonLines.Read(file, TextField) : ReadPlain(file, lastCut));
    }

    private static TextFile FileAt(string path) => new(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan),
        new FileInfo(path).Length, Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson");

    private static IEnumerable<TextPart> ReadPlain(TextFile file, Func<ReadOnlySpan<byte>, int> lastCut)
    {
        using var stream = file.Open();
        var (buffer, held, wanted) = (new byte[PartBytes], 0, PartBytes);
        while (true)
        {
            if (buffer.Length < wanted)
                Array.Resize(ref buffer, wanted);
            var count = stream.ReadAtLeast(buffer.AsSpan(held, wanted - held), wanted - held, throwOnEndOfStream: false);
            var ends = held + count < wanted;
            held += count;
            if (ends)
            {
                yield return new TextPart(buffer.AsMemory(0, held), true);
                yield break;
            }
            var cut = lastCut(buffer.AsSpan(0, held));
            if (cut == 0)
            {
                wanted = checked(2 * wanted);
                continue;
            }
            yield return new TextPart(buffer.AsMemory(0, cut), false);
            held -= cut;
            wanted = Math.Max(PartBytes, held + 1);
            var next = new byte[wanted]; // whoever works on the part still has the old one
            buffer.AsSpan(cut, held).CopyTo(next);
            buffer = next;
        }
    }
}
