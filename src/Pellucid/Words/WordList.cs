using System.Buffers.Binary;
using System.Text;

namespace Pellucid.Words;

/// <summary>Distinct words as bytes, numbered in the order in which they came, and found by hashing.
/// A word costs its bytes and about 28 more.</summary>
public sealed class WordList
{
    private const int SmallestTable = 1024;

    private byte[] _bytes = new byte[1 << 12];
    private int[] _ends = new int[256];
    private ulong[] _slots = new ulong[SmallestTable]; // upper half: part of the hash; lower half: number + 1, or 0 where free

    /// <summary>Number of words.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of a word, valid until the next one is added.</summary>
    public ReadOnlySpan<byte> this[int word]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)word, (uint)Count);
            var start = word == 0 ? 0 : _ends[word - 1];
            return _bytes.AsSpan(start, _ends[word] - start);
        }
    }

    /// <summary>A word as text; bytes that are not UTF-8 show as U+FFFD.</summary>
    public string Text(int word) => Encoding.UTF8.GetString(this[word]);

    /// <summary>Number of a word, or −1.</summary>
    public int Find(ReadOnlySpan<byte> word) => (int)(uint)_slots[Slot(word, Hash(word))] - 1;

    /// <summary>Number of a word, or −1.</summary>
    public int Find(string word) => Find(Encoding.UTF8.GetBytes(word));

    /// <summary>Number of a word, which is added if it is new.</summary>
    public int FindOrAdd(ReadOnlySpan<byte> word)
    {
        var hash = Hash(word);
        var slot = Slot(word, hash);
        if (_slots[slot] != 0)
            return (int)(uint)_slots[slot] - 1;
        Append(word);
        _slots[slot] = hash & 0xFFFFFFFF_00000000 | (uint)Count;
        if (Count > _slots.Length / 2)
            Grow();
        return Count - 1;
    }

    private void Append(ReadOnlySpan<byte> word)
    {
        var start = Count == 0 ? 0 : _ends[Count - 1];
        if (start + word.Length > _bytes.Length)
            Array.Resize(ref _bytes, checked((int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, (long)start + word.Length))));
        if (Count == _ends.Length)
            Array.Resize(ref _ends, 2 * Count);
        word.CopyTo(_bytes.AsSpan(start));
        _ends[Count++] = start + word.Length;
    }

    private int Slot(ReadOnlySpan<byte> word, ulong hash)
    {
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; ; slot = slot + 1 & mask)
        {
            var entry = _slots[slot];
            if (entry == 0 || (entry >> 32 == hash >> 32 && this[(int)(uint)entry - 1].SequenceEqual(word)))
                return slot;
        }
    }

    private void Grow()
    {
        _slots = new ulong[2 * _slots.Length];
        for (var word = 0; word < Count; word++)
        {
            var hash = Hash(this[word]);
            _slots[Slot(this[word], hash)] = hash & 0xFFFFFFFF_00000000 | (uint)(word + 1);
        }
    }

    private static ulong Hash(ReadOnlySpan<byte> word)
    {
        const ulong factor = 0x9E3779B97F4A7C15;
        var hash = (ulong)word.Length;
        for (; word.Length >= 8; word = word[8..])
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(word));
        var rest = 0UL;
        foreach (var value in word)
            rest = rest << 8 | value;
        return Mix(hash ^ rest);

        static ulong Mix(ulong x)
        {
            x *= factor;
            return (x ^ x >> 29) * factor ^ x >> 32;
        }
    }
}
