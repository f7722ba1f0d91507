using System.Security.Cryptography;
using System.Text;
using Pellucid.Files;

namespace Pellucid.Training;

/// <summary>A run of bytes of a document.</summary>
/// <param name="Bytes">The bytes; they stay as they are.</param>
/// <param name="BeginsDocument">Whether a document begins with it.</param>
/// <param name="File">The file it is from.</param>
/// <param name="Start">The byte that it begins at, from 0, or the line, from 1.</param>
/// <param name="IsLine">Whether it is a line.</param>
public readonly record struct TextPart(ReadOnlyMemory<byte> Bytes, bool BeginsDocument, string File, long Start, bool IsLine = false)
{
    /// <summary>The file, and the byte or line that it begins at.</summary>
    public string Where => IsLine ? $"{File}, line {Start}" : Start == 0 ? File : $"{File}, from byte {Start} on";
}

/// <summary>
/// Texts of any size as documents, read part by part: a plain file is one document, a line of a JSONL file is one, and a
/// folder is all text files in it, in the order of their names. Files are UTF-8 with or without its mark, or UTF-16 with its mark,
/// packed by gzip or not; one that holds a zero byte is refused.
/// </summary>
public sealed class TextSource
{
    /// <summary>Files of a folder that are read, also with .gz behind.</summary>
    public static readonly IReadOnlyList<string> Extensions = [".txt", ".text", ".md", ".jsonl", ".ndjson"];

    private const string PackedExtension = ".gz";
    private const int PartBytes = 1 << 20, HashBytes = 1 << 16;

    private readonly List<TextFile> _files = [];

    /// <summary>Of texts that are there already.</summary>
    public TextSource(params IEnumerable<TextFile> files) => _files.AddRange(files);

    /// <summary>A text, and how to open it.</summary>
    /// <param name="Name">Its path, or what it is called.</param>
    /// <param name="Open">Opens it at its beginning, as UTF-8 without a mark.</param>
    /// <param name="Bytes">How many bytes of UTF-8 it has.</param>
    /// <param name="IsJsonLines">Whether each line is a JSON object that has a document in its text field.</param>
    public sealed record TextFile(string Name, Func<Stream> Open, long Bytes, bool IsJsonLines = false);

    /// <summary>The field of a line of JSONL that holds the document.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>All texts in order.</summary>
    public IReadOnlyList<TextFile> Files => _files;

    /// <summary>Bytes of all texts.</summary>
    public long Bytes => _files.Sum(file => file.Bytes);

    /// <summary>Whether it is documents one by one, lines of JSONL or several files, and not a single plain text.</summary>
    public bool HasDocuments => _files.Count > 1 || _files.Any(file => file.IsJsonLines);

    /// <summary>Text files of a path, which is one or a folder of them.</summary>
    /// <exception cref="FileNotFoundException">There is nothing of that name, or no text file in the folder.</exception>
    /// <exception cref="InvalidDataException">A file is empty.</exception>
    public static IEnumerable<TextFile> FilesOf(string path)
    {
        if (Directory.Exists(path))
        {
            var files = Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true })
                .Where(file => Extensions.Contains(Extension(file))).Order(StringComparer.Ordinal).ToArray();
            return files.Length > 0 ? files.Select(FileAt).Where(file => file.Bytes > 0)
                : throw new FileNotFoundException($"the folder {path} has no text file ({string.Join(", ", Extensions)})", path);
        }
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no file {path}", path);
        return FileAt(path) is { Bytes: > 0 } file ? [file] : throw new InvalidDataException($"{path} is empty");
    }

    /// <summary>SHA-256 of all that the text depends on, in hexadecimal.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[HashBytes];
        foreach (var file in _files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Bytes} {(file.IsJsonLines ? TextField : "")}\n"));
            using var stream = file.Open();
            for (int count; (count = stream.Read(buffer)) > 0;)
                hash.AppendData(buffer, 0, count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>All documents, part by part.</summary>
    /// <param name="lastCut">Where a text can be cut, as <see cref="Tokens.Tokenizer.LastCut"/> says;
    /// a document that cannot be is one part.</param>
    /// <exception cref="InvalidDataException">A line of a JSONL file is not an object with the text field;
    /// the message names file and line.</exception>
    public IEnumerable<TextPart> Read(Func<ReadOnlySpan<byte>, int> lastCut)
    {
        ArgumentNullException.ThrowIfNull(lastCut);
        return _files.SelectMany(file => file.IsJsonLines ? JsonLines.Read(file, TextField) : ReadPlain(file, lastCut));
    }

    private static TextFile FileAt(string path) =>
        new(path, () => PlainText.Open(path), PlainText.Length(path), Extension(path) is ".jsonl" or ".ndjson");

    // Of what is inside, where it is packed.
    private static string Extension(string path) => Path.GetExtension(path).ToLowerInvariant() is not PackedExtension and var extension
        ? extension : Path.GetExtension(Path.GetFileNameWithoutExtension(path)).ToLowerInvariant();

    private static IEnumerable<TextPart> ReadPlain(TextFile file, Func<ReadOnlySpan<byte>, int> lastCut)
    {
        using var stream = file.Open();
        var first = (int)Math.Min(PartBytes, file.Bytes + 1);
        var (buffer, held, wanted, start) = (new byte[first], 0, first, 0L);
        TextPart Part(int length) => new(buffer.AsMemory(0, length), start == 0, file.Name, start);
        while (true)
        {
            if (buffer.Length < wanted)
                Array.Resize(ref buffer, wanted);
            var count = stream.ReadAtLeast(buffer.AsSpan(held, wanted - held), wanted - held, throwOnEndOfStream: false);
            var ends = held + count < wanted;
            held += count;
            if (ends)
            {
                yield return Part(held);
                yield break;
            }
            var cut = lastCut(buffer.AsSpan(0, held));
            if (cut == 0)
            {
                wanted = checked((int)(wanted <= file.Bytes ? Math.Min(2L * wanted, file.Bytes + 1) : 2L * wanted));
                continue;
            }
            yield return Part(cut);
            held -= cut;
            start += cut;
            wanted = Math.Max(PartBytes, held + 1);
            var next = new byte[wanted]; // whoever works on the part still has the old one
            buffer.AsSpan(cut, held).CopyTo(next);
            buffer = next;
        }
    }
}
