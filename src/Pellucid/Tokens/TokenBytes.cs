using System.Buffers;
using System.Collections;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pellucid.Tokens;

/// <summary>Strings of bytes by number, in one block, and numbers by bytes: a vocabulary of hundreds of thousands is four arrays.</summary>
internal sealed class TokenBytes
{
    private readonly ArrayBufferWriter<byte> _bytes;
    private (int Start, int Length)[] _places; // where each lies; a length below 0 where none does
    private readonly BitArray _isIndexed; // whether one is found by its bytes
    private int[]? _table; // a number plus one, at a place that its bytes decide; 0 where there is none

    /// <summary>Room for that many, and for more where one beyond is set.</summary>
    /// <param name="count">How many.</param>
    /// <param name="bytes">Bytes of all together, about.</param>
    public TokenBytes(int count, int bytes)
    {
        (_places, _bytes, _isIndexed, Count) =
            (new (int, int)[count], new ArrayBufferWriter<byte>(Math.Max(1, bytes)), new BitArray(count), count);
        Array.Fill(_places, (0, -1));
    }

    /// <summary>None yet; room for so many is a guess.</summary>
    public static TokenBytes Empty(int count, int bytes) => new(count, bytes) { Count = 0 };

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The longest one's bytes.</summary>
    public int Longest { get; private set; }

    /// <summary>The bytes of all of them.</summary>
    public int Bytes => _bytes.WrittenCount;

    /// <summary>The bytes of one.</summary>
    public ReadOnlySpan<byte> this[int token] => _bytes.WrittenSpan.Slice(_places[token].Start, Math.Max(0, _places[token].Length));

    /// <summary>Whether one has been set.</summary>
    public bool IsSet(int token) => token < Count && _places[token].Length >= 0;

    /// <summary>Sets one; an earlier setting is forgotten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Set(int token, ReadOnlySpan<byte> bytes)
    {
        if (token >= _places.Length)
            Grow(token + 1);
        Count = Math.Max(Count, token + 1);
        _places[token] = (_bytes.WrittenCount, bytes.Length);
        _bytes.Write(bytes);
        Longest = Math.Max(Longest, bytes.Length);
    }

    /// <summary>The first that has not been set; −1 if there is none.</summary>
    public int FirstUnset() => Array.FindIndex(_places, 0, Count, place => place.Length < 0);

    /// <summary>Lets one be found by its bytes.</summary>
    /// <returns>False if another with the same bytes is found by them.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryIndex(int token)
    {
        _table ??= new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2L * Count))];
        ref var place = ref Place(_table, this[token]);
        if (place != 0)
            return false;
        place = token + 1;
        _isIndexed[token] = true;
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
    public int Find(ReadOnlySpan<byte> bytes) => _table is null ? -1 : Place(_table, bytes) - 1;

    // Compiled at its best at once: a vocabulary is read when nothing has run often yet.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ref int Place(int[] table, ReadOnlySpan<byte> bytes)
    {
        var at = ByteComparer.Hash(bytes) & (table.Length - 1);
        while (table[at] != 0 && !this[table[at] - 1].SequenceEqual(bytes))
            at = (at + 1) & (table.Length - 1);
        return ref table[at];
    }

    private void Grow(int least)
    {
        var before = _places.Length;
        Array.Resize(ref _places, Math.Max(least, 2 * before));
        Array.Fill(_places, (0, -1), before, _places.Length - before);
        _isIndexed.Length = _places.Length;
    }
}
