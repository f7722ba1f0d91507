using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Pellucid.Files;

namespace Pellucid.Words;

/// <summary>
/// Files of word vectors as word2vec.c writes them. Both begin with a line <c>words size</c>. Text: a line a word, its
/// numbers after it. Binary: a word, a space, its numbers as float32 of little endian, a line end that some writers omit.
/// GloVe's text has no first line.
/// </summary>
public static class VectorFile
{
    private const int LongestHeader = 64, LargestSize = 100_000;

    /// <summary>Writes vectors, whole or not at all.</summary>
    public static void Write(string path, WordVectors vectors, bool binary)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        SafeFile.Write(path, stream =>
        {
            stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{vectors.Count} {vectors.Size}\n")));
            for (var word = 0; word < vectors.Count; word++)
            {
                stream.Write(vectors.Words[word]);
                stream.WriteByte((byte)' ');
                if (binary)
                    WriteBinary(stream, vectors[word]);
                else
                    WriteText(stream, vectors[word]);
                stream.WriteByte((byte)'\n');
            }
        });
    }

    /// <summary>Reads either kind, packed by gzip or not, and GloVe's text without a first line; which it is shows in the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Words to read at most, from the beginning.</param>
    /// <param name="remark">Told in a sentence where words come more than once: the first vector of a word is taken.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not what its header says; the message names word or line.</exception>
    public static WordVectors Read(string path, int most = int.MaxValue, Action<string>? remark = null)
    {
        if (Directory.Exists(path))
            throw new InvalidDataException($"{path} is a folder, not a file of word vectors");
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no file {path}");
        using var bytes = new ByteSource(PlainText.OpenMixed(path));
        var first = bytes.PeekLine();
        var table = Header(first) is var (count, size) ? new PromisedVectors(bytes, path, count, size).Read(most)
            : VectorLines.SizeOf(first) is { } width ? VectorLines.Read(path, width, most)
            : throw new InvalidDataException($"{path} does not begin with two numbers, the words and the size of their vectors, "
                + "nor with a word and its vector; is it a file of word vectors?");
        if (table.Repeated > 0)
            remark?.Invoke($"{path}: {table.Repeated} vectors are of words that were there before, the first of them "
                + $"'{Excerpt.Of(table.FirstRepeated)}'; the first vector of a word is taken");
        try
        {
            return table.ToVectors();
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    private static (int Count, int Size)? Header(ReadOnlySpan<byte> line)
    {
        if (line.Length > LongestHeader)
            return null;
        var parts = Encoding.Latin1.GetString(line).Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            && count > 0 && size is >= 1 and <= LargestSize ? (count, size) : null;
    }

    private static void WriteBinary(Stream stream, ReadOnlySpan<float> vector)
    {
        if (BitConverter.IsLittleEndian)
        {
            stream.Write(MemoryMarshal.AsBytes(vector));
            return;
        }
        Span<byte> number = stackalloc byte[4];
        foreach (var value in vector)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(number, value);
            stream.Write(number);
        }
    }

    // The shortest text that reads back as the same number.
    private static void WriteText(Stream stream, ReadOnlySpan<float> vector)
    {
        Span<byte> number = stackalloc byte[32];
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i].TryFormat(number, out var length, provider: CultureInfo.InvariantCulture);
            if (i < vector.Length - 1)
                number[length++] = (byte)' ';
            stream.Write(number[..length]);
        }
    }
}
