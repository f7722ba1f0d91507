using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pellucid.Tokens;

/// <summary>
/// What short pieces became before. Most pieces of a text are a few thousand words again and again; each has one place
/// it can lie at, where a newer piece takes it over, so the memory is bounded.
/// </summary>
internal sealed class PieceCache
{
    /// <summary>Longest piece that is kept.</summary>
    public const int LongestPiece = 15;

    /// <summary>Most tokens of a piece that is kept.</summary>
    public const int MostTokens = 3;

    private const int Bits = 15;

    private readonly Entry[] _entries = new Entry[1 << Bits];

    /// <summary>The place of a piece of up to <see cref="LongestPiece"/> bytes, the first of a text;
    /// whether it is there tells <see cref="Entry.Holds"/>.</summary>
    public ref Entry Place(ReadOnlySpan<byte> text, int length, out UInt128 key)
    {
        key = Key(text, length);
        var hash = ((ulong)key ^ BitOperations.RotateLeft((ulong)(key >> 64) * 0xD6E8FEB86659FD93, 32)) * 0x9E3779B97F4A7C15;
        return ref _entries[hash >> 64 - Bits];
    }

    // The bytes, and the length in the highest one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static UInt128 Key(ReadOnlySpan<byte> text, int length)
    {
        ulong low, high;
        if (text.Length >= 16)
        {
            low = MemoryMarshal.Read<ulong>(text);
            high = MemoryMarshal.Read<ulong>(text[8..]);
        }
        else
        {
            Span<byte> padded = stackalloc byte[16];
            padded.Clear();
            text[..length].CopyTo(padded);
            low = MemoryMarshal.Read<ulong>(padded);
            high = MemoryMarshal.Read<ulong>(padded[8..]);
        }
        if (length < 8)
            (low, high) = (low & ((1UL << 8 * length) - 1), 0);
        else
            high &= (1UL << 8 * (length - 8)) - 1;
        return new UInt128(high | (ulong)length << 56, low);
    }

    /// <summary>A piece and its tokens.</summary>
    public struct Entry
    {
        private UInt128 _key;
        private Tokens _tokens;
        private int _count;

        /// <summary>Whether it is that piece.</summary>
        public readonly bool Holds(UInt128 key) => _key == key;

        /// <summary>The tokens of the piece.</summary>
        [UnscopedRef]
        public readonly ReadOnlySpan<int> Tokens => ((ReadOnlySpan<int>)_tokens)[.._count];

        /// <summary>Keeps a piece.</summary>
        public void Set(UInt128 key, ReadOnlySpan<int> tokens)
        {
            (_key, _count) = (key, tokens.Length);
            tokens.CopyTo(_tokens);
        }
    }

    [InlineArray(MostTokens)]
    private struct Tokens
    {
        private int _first;
    }
}
