using System.Runtime.InteropServices;

namespace Pellucid.Tensors;

/// <summary>
/// The segments of a batch as they are handed to a backend: sent to its memory once, where every layer's attention reads them, with
/// what the host needs to know to share the work. Made by <see cref="TokenRows"/>.
/// </summary>
internal readonly record struct SegmentTable
{
    private const int Fields = 5;

    /// <summary>The numbers of each <see cref="Segment"/> in the order of its parameters, (S, 5) integers.</summary>
    public Tensor Table { get; private init; }

    /// <summary>S: segments.</summary>
    public int Count => Table.Rows;

    /// <summary>Keys of the longest segment.</summary>
    public int LongestKeyCount { get; private init; }

    /// <summary>Pairs of a row and a key that it sees where there is no window.</summary>
    public long Pairs { get; private init; }

    /// <summary>Sends them to memory of an arena.</summary>
    public static SegmentTable Send(ReadOnlySpan<Segment> segments, Backend backend, Arena arena)
    {
        var table = arena.Allocate(new Shape(segments.Length, Fields), ElementType.Int32);
        backend.Write(MemoryMarshal.Cast<Segment, int>(segments), table);
        var (longest, pairs) = (0, 0L);
        foreach (var segment in segments)
            (longest, pairs) = (Math.Max(longest, segment.KeyCount), pairs + segment.Pairs);
        return new() { Table = table, LongestKeyCount = longest, Pairs = pairs };
    }

    /// <summary>The segments, for a backend whose memory the host reads.</summary>
    public unsafe ReadOnlySpan<Segment> OnHost => new(Table.Integers, Count);
}
