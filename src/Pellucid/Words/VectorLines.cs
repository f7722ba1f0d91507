using System.Buffers.Text;
using System.Text;
using Pellucid.Files;

namespace Pellucid.Words;

/// <summary>
/// Vectors in text without a first line that says how many, as GloVe has them: a line a word, its numbers after it. A word may
/// have spaces inside; it is what stands before the numbers.
/// </summary>
internal static class VectorLines
{
    private const int SmallestSize = 2; // a word and one number are a count, or a header that is none

    /// <summary>Numbers of a vector, told by the first line; null if it is none.</summary>
    public static int? SizeOf(ReadOnlySpan<byte> line)
    {
        var numbers = 0;
        var rest = line.TrimEnd(" \t\r"u8);
        while (LastNumber(ref rest, out _) && !rest.IsEmpty)
            numbers++;
        return numbers >= SmallestSize ? numbers : null;
    }

    /// <summary>Reads vectors of so many numbers, or the first so many of them.</summary>
    /// <exception cref="InvalidDataException">A line has fewer numbers, or more; the message names it.</exception>
    public static VectorTable Read(string path, int size, int most)
    {
        var (table, number) = (new VectorTable(size), 0);
        foreach (var line in Lines.Of(path))
        {
            number++;
            var rest = line.Span.TrimEnd(" \t"u8);
            if (rest.IsEmpty)
                continue;
            if (table.Count == most)
                break;
            var vector = table.Next();
            for (var i = size - 1; i >= 0; i--)
                if (!LastNumber(ref rest, out vector[i]) || rest.IsEmpty)
                    throw new InvalidDataException($"{path}: line {number} is not a word and the {size} numbers that line 1 has: "
                        + $"'{Excerpt.Of(Encoding.UTF8.GetString(line.Span[..Math.Min(line.Length, 400)]))}'");
            var word = rest;
            if (rest.IndexOfAny((byte)' ', (byte)'\t') >= 0 && LastNumber(ref rest, out _))
                throw new InvalidDataException($"{path}: line {number} has more numbers than the {size} of line 1");
            table.Add(word);
        }
        return table;
    }

    // Takes the last field off a line, if it is a number; what is left is empty when there was nothing before it.
    private static bool LastNumber(ref ReadOnlySpan<byte> line, out float value)
    {
        var at = line.LastIndexOfAny((byte)' ', (byte)'\t') + 1;
        if (!Utf8Parser.TryParse(line[at..], out value, out var used) || used != line.Length - at)
            return false;
        line = line[..at].TrimEnd(" \t"u8);
        return true;
    }
}
