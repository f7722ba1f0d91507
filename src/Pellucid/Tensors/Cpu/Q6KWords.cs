using System.Runtime.InteropServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// The integers of a block of q6_K so that few instructions take them out: of the four words of a scale three lie in the lower six
/// bits of three words, and the fourth, two bits each, above them. The block takes as many bytes as before; scales stay where they are.
/// </summary>
internal static class Q6KWords
{
    private const int Scales = 16, Words = 3 * Scales;

    private const uint LowerTwo = 0x03030303, MiddleTwo = 0x0c0c0c0c, UpperTwo = 0x30303030, Nibbles = 0x0f0f0f0f, Six = 0x3f3f3f3f;

    /// <summary>Lays a block anew into memory of its size, and gives that back.</summary>
    public static ReadOnlySpan<byte> Lay(ReadOnlySpan<byte> block, Span<byte> laid)
    {
        block[(4 * Words)..].CopyTo(laid[(4 * Words)..]);
        ReadOnlySpan<uint> from = MemoryMarshal.Cast<byte, uint>(block)[..Words];
        Span<uint> to = MemoryMarshal.Cast<byte, uint>(laid)[..Words];
        for (var scale = 0; scale < Scales; scale++)
        {
            var place = Place.Of(scale);
            var fourth = place.Word(from, 3);
            to[3 * scale] = place.Word(from, 0) | (fourth & LowerTwo) << 6;
            to[3 * scale + 1] = place.Word(from, 1) | (fourth & MiddleTwo) << 4;
            to[3 * scale + 2] = place.Word(from, 2) | (fourth & UpperTwo) << 2;
        }
        return laid;
    }

    /// <summary>Lays a block as it was.</summary>
    public static void LayBack(Span<byte> block)
    {
        Span<uint> to = MemoryMarshal.Cast<byte, uint>(block)[..Words], from = stackalloc uint[Words];
        to.CopyTo(from);
        to.Clear();
        for (var scale = 0; scale < Scales; scale++)
        {
            var place = Place.Of(scale);
            var (a, b, c) = (from[3 * scale], from[3 * scale + 1], from[3 * scale + 2]);
            place.Put(to, 0, a & Six);
            place.Put(to, 1, b & Six);
            place.Put(to, 2, c & Six);
            place.Put(to, 3, a >> 6 & LowerTwo | b >> 4 & MiddleTwo | c >> 2 & UpperTwo);
        }
    }

    // Of each half of a block eight words and the next eight hold the lower bits of the four quarters in their nibbles; the upper bits
    // of all four lie together in eight words behind both halves.
    private readonly record struct Place(int Lower, int Shift, int Upper, int UpperShift)
    {
        public static Place Of(int scale)
        {
            var (half, quarter, word) = (scale / 8, scale / 2 % 4, 4 * (scale % 2));
            return new(16 * half + 8 * (quarter % 2) + word, 4 * (quarter / 2), 32 + 8 * half + word, 2 * quarter);
        }

        public uint Word(ReadOnlySpan<uint> block, int i) =>
            block[Lower + i] >> Shift & Nibbles | (block[Upper + i] >> UpperShift & LowerTwo) << 4;

        public void Put(Span<uint> block, int i, uint word)
        {
            block[Lower + i] |= (word & Nibbles) << Shift;
            block[Upper + i] |= (word >> 4 & LowerTwo) << UpperShift;
        }
    }
}
