using Pellucid.Tensors;

namespace Pellucid.Tests.Tensors;

/// <summary>Attention's bits: alone, in a batch, over a store, on any threads.
/// Heads that share keys and values are as if each had its own.</summary>
public sealed class AttentionTests
{
    private static readonly AttentionShape[] Shapes =
    [
        new(3, 3, 24), new(3, 3, 24, Window: 20), new(3, 3, 24, Window: 70),
        new(4, 2, 5), new(6, 2, 24, Window: 20), new(3, 1, 17, Scale: 0.3), new(5, 1, 64, Scale: 0.2, Window: 70),
        new(2, 2, 24, SoftCap: 2), new(4, 2, 7, Window: 70, SoftCap: 0.7),
    ];

    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    public static TheoryData<string> AllBackends => TestBackends.Names;

    // Tiles of scores are not all computed; what was in their memory before must not matter, nor who computes which head.
    [Theory, MemberData(nameof(FastBackends))]
    public void Bits_are_the_same_on_any_threads_and_after_numbers_that_are_none(string name)
    {
        Segment[] segments = [new(0, 1, 0), new(1, 150, 0), new(151, 65, 0), new(216, 84, 0), new(300, 80, 0), new(380, 88, 0)];
        using var alone = TestBackends.CreateCpu(name, threads: 1);
        using var three = TestBackends.CreateCpu(name, threads: 3);
        foreach (var shape in Shapes)
        {
            var values = Tensors.RandomValues(468L * shape.InputWidth, 1, 0);
            Attend(three, [.. values.Select(_ => float.NaN)], segments, shape);
            Assert.Equal(Attend(alone, values, segments, shape), Attend(three, values, segments, shape));
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void A_sequence_alone_has_the_bits_that_it_has_in_a_batch_as_a_branch_and_over_a_store(string name)
    {
        using var backend = TestBackends.CreateCpu(name, threads: 3);
        foreach (var shape in Shapes)
        {
            var width = shape.InputWidth;
            var values = Tensors.RandomValues(200L * width, 1, 0);
            float[] Of(Segment[] segments, Range rows, KeyValueStore? store = null) =>
                Mixed(backend, values[(rows.Start.Value * width)..(rows.End.Value * width)], segments, shape, store);
            var whole = Of([new(0, 140, 0)], 0..140);
            int z = shape.QueryWidth;

            Assert.Equal(whole, Of([new(0, 140, 0), new(140, 60, 0)], 0..200)[..(140 * z)]);
            // The same text as a trunk of 70 rows and a branch off it.
            Assert.Equal(whole, Of([new(0, 70, 0), new(70, 70, 70, BranchRow: 0)], 0..140));

            using var store = new KeyValueStore(backend, 1, 3, 140, shape.KeyValueHeads, shape.HeadWidth);
            var start = 0;
            foreach (var count in (ReadOnlySpan<int>)[1, 2, 61, 1, 4, 64, 7])
            {
                Assert.Equal(whole[(start * z)..((start + count) * z)],
                    Of([new(0, count, start, Sequence: 1)], start..(start + count), store));
                start += count;
            }
            // A second sequence is copied from it.
            store.Share(1, 0, 130);
            Assert.Equal(whole[(130 * z)..], Of([new(0, 10, 130, Sequence: 0)], 130..140, store));
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Scores_and_what_patterns_mix_are_the_same_over_a_store(string name)
    {
        using var backend = TestBackends.CreateCpu(name, threads: 3);
        foreach (var shape in Shapes)
        {
            var values = Tensors.RandomValues(100L * shape.InputWidth, 1, 0);
            var (scores, mixed) = Explicit(backend, values, new Segment(0, 100, 0), shape);
            using var store = new KeyValueStore(backend, 1, 2, 100, shape.KeyValueHeads, shape.HeadWidth);
            Mixed(backend, values, [new(0, 100, 0, Sequence: 1)], shape, store);
            var (restScores, restMixed) = Explicit(backend, values[(70 * shape.InputWidth)..],
                new Segment(0, 30, 70, Sequence: 1), shape, store);
            for (var head = 0; head < shape.Heads; head++)
                Assert.Equal(scores[((head * 100 + 70) * 100)..((head + 1) * 100 * 100)],
                    restScores[(head * 30 * 100)..((head + 1) * 30 * 100)]);
            Assert.Equal(mixed[(70 * shape.QueryWidth)..], restMixed);
        }
    }

    [Theory, MemberData(nameof(AllBackends))]
    public void Heads_of_a_group_are_heads_that_have_equal_keys_and_values(string name)
    {
        using var backend = TestBackends.Create(name);
        foreach (var shape in Shapes)
        {
            var (R, own) = (90, shape with { KeyValueHeads = shape.Heads });
            var values = Tensors.RandomValues((long)R * shape.InputWidth, 1, 0);
            var spread = Enumerable.Range(0, R)
                .SelectMany(row => Spread(values.AsSpan(row * shape.InputWidth, shape.InputWidth), shape)).ToArray();
            Assert.Equal(Mixed(backend, spread, [new(0, R, 0)], own), Mixed(backend, values, [new(0, R, 0)], shape));
        }
    }

    [Fact]
    public void A_shape_that_contradicts_itself_is_refused()
    {
        using var backend = new Pellucid.Tensors.Reference.ReferenceBackend();
        using var arena = new Arena(backend);
        using var rows = new TokenRows(backend);
        rows.Add([1, 2]);
        string Refused(AttentionShape shape, int columns) => Assert.Throws<ArgumentException>(() =>
            new Operations(backend, arena).Attention(arena.Allocate(new Shape(2, columns)), rows, shape, null, 0)).Message;
        Assert.Equal("4 key-value heads cannot be shared evenly by 6 heads", Refused(new(6, 4, 8), 112));
        Assert.Equal("queries, keys and values of 6 heads and 3 key-value heads of 8 columns are 96 columns, not 144",
            Refused(new(6, 3, 8), 144));
        Assert.Equal("attention cannot have heads of 8 columns and a window of -1 keys", Refused(new(6, 3, 8, Window: -1), 96));
        Assert.Equal("attention cannot have a soft cap of -2", Refused(new(6, 3, 8, SoftCap: -2), 96));
        Assert.Equal("attention cannot have a scale of NaN", Refused(new(6, 3, 8, Scale: double.NaN), 96));
        Assert.Equal("6 heads cannot have 3 sinks", Assert.Throws<ArgumentException>(() => new Operations(backend, arena)
            .Attention(arena.Allocate(new Shape(2, 96)), rows, new(6, 3, 8), null, 0, arena.Allocate(new Shape(3)))).Message);
    }

    // The row of a shape in which every head has keys and values of its own.
    private static float[] Spread(ReadOnlySpan<float> row, AttentionShape shape)
    {
        var spread = row[..shape.QueryWidth].ToArray().ToList();
        for (var head = 0; head < shape.Heads; head++)
            spread.AddRange(row.Slice(shape.KeyColumn(shape.KeyValueHeadOf(head)), shape.HeadWidth));
        for (var head = 0; head < shape.Heads; head++)
            spread.AddRange(row.Slice(shape.ValueColumn(shape.KeyValueHeadOf(head)), shape.HeadWidth));
        return [.. spread];
    }

    private static float[] Mixed(Backend backend, float[] values, Segment[] segments, AttentionShape shape, KeyValueStore? store = null)
    {
        using var arena = new Arena(backend);
        var R = values.Length / shape.InputWidth;
        var (qkv, z, logSumExp) = (New(arena, R, shape.InputWidth), New(arena, R, shape.QueryWidth), New(arena, R, shape.Heads));
        backend.Write(values, qkv);
        store?.Reserve(0, segments, shape);
        backend.Attention(qkv, Sinks(backend, arena, shape), SegmentTable.Send(segments, backend, arena), shape, store, 0, z, logSumExp);
        return z.ToFloats(backend);
    }

    // Scores, and what their softmax mixes.
    private static (float[], float[]) Explicit(Backend backend, float[] values, Segment segment,
        AttentionShape shape, KeyValueStore? store = null)
    {
        using var arena = new Arena(backend);
        var (qkv, scores) = (New(arena, segment.RowCount, shape.InputWidth),
            arena.Allocate(new Shape(shape.Heads, segment.RowCount, segment.KeyCount)));
        var (pattern, z) = (arena.Allocate(scores.Shape), New(arena, segment.RowCount, shape.QueryWidth));
        backend.Write(values, qkv);
        var segments = SegmentTable.Send([segment], backend, arena);
        backend.AttentionScores(qkv, segments, shape, store, 0, scores);
        backend.Softmax(scores, pattern, Sinks(backend, arena, shape));
        backend.Fill(z, 0);
        backend.AttentionMix(pattern, qkv, segments, shape, store, 0, z);
        return (scores.ToFloats(backend), z.ToFloats(backend));
    }

    // What attention mixes, then the gradient of its input.
    private static float[] Attend(Backend backend, float[] values, Segment[] segments, AttentionShape shape)
    {
        using var arena = new Arena(backend);
        var (R, z) = (values.Length / shape.InputWidth, shape.QueryWidth);
        var (qkv, gradient, qkvGradient) = (New(arena, R, shape.InputWidth), New(arena, R, z), New(arena, R, shape.InputWidth));
        var (mixed, logSumExp) = (New(arena, R, z), New(arena, R, shape.Heads));
        backend.Write(values, qkv);
        backend.Write(values.AsSpan(0, (int)gradient.Count), gradient);
        var table = SegmentTable.Send(segments, backend, arena);
        var (sinks, sinksGradient) = (Sinks(backend, arena, shape), Sinks(backend, arena, shape));
        backend.Attention(qkv, sinks, table, shape, null, 0, mixed, logSumExp);
        backend.AttentionBackward(gradient, qkv, sinks, mixed, logSumExp, table, shape, qkvGradient, sinksGradient);
        return [.. mixed.ToFloats(backend), .. qkvGradient.ToFloats(backend),
            .. sinksGradient.IsEmpty ? [] : sinksGradient.ToFloats(backend)];
    }

    // Those whose scores are capped have sinks too.
    private static Tensor Sinks(Backend backend, Arena arena, AttentionShape shape) =>
        shape.SoftCap == 0 ? default : Tensors.Random(backend, arena, new Shape(shape.Heads), ElementType.Float32, 1, 7);

    private static Tensor New(Arena arena, int rows, int columns) => arena.Allocate(new Shape(rows, columns));
}
