using System.Buffers;
using System.Numerics;

namespace Pellucid.Tokens;

/// <summary>Strings of bytes by number, in one block, and numbers by bytes: a vocabulary of hundreds of thousands is four arrays.</summary>
internal sealed class TokenBytes
{
    private readonly ArrayBufferWriter<byte> _bytes;
    private int[] _starts, _lengths;
    private readonly int[] _places; // of the hash table: a number plus one; 0 where there is none

    /// <summary>Room for that many.</summary>
    /// <param name="count">How many.</param>
    /// <param name="bytes">Bytes of all together, about.</param>
    public TokenBytes(int count, int bytes)
    {
        (_starts, _lengths, _bytes) = (new int[count], new int[count], new ArrayBufferWriter<byte>(Math.Max(1, bytes)));
        _places = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2L * count))];
        Array.Fill(_lengths, -1);
    }

    /// <summary>How many there are.</summary>
    public int Count => _starts.Length;

    /// <summary>The longest one's bytes.</summary>
    public int Longest { get; private set; }

    /// <summary>The bytes of all of them.</summary>
    public int Bytes => _bytes.WrittenCount;

    /// <summary>The bytes of one.</summary>
    public ReadOnlySpan<byte> this[int token] => _bytes.WrittenSpan.Slice(_starts[token], Math.Max(0, _lengths[token]));

    /// <summary>Whether one has been set.</summary>
    public bool IsSet(int token) => _lengths[token] >= 0;

    /// <summary>Sets one; an earlier setting is forgotten.</summary>
    public void Set(int token, ReadOnlySpan<byte> bytes)
    {
        (_starts[token], _lengths[token]) = (_bytes.WrittenCount, bytes.Length);
        _bytes.Write(bytes);
        Longest = Math.Max(Longest, bytes.Length);
    }

    /// <summary>The first that has not been set; −1 if there is none.</summary>
    public int FirstUnset() => Array.IndexOf(_lengths, -1);

    /// <summary>Forgets those from a number on.</summary>
    public void Truncate(int count)
    {
        if (count < Count)
            (_starts, _lengths) = (_starts[..count], _lengths[..count]);
    }

    /// <summary>Lets one be found by its bytes.</summary>
    /// <returns>False if another with the same bytes is found by them.</returns>
    public bool TryIndex(int token)
    {
        ref var place = ref Place(this[token]);
        if (place != 0)
            return false;
        place = token + 1;
        return true;
    }

    /// <summary>The number that has these bytes; −1 if none does.</summary>
    public int Find(ReadOnlySpan<byte> bytes) => Place(bytes) - 1;

    private ref int Place(ReadOnlySpan<byte> bytes)
    {
        var at = ByteComparer.Instance.GetHashCode(bytes) & (_places.Length - 1);
        while (_places[at] != 0 && !this[_places[at] - 1].SequenceEqual(bytes))
            at = (at + 1) & (_places.Length - 1);
        return ref _places[at];
    }
}
