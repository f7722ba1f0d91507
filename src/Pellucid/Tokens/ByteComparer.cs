using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pellucid.Tokens;

/// <summary>Byte strings by their contents, looked up by spans.</summary>
internal sealed class ByteComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly ByteComparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode([DisallowNull] byte[] bytes) => GetHashCode(bytes.AsSpan());

    public int GetHashCode(ReadOnlySpan<byte> alternate) => Hash(alternate);

    /// <summary>A number that depends on all of the bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // vocabularies are read when nothing has run often yet
    public static int Hash(ReadOnlySpan<byte> alternate)
    {
        var hash = (ulong)alternate.Length;
        for (; alternate.Length >= 8; alternate = alternate[8..])
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(alternate));
        var rest = 0UL;
        foreach (var value in alternate)
            rest = rest << 8 | value;
        return (int)(Mix(hash ^ rest) >> 32);
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong x)
    {
        x = (x ^ x >> 32) * 0xD6E8FEB86659FD93;
        return (x ^ x >> 32) * 0x9E3779B97F4A7C15;
    }
}
