namespace Pellucid.Tokens.Splitters;

/// <summary>What the published ways of cutting text share: contractions and white space.</summary>
internal static class SplitterParts
{
    /// <summary>Bytes of an English contraction that a text begins with, 's to 'll; 0 if there is none.</summary>
    /// <param name="text">Not empty.</param>
    /// <param name="anyCase">Whether capitals count, and the long s, which is an s to regular expressions that disregard case.</param>
    public static int Contraction(ReadOnlySpan<byte> text, bool anyCase)
    {
        if (text.Length < 2 || text[0] != '\'')
            return 0;
        var (first, second) = (text[1], text.Length > 2 ? text[2] : (byte)0);
        if (anyCase)
        {
            if ((first, second) is (0xC5, 0xBF)) // U+017F
                return 3;
            (first, second) = (ToLower(first), ToLower(second));
        }
        if (first is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d')
            return 2;
        return (first, second) is ((byte)'r', (byte)'e') or ((byte)'v', (byte)'e') or ((byte)'l', (byte)'l') ? 3 : 0;
    }

    /// <summary>
    /// White space that a text begins with: all of it at the end of the text; before something else all but its last
    /// character, unless it is the only one.
    /// </summary>
    /// <param name="text">Begins with white space.</param>
    /// <param name="wall">What ends a text besides its end.</param>
    public static int Space(ReadOnlySpan<byte> text, CharacterKinds wall = CharacterKinds.None)
    {
        var (at, last, first) = (0, 0, 0);
        var next = CharacterKinds.None;
        while (at < text.Length && ((next = Characters.At(text, at, out var length)) & CharacterKinds.Space) != 0)
        {
            (at, last) = (at + length, length);
            first = first == 0 ? length : first;
        }
        return at == text.Length || at == first || (next & wall) != 0 ? at : at - last;
    }

    /// <summary>White space up to its last line end; 0 where none is in it.</summary>
    public static int SpaceToLineEnd(ReadOnlySpan<byte> text)
    {
        var (at, end) = (0, 0);
        while (at < text.Length && Characters.At(text, at, out var length) is var kinds && (kinds & CharacterKinds.Space) != 0)
        {
            at += length;
            end = (kinds & CharacterKinds.LineEnd) != 0 ? at : end;
        }
        return end;
    }

    /// <summary>Up to so many digits from a place on: where they end.</summary>
    public static int EndOfNumber(ReadOnlySpan<byte> text, int most)
    {
        var at = 0;
        for (var count = 0; count < most && at < text.Length; count++)
        {
            if ((Characters.At(text, at, out var length) & CharacterKinds.Number) == 0)
                break;
            at += length;
        }
        return at;
    }

    /// <summary>
    /// The last place where a visible ASCII character follows a line's end: there a piece ends, and another begins, for
    /// all who take white space up to its last line end as one piece.
    /// </summary>
    public static int LastLineStart(ReadOnlySpan<byte> text)
    {
        var rest = text;
        while (rest.LastIndexOf((byte)'\n') is >= 0 and var at)
        {
            // A slash is taken along by o200k's signs and line ends.
            if (at + 1 < text.Length && Characters.IsVisible(text[at + 1]) && text[at + 1] != '/')
                return at + 1;
            rest = rest[..at];
        }
        return 0;
    }

    private static byte ToLower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;
}
