using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pellucid.Tokens;

/// <summary>Strings of bytes by number, in one block, and numbers by bytes: a vocabulary of hundreds of thousands is four arrays.</summary>
internal sealed class TokenBytes
{
    private const int LongestInHead = 7;

    private byte[] _bytes;
    private (int Start, int Length)[] _places; // where each lies; a length below 0 where none does
    private bool[] _isIndexed; // whether one is found by its bytes
    private ulong[]? _heads; // what Head says of those that are found, at a place that it decides; 0 where there is none
    private int[] _tokens = []; // and their numbers

    /// <summary>Room for that many, and for more where one beyond is set.</summary>
    /// <param name="count">How many.</param>
    /// <param name="bytes">Bytes of all together, about.</param>
    public TokenBytes(int count, int bytes)
    {
        (_places, _bytes, _isIndexed, Count) = (new (int, int)[count], new byte[bytes], new bool[count], count);
        Array.Fill(_places, (0, -1));
    }

    /// <summary>None yet; room for so many is a guess.</summary>
    public static TokenBytes Empty(int count, int bytes) => new(count, bytes) { Count = 0 };

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The longest one's bytes.</summary>
    public int Longest { get; private set; }

    /// <summary>The bytes of all of them.</summary>
    public int Bytes { get; private set; }

    /// <summary>The bytes of one.</summary>
    public ReadOnlySpan<byte> this[int token] => _bytes.AsSpan(_places[token].Start, Math.Max(0, _places[token].Length));

    /// <summary>Whether one has been set.</summary>
    public bool IsSet(int token) => token < Count && _places[token].Length >= 0;

    /// <summary>Sets one; an earlier setting is forgotten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Set(int token, ReadOnlySpan<byte> bytes)
    {
        if (token >= _places.Length)
            Grow(token + 1);
        Count = Math.Max(Count, token + 1);
        if (bytes.Length > _bytes.Length - Bytes)
            Array.Resize(ref _bytes, Math.Max(Bytes + bytes.Length, 2 * _bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(Bytes));
        _places[token] = (Bytes, bytes.Length);
        Bytes += bytes.Length;
        Longest = Math.Max(Longest, bytes.Length);
    }

    /// <summary>The first that has not been set; −1 if there is none.</summary>
    public int FirstUnset() => Array.FindIndex(_places, 0, Count, place => place.Length < 0);

    /// <summary>Lets one be found by its bytes.</summary>
    /// <returns>False if another with the same bytes is found by them.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryIndex(int token)
    {
        if (_heads is null)
        {
            _heads = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2L * Count))];
            _tokens = new int[_heads.Length];
        }
        var head = Head(this[token]);
        var place = Place(_heads, this[token], head);
        if (_heads[place] != 0)
            return false;
        (_heads[place], _tokens[place], _isIndexed[token]) = (head, token, true);
        return true;
    }

    /// <summary>The same as <see cref="Find"/>, for whoever has a guess which one it is, or the one after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int FindNear(ReadOnlySpan<byte> bytes, int guess)
    {
        for (var token = guess; token >= 0 && token < Count && token <= guess + 1; token++)
            if (_isIndexed[token] && this[token].SequenceEqual(bytes))
                return token;
        return Find(bytes);
    }

    /// <summary>The number that has these bytes; −1 if none does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // a vocabulary is read when nothing has run often yet
    public int Find(ReadOnlySpan<byte> bytes)
    {
        if (_heads is not { } heads)
            return -1;
        var place = Place(heads, bytes, Head(bytes));
        return heads[place] == 0 ? -1 : _tokens[place];
    }

    // Where it is, or would be. Of short ones the head tells all, so that no other memory need be looked at.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Place(ulong[] heads, ReadOnlySpan<byte> bytes, ulong head)
    {
        var at = (int)(head * 0x9E3779B97F4A7C15 >> 32) & (heads.Length - 1);
        while (heads[at] != 0 && (heads[at] != head || (bytes.Length > LongestInHead && !this[_tokens[at]].SequenceEqual(bytes))))
            at = (at + 1) & (heads.Length - 1);
        return at;
    }

    // Up to seven bytes themselves, and one more than their number; of more a hash, and 255.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Head(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LongestInHead)
            return (ulong)(uint)ByteComparer.Hash(bytes) << 8 | 0xff;
        var packed = 0UL;
        if (bytes.Length >= sizeof(uint))
            packed = MemoryMarshal.Read<uint>(bytes)
                | (ulong)MemoryMarshal.Read<uint>(bytes[^sizeof(uint)..]) << 8 * (bytes.Length - sizeof(uint));
        else
            for (var i = 0; i < bytes.Length; i++)
                packed |= (ulong)bytes[i] << 8 * i;
        return packed << 8 | (uint)(bytes.Length + 1);
    }

    private void Grow(int least)
    {
        var before = _places.Length;
        Array.Resize(ref _places, Math.Max(least, 2 * before));
        Array.Fill(_places, (0, -1), before, _places.Length - before);
        Array.Resize(ref _isIndexed, _places.Length);
    }
}
