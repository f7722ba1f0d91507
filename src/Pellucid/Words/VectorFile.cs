using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Pellucid.Files;

namespace Pellucid.Words;

/// <summary>
/// Files of word vectors as word2vec.c writes them. Both begin with a line <c>words size</c>. Text: a line a word, its
/// numbers after it. Binary: a word, a space, its numbers as float32 of little endian, a line end that some writers omit.
/// </summary>
public static class VectorFile
{
    private const int LongestWord = 4096, LargestSize = 100_000;

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

    /// <summary>Reads either kind; which one it is shows after the first word.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Words to read at most, from the beginning.</param>
    /// <exception cref="InvalidDataException">The file is not what its header says; the message names word or line.</exception>
    public static WordVectors Read(string path, int most = int.MaxValue)
    {
        if (Directory.Exists(path))
            throw new InvalidDataException($"{path} is a folder, not a file of word vectors");
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no file {path}");
        using var bytes = new ByteSource(path);
        var (count, size) = ReadHeader(bytes, path);
        count = Math.Min(count, most);
        // No row is shorter than a letter, a space and two bytes a number, of which the last row may lack one;
        // a header that lies shall not make us ask for memory.
        if (count * (2 + 2 * size) > bytes.Length + 1)
            throw new InvalidDataException(
                $"{path}: the header promises {count} vectors of {size} numbers, but the file has {bytes.Length} bytes");
        var (words, values) = (new WordList(), WordVectors.Allocate(count, (int)size));
        bool? binary = null;
        Span<byte> word = new byte[LongestWord];
        for (var row = 0; row < count; row++)
        {
            var length = ReadWord(bytes, word, path, row);
            if (words.FindOrAdd(word[..length]) != row)
                throw new InvalidDataException(
                    $"{path}: the word '{Excerpt.Of(Encoding.UTF8.GetString(word[..length]))}' of vector {row + 1} was there before");
            var vector = values.AsSpan(checked((int)(row * size)), (int)size);
            binary ??= !bytes.LooksLikeText((int)size);
            if (!(binary.Value ? ReadBinary(bytes, vector) : ReadText(bytes, vector, path, row)))
                throw new InvalidDataException(
                    $"{path} ends early: the header promises {count} vectors, and number {row + 1} is not whole");
        }
        try
        {
            return new WordVectors(words, values, (int)size);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    private static (long Count, long Size) ReadHeader(ByteSource bytes, string path)
    {
        Span<byte> line = stackalloc byte[64];
        var length = 0;
        while (length < line.Length && bytes.Next() is >= 0 and not '\n' and var value)
            line[length++] = (byte)value;
        var parts = Encoding.Latin1.GetString(line[..length]).Split(' ',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || count < 1
            || size is < 1 or > LargestSize)
            throw new InvalidDataException(
                $"{path} does not begin with two numbers, the words and the size of their vectors; is it a file of word2vec vectors?");
        return (count, size);
    }

    // A word ends at a space; line ends before it are what separates rows.
    private static int ReadWord(ByteSource bytes, Span<byte> word, string path, int row)
    {
        var length = 0;
        while (true)
        {
            var value = bytes.Next();
            if (value < 0)
                throw new InvalidDataException($"{path} ends early: after {row} vectors");
            if (value is ' ' or '\t')
                break;
            if (value is '\n' or '\r' && length == 0)
                continue;
            if (length == word.Length || value == '\n')
                throw new InvalidDataException($"{path}: vector {row + 1} does not begin with a word and a space");
            word[length++] = (byte)value;
        }
        return length > 0 ? length : throw new InvalidDataException($"{path}: vector {row + 1} has no word");
    }

    private static bool ReadBinary(ByteSource bytes, Span<float> vector)
    {
        if (!bytes.Read(MemoryMarshal.AsBytes(vector)))
            return false;
        if (!BitConverter.IsLittleEndian)
            foreach (ref var value in vector)
                value = BitConverter.Int32BitsToSingle(
                    System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits(value)));
        return true;
    }

    private static bool ReadText(ByteSource bytes, Span<float> vector, string path, int row)
    {
        Span<byte> number = stackalloc byte[64];
        for (var i = 0; i < vector.Length; i++)
        {
            var length = 0;
            int value;
            while ((value = bytes.Next()) is ' ' or '\t')
            {
            }
            for (; value is >= 0 and not (' ' or '\t' or '\n' or '\r') && length < number.Length; value = bytes.Next())
                number[length++] = (byte)value;
            if (length == 0 && value < 0)
                return false;
            if (!Utf8Parser.TryParse(number[..length], out vector[i], out var used) || used != length)
                throw new InvalidDataException($"{path}: line {row + 2} has " + (length == 0 ? $"only {i} of {vector.Length} numbers"
                    : $"'{Encoding.UTF8.GetString(number[..length])}' where a number should be"));
            if (value == '\n' && i < vector.Length - 1)
                throw new InvalidDataException($"{path}: line {row + 2} has only {i + 1} of {vector.Length} numbers");
        }
        return true;
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
