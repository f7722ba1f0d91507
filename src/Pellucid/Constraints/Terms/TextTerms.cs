namespace Pellucid.Constraints.Terms;

/// <summary>Characters as bytes: in UTF-8, or as they may be written within a string of JSON.</summary>
internal sealed class TextTerms(TermTable terms)
{
    private static readonly (char Letter, int Character)[] Escapes =
        [('"', '"'), ('\\', '\\'), ('/', '/'), ('b', 8), ('f', 12), ('n', 10), ('r', 13), ('t', 9)];

    private static readonly CodePoints Escaped = new((0, 0x1F), ('"', '"'), ('\\', '\\'));

    // The last character of so many bytes, and what its first byte begins with.
    private static readonly (int Last, int Lead)[] Lengths = [(0x7F, 0), (0x7FF, 0xC0), (0xFFFF, 0xE0), (0x10FFFF, 0xF0)];

    private readonly Dictionary<string, Term> _inJson = [];
    private readonly Dictionary<int, Term> _single = [];

    public TermTable Table => terms;

    /// <summary>One character of a set, in UTF-8.</summary>
    public Term Plain(CodePoints set)
    {
        var (all, first) = (new List<Term>(), 0);
        for (var length = 1; length <= Lengths.Length; length++)
        {
            var (bytes, (last, lead)) = (length, Lengths[length - 1]);
            all.Add(Numbers(Within(set, first, last), bytes, 6, (left, digits) => terms.Bytes(digits.Aggregate(default(ByteSet),
                (some, range) => some | ByteSet.Range(range.First, range.Last, left == bytes ? lead : 0x80)))));
            first = last + 1;
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
        all.Add(Units(Within(set, 0, 0xFFFF)));
        // a pair of surrogates is a number of two digits to the base 1024
        var pairs = Within(set, 0x10000, 0x10FFFF).Select(range => (range.First - 0x10000, range.Last - 0x10000));
        all.Add(Numbers(pairs, 2, 10, (left, digits) => Units(digits.Select(range => left == 2
            ? (0xD800 + range.First, 0xD800 + range.Last) : (0xDC00 + range.First, 0xDC00 + range.Last)))));
        return _inJson[name] = terms.Either(all);
    }

    private Term Single(int character)
    {
        if (_single.TryGetValue(character, out var known))
            return known;
        var text = char.ConvertFromUtf32(character);
        var all = new List<Term> { terms.Sequence([.. text.Select(unit => Units([(unit, unit)]))]) };
        if (character >= ' ' && character is not ('"' or '\\'))
            all.Add(terms.Literal(text));
        foreach (var (letter, escaped) in Escapes)
            if (escaped == character)
                all.Add(terms.Literal($"\\{letter}"));
        return _single[character] = terms.Either(all);
    }

    // \uXXXX, with small and large letters.
    private Term Units(IEnumerable<(int First, int Last)> ranges) => terms.Sequence(terms.Literal("\\u"), Numbers(ranges, 4, 4,
        (_, digits) => terms.Bytes(digits.Aggregate(default(ByteSet), (some, range) => some | Hexadecimal(range.First, range.Last)))));

    private static ByteSet Hexadecimal(int first, int last)
    {
        var set = default(ByteSet);
        for (var digit = first; digit <= last; digit++)
            set |= ByteSet.Of((byte)"0123456789abcdef"[digit]) | ByteSet.Of((byte)"0123456789ABCDEF"[digit]);
        return set;
    }

    private static IEnumerable<(int First, int Last)> Within(CodePoints set, int first, int last) =>
        set.Ranges.Where(range => range.First <= last && range.Last >= first)
            .Select(range => (Math.Max(first, range.First), Math.Min(last, range.Last)));

    /// <summary>
    /// Numbers that lie in ranges, written in so many digits of so many bits. Those whose first digits differ and that go on alike are one
    /// sequence: so many ranges, as Unicode's letters have, are few terms.
    /// </summary>
    /// <param name="ranges">In ascending order.</param>
    /// <param name="digits">How many digits a number has.</param>
    /// <param name="bits">Of a digit.</param>
    /// <param name="write">One digit of some ranges, before which and with it so many are left.</param>
    private Term Numbers(IEnumerable<(int First, int Last)> ranges, int digits, int bits,
        Func<int, IReadOnlyList<(int First, int Last)>, Term> write)
    {
        if (digits == 0)
            return terms.Empty;
        var (below, firsts, part, open) = ((digits - 1) * bits, new Dictionary<Term, List<(int, int)>>(), new List<(int, int)>(), -1);
        var (least, any) = ((1 << below) - 1, Any(digits - 1));
        foreach (var (first, last) in ranges)
            for (var at = first; at <= last;)
            {
                var (digit, end) = (at >> below, at | least);
                if ((at & least) == 0 && end <= last)
                {
                    Add((digit, (last + 1 >> below) - 1), any);
                    at = last + 1 >> below << below;
                    continue;
                }
                if (digit != open)
                    Close();
                open = digit;
                part.Add((at & least, Math.Min(last, end) & least));
                at = end + 1;
            }
        Close();
        return terms.Either([.. firsts.Select(one => terms.Sequence(write(digits, one.Value), one.Key))]);

        void Add((int First, int Last) range, Term rest)
        {
            if (!firsts.TryGetValue(rest, out var before))
                firsts[rest] = before = [];
            before.Add(range);
        }

        void Close()
        {
            if (part.Count > 0)
                Add((open, open), Numbers([.. part], digits - 1, bits, write));
            part.Clear();
        }

        Term Any(int left) => left == 0 ? terms.Empty : terms.Sequence(write(left, [(0, (1 << bits) - 1)]), Any(left - 1));
    }
}
