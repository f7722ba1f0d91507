using System.Text;

namespace Pellucid.Constraints.Terms;

/// <summary>Characters as bytes: in UTF-8, or as they may be written within a string of JSON.</summary>
internal sealed class TextTerms(TermTable terms)
{
    private static readonly (char Letter, int Character)[] Escapes =
        [('"', '"'), ('\\', '\\'), ('/', '/'), ('b', 8), ('f', 12), ('n', 10), ('r', 13), ('t', 9)];

    private static readonly CodePoints Escaped = new((0, 0x1F), ('"', '"'), ('\\', '\\'));
    private static readonly int[] Utf8Ends = [0x7F, 0x7FF, 0xFFFF, 0x10FFFF];

    private readonly Dictionary<string, Term> _inJson = [];
    private readonly Dictionary<int, Term> _single = [];

    public TermTable Table => terms;

    /// <summary>One character of a set, in UTF-8.</summary>
    public Term Plain(CodePoints set)
    {
        var all = new List<Term>();
        foreach (var (first, last) in set.Ranges)
        {
            var start = first;
            foreach (var end in Utf8Ends)
                if (start <= end && start <= last)
                {
                    all.Add(Between(Utf8(start), Utf8(Math.Min(last, end)), 0x80, 0xBF, ByteSet.Range));
                    start = end + 1;
                }
        }
        return terms.Either(all);
    }

    /// <summary>One character of a set within a string of JSON: as it is where it may be, or in any of its escaped forms.</summary>
    public Term InJson(CodePoints set)
    {
        if (set.Ranges is [var (only, end)] && only == end)
            return Single(only);
        var name = string.Join(' ', set.Ranges);
        if (_inJson.TryGetValue(name, out var known))
            return known;
        bool Has(int character) => set.Ranges.Any(range => character >= range.First && character <= range.Last);
        var all = new List<Term> { Plain(set.Without(Escaped)) };
        foreach (var (letter, character) in Escapes)
            if (Has(character))
                all.Add(terms.Literal($"\\{letter}"));
        foreach (var (first, last) in set.Ranges)
        {
            if (first <= 0xFFFF)
                all.Add(Unit(first, Math.Min(last, 0xFFFF)));
            if (last > 0xFFFF)
                all.Add(Pair(Math.Max(first, 0x10000) - 0x10000, last - 0x10000));
        }
        return _inJson[name] = terms.Either(all);
    }

    private Term Single(int character)
    {
        if (_single.TryGetValue(character, out var known))
            return known;
        var text = char.ConvertFromUtf32(character);
        var all = new List<Term> { terms.Sequence([.. text.Select(unit => Unit(unit, unit))]) };
        if (character >= ' ' && character is not ('"' or '\\'))
            all.Add(terms.Literal(text));
        foreach (var (letter, escaped) in Escapes)
            if (escaped == character)
                all.Add(terms.Literal($"\\{letter}"));
        return _single[character] = terms.Either(all);
    }

    // A pair of surrogates is a number of two digits to the base 1024.
    private Term Pair(int first, int last)
    {
        Term Two(int high, int highLast, int low, int lowLast) =>
            terms.Sequence(Unit(0xD800 + high, 0xD800 + highLast), Unit(0xDC00 + low, 0xDC00 + lowLast));

        var (high, highLast, low, lowLast) = (first >> 10, last >> 10, first & 0x3FF, last & 0x3FF);
        if (high == highLast)
            return Two(high, high, low, lowLast);
        var parts = new List<Term> { Two(high, high, low, 0x3FF), Two(highLast, highLast, 0, lowLast) };
        if (high + 1 < highLast)
            parts.Add(Two(high + 1, highLast - 1, 0, 0x3FF));
        return terms.Either(parts);
    }

    // \uXXXX, with small and large letters.
    private Term Unit(int first, int last) =>
        terms.Sequence(terms.Literal("\\u"), Between(Nibbles(first), Nibbles(last), 0, 15, Hexadecimal));

    private static byte[] Nibbles(int value) => [(byte)(value >> 12), (byte)(value >> 8 & 15), (byte)(value >> 4 & 15), (byte)(value & 15)];

    private static ByteSet Hexadecimal(int first, int last)
    {
        var set = default(ByteSet);
        for (var digit = first; digit <= last; digit++)
            set |= ByteSet.Of((byte)"0123456789abcdef"[digit]) | ByteSet.Of((byte)"0123456789ABCDEF"[digit]);
        return set;
    }

    private static byte[] Utf8(int character) => Encoding.UTF8.GetBytes(char.ConvertFromUtf32(character));

    // Strings of digits between two of the same length, where all but the first digit go from one value to another.
    private Term Between(ReadOnlySpan<byte> first, ReadOnlySpan<byte> last, byte least, byte most, Func<int, int, ByteSet> set)
    {
        if (first.IsEmpty)
            return terms.Empty;
        if (first[0] == last[0])
            return terms.Sequence(terms.Bytes(set(first[0], first[0])), Between(first[1..], last[1..], least, most, set));
        var (all, low, high) = (new List<Term>(), (int)first[0], (int)last[0]);
        if (first[1..].ContainsAnyExcept(least))
        {
            Span<byte> end = stackalloc byte[first.Length - 1];
            end.Fill(most);
            all.Add(terms.Sequence(terms.Bytes(set(low, low)), Between(first[1..], end, least, most, set)));
            low++;
        }
        if (last[1..].ContainsAnyExcept(most))
        {
            Span<byte> start = stackalloc byte[first.Length - 1];
            start.Fill(least);
            all.Add(terms.Sequence(terms.Bytes(set(high, high)), Between(start, last[1..], least, most, set)));
            high--;
        }
        if (low <= high)
            all.Add(terms.Sequence(terms.Bytes(set(low, high)),
                terms.Repeat(terms.Bytes(set(least, most)), first.Length - 1, first.Length - 1)));
        return terms.Either(all);
    }
}
