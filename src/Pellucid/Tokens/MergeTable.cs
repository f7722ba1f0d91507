using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pellucid.Tokens;

/// <summary>Merges by the two tokens they join: a hash table with open addresses, of which a look-up touches one cache line.</summary>
internal sealed class MergeTable
{
    private const ulong Empty = 0; // as new memory is

    private readonly Entry[] _entries;
    private readonly int _shift;

    /// <summary>Room for that many merges.</summary>
    public MergeTable(int count)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2L * count));
        (_entries, _shift) = (new Entry[size], 64 - BitOperations.Log2((uint)size));
    }

    /// <summary>Adds a merge; false if the two tokens have one already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAdd(int left, int right, int rank, int token)
    {
        ref var entry = ref Place(Key(left, right));
        if (entry.Key != Empty)
            return false;
        entry = new Entry(Key(left, right), rank, token);
        return true;
    }

    /// <summary>When a merge comes, the earlier the smaller, and what it gives;
    /// <see cref="int.MaxValue"/> if the two do not merge.</summary>
    public int Rank(int left, int right, out int token)
    {
        ref var entry = ref Place(Key(left, right));
        token = entry.Token;
        return entry.Key == Empty ? int.MaxValue : entry.Rank;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry Place(ulong key)
    {
        var entries = _entries;
        var at = (int)(key * 0x9E3779B97F4A7C15 >> _shift);
        while (entries[at].Key != key && entries[at].Key != Empty)
            at = (at + 1) & (entries.Length - 1);
        return ref entries[at];
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32 | (uint)right) + 1;

    private readonly record struct Entry(ulong Key, int Rank, int Token);
}
