using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Masks;

/// <summary>Characters that stand for themselves within a string of JSON, as the most of all tokens are made of.</summary>
internal static class PlainCharacters
{
    // Bytes of UTF-8 by the place within a character: the first byte, then places after which so many bytes remain, and those
    // that must not be too small or too large.
    private const int Whole = 0, One = 1, Two = 2, Three = 3, AfterE0 = 4, AfterEd = 5, AfterF0 = 6, AfterF4 = 7;

    /// <summary>Bytes with which such a character begins.</summary>
    public static ByteSet First { get; } = Enumerable.Range(0, 256).Where(value => After(Whole, (byte)value) >= 0)
        .Aggregate(default(ByteSet), (set, value) => set | ByteSet.Of((byte)value));

    /// <summary>How many plain characters a token is; −1 where there is anything else in it.</summary>
    public static int Count(ReadOnlySpan<byte> token)
    {
        var (place, count) = (Whole, 0);
        foreach (var value in token)
        {
            if ((place = After(place, value)) < 0)
                return -1;
            count += place == Whole ? 1 : 0;
        }
        return place == Whole ? count : -1;
    }

    /// <summary>The place after a byte, 0 where a character is whole; −1 where none is.</summary>
    public static int After(int place, byte value) => place switch
    {
        Whole => value switch
        {
            < 0x20 or (byte)'"' or (byte)'\\' => -1,
            < 0x80 => Whole,
            < 0xC2 => -1,
            < 0xE0 => One,
            0xE0 => AfterE0,
            0xED => AfterEd,
            < 0xF0 => Two,
            0xF0 => AfterF0,
            < 0xF4 => Three,
            0xF4 => AfterF4,
            _ => -1,
        },
        One => value is >= 0x80 and < 0xC0 ? Whole : -1,
        Two => value is >= 0x80 and < 0xC0 ? One : -1,
        Three => value is >= 0x80 and < 0xC0 ? Two : -1,
        AfterE0 => value is >= 0xA0 and < 0xC0 ? One : -1,
        AfterEd => value is >= 0x80 and < 0xA0 ? One : -1,
        AfterF0 => value is >= 0x90 and < 0xC0 ? Two : -1,
        _ => value is >= 0x80 and < 0x90 ? Two : -1,
    };
}
