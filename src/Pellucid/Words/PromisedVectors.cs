using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;

namespace Pellucid.Words;

/// <summary>Vectors below a line that says how many there are and how long, in text or binary.</summary>
internal sealed class PromisedVectors(ByteSource bytes, string path, int count, int size)
{
    private const int LongestWord = 4096, LongestNumber = 64;

    /// <summary>Reads them, or the first so many.</summary>
    /// <exception cref="InvalidDataException">The file has fewer, or more.</exception>
    public VectorTable Read(int most)
    {
        bytes.SkipLine();
        var (table, wanted) = (new VectorTable(size), Math.Min(count, most));
        if (bytes.Length is { } length)
        {
            // No row is shorter than a letter, a space and two bytes a number, of which the last row may lack one;
            // a header that lies shall not make us ask for memory.
            if (wanted * (2 + 2L * size) > length + 1)
                throw new InvalidDataException(
                    $"{path}: the header promises {count} vectors of {size} numbers, but the file has {length} bytes");
            table.Reserve(wanted);
        }
        bool? binary = null;
        Span<byte> word = new byte[LongestWord];
        for (var row = 0; row < wanted; row++)
        {
            var letters = ReadWord(word, row);
            var vector = table.Next();
            binary ??= !bytes.LooksLikeText(size);
            if (!(binary.Value ? ReadBinary(vector) : ReadText(vector, row)))
                throw new InvalidDataException(
                    $"{path} ends early: the header promises {count} vectors, and number {row + 1} is not whole");
            table.Add(word[..letters]);
        }
        if (wanted == count)
            RequireEnd();
        return table;
    }

    // A word ends at a space; line ends before it are what separates rows.
    private int ReadWord(Span<byte> word, int row)
    {
        var length = 0;
        while (true)
        {
            var value = bytes.Next();
            if (value < 0)
                throw new InvalidDataException($"{path} ends early: after {row} of the {count} vectors that the header promises");
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

    private bool ReadBinary(Span<float> vector)
    {
        if (!bytes.Read(MemoryMarshal.AsBytes(vector)))
            return false;
        if (!BitConverter.IsLittleEndian)
            foreach (ref var value in vector)
                value = BitConverter.Int32BitsToSingle(
                    System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits(value)));
        return true;
    }

    private bool ReadText(Span<float> vector, int row)
    {
        Span<byte> number = stackalloc byte[LongestNumber];
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

    private void RequireEnd()
    {
        int value;
        while ((value = bytes.Next()) is ' ' or '\t' or '\r' or '\n')
        {
        }
        if (value >= 0)
            throw new InvalidDataException(
                $"{path}: the header promises {count} vectors of {size} numbers, but the file has more after them");
    }
}
