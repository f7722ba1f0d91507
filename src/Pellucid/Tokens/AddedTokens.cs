using System.Buffers;
using System.Globalization;
using System.Text;
using Pellucid.Files;

namespace Pellucid.Tokens;

/// <summary>Finds added tokens in a text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class AddedTokens
{
    private readonly (byte[] Bytes, AddedToken Added)[] _sorted; // by bytes, so that those with a common beginning stand together
    private readonly int[] _begins = new int[257]; // where those with each first byte begin
    private readonly SearchValues<byte> _firstBytes, _plainFirstBytes;

    /// <summary>Of those tokens.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="spelling">How each stands in the texts that will be searched, if not as it is written.</param>
    /// <exception cref="InvalidDataException">One has no text, or two have the same.</exception>
    public AddedTokens(IEnumerable<AddedToken> tokens, Func<byte[], byte[]>? spelling = null)
    {
        byte[] Spell(string text) => spelling is null ? Encoding.UTF8.GetBytes(text) : spelling(Encoding.UTF8.GetBytes(text));
        AddedToken[] given = [.. tokens];
        byte[][] spelt = [.. given.Select(added => Spell(added.Text))];
        int[] order = [.. Enumerable.Range(0, given.Length)];
        Array.Sort(order, (a, b) => spelt[a].AsSpan().SequenceCompareTo(spelt[b])); // numbers, which .NET sorts at its best at once
        _sorted = [.. order.Select(i => (spelt[i], given[i]))];
        for (var i = 0; i < _sorted.Length; i++)
        {
            if (_sorted[i].Bytes.Length == 0)
                throw new InvalidDataException($"the added token {_sorted[i].Added.Token} has no text");
            if (i > 0 && _sorted[i].Bytes.AsSpan().SequenceEqual(_sorted[i - 1].Bytes))
                throw new InvalidDataException($"the added token '{Excerpt.Of(_sorted[i].Added.Text)}' is there twice");
            _begins[_sorted[i].Bytes[0] + 1]++;
        }
        for (var value = 0; value < 256; value++)
            _begins[value + 1] += _begins[value];
        _firstBytes = SearchValues.Create([.. _sorted.Select(pair => pair.Bytes[0]).Distinct()]);
        _plainFirstBytes = SearchValues.Create([.. _sorted.Where(pair => !pair.Added.IsSpecial).Select(pair => pair.Bytes[0]).Distinct()]);
    }

    /// <summary>Whether a text may be cut next to a line's end without changing what is found.</summary>
    public bool KeepsParts => !_sorted.Any(pair => pair.Bytes.Contains((byte)'\n') || pair.Added.StripsRight);

    /// <summary>Where the first one from a place on begins and ends, and its number;
    /// the end of the text and −1 if there is none.</summary>
    /// <param name="text">The whole text: some tokens look at what is around them.</param>
    /// <param name="from">Where the search begins.</param>
    /// <param name="special">Whether special tokens are found too.</param>
    public (int Start, int End, int Token) Find(ReadOnlySpan<byte> text, int from, bool special)
    {
        var firstBytes = special ? _firstBytes : _plainFirstBytes;
        for (var at = from; text[at..].IndexOfAny(firstBytes) is >= 0 and var skipped; at++)
        {
            at += skipped;
            if (Longest(text[at..], special) is not (>= 0 and var index))
                continue;
            var (bytes, added) = _sorted[index];
            var (start, end) = (at, at + bytes.Length);
            if (added.IsSingleWord && (EndsInWord(text[..start]) || BeginsWithWord(text[end..])))
            {
                at = end - 1;
                continue;
            }
            while (added.StripsLeft && start > from && EndsInSpace(text[from..start], out var length))
                start -= length;
            while (added.StripsRight && end < text.Length && BeginsWithSpace(text[end..], out var length))
                end += length;
            return (start, end, added.Token);
        }
        return (text.Length, text.Length, -1);
    }

    // The range of those that begin as the text does, narrowed byte by byte.
    private int Longest(ReadOnlySpan<byte> text, bool special)
    {
        var (low, high, best) = (_begins[text[0]], _begins[text[0] + 1], -1);
        for (var depth = 0; low < high; depth++)
        {
            if (_sorted[low].Bytes.Length == depth)
            {
                best = special || !_sorted[low].Added.IsSpecial ? low : best;
                low++;
            }
            if (depth == text.Length)
                break;
            low = FirstFrom(low, high, depth, text[depth]);
            high = FirstFrom(low, high, depth, text[depth] + 1);
        }
        return best;
    }

    // The first of a range whose byte at a depth is a value or a greater one.
    private int FirstFrom(int low, int high, int depth, int value)
    {
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_sorted[middle].Bytes[depth] < value)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private static bool EndsInWord(ReadOnlySpan<byte> text) =>
        Rune.DecodeLastFromUtf8(text, out var last, out _) == OperationStatus.Done && IsOfWord(last);

    private static bool BeginsWithWord(ReadOnlySpan<byte> text) =>
        Rune.DecodeFromUtf8(text, out var first, out _) == OperationStatus.Done && IsOfWord(first);

    private static bool EndsInSpace(ReadOnlySpan<byte> text, out int length) =>
        Rune.DecodeLastFromUtf8(text, out var last, out length) == OperationStatus.Done && Rune.IsWhiteSpace(last);

    private static bool BeginsWithSpace(ReadOnlySpan<byte> text, out int length) =>
        Rune.DecodeFromUtf8(text, out var first, out length) == OperationStatus.Done && Rune.IsWhiteSpace(first);

    private static bool IsOfWord(Rune character) => Rune.IsLetterOrDigit(character) || Rune.GetUnicodeCategory(character)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.LetterNumber;
}
