namespace Pellucid.Constraints.Terms;

/// <summary>A set of byte values.</summary>
internal readonly record struct ByteSet(ulong A, ulong B, ulong C, ulong D)
{
    public static ByteSet All { get; } = new(~0ul, ~0ul, ~0ul, ~0ul);

    public bool IsEmpty => (A | B | C | D) == 0;

    public static ByteSet Of(byte value) => Range(value, value);

    /// <summary>Values from one to another, each that much more.</summary>
    public static ByteSet Range(int first, int last, int more = 0)
    {
        Span<ulong> words = stackalloc ulong[4];
        words.Clear();
        for (var value = first + more; value <= last + more; value++)
            words[value >> 6] |= 1ul << (value & 63);
        return new ByteSet(words[0], words[1], words[2], words[3]);
    }

    public bool Contains(int value) => ((value < 128 ? value < 64 ? A : B : value < 192 ? C : D) >> (value & 63) & 1) != 0;

    public static ByteSet operator |(ByteSet left, ByteSet right) =>
        new(left.A | right.A, left.B | right.B, left.C | right.C, left.D | right.D);

    public static ByteSet operator &(ByteSet left, ByteSet right) =>
        new(left.A & right.A, left.B & right.B, left.C & right.C, left.D & right.D);
}
