using Pellucid.Tensors;
using Pellucid.Tensors.Reference;

namespace Pellucid.Tests.Tensors;

/// <summary>Attention over pages: out of order, shared, dropped behind a window, of fewer bits; and what becomes of the pages.</summary>
public sealed class KeyValueStoreTests
{
    private static readonly AttentionShape[] Shapes =
    [
        new(3, 3, 24), new(4, 2, 5, Window: 70), new(6, 2, 64, SoftCap: 2), new(3, 1, 33, Scale: 0.3, Window: 20), new(2, 2, 96),
    ];

    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    public static TheoryData<string, ElementType> FastBackendsAndTypes => OfTypes(TestBackends.CpuNames);

    public static TheoryData<string, ElementType> AllBackendsAndTypes => OfTypes(TestBackends.Names);

    [Theory, MemberData(nameof(FastBackendsAndTypes))]
    public void Attention_over_pages_agrees_with_the_reference(string name, ElementType type)
    {
        using var backend = TestBackends.CreateCpu(name, threads: 3);
        using var reference = new ReferenceBackend();
        foreach (var shape in Shapes)
        {
            var values = Tensors.RandomValues(200L * shape.InputWidth, 1, 0);
            var expected = Interleaved(reference, values, shape, type, ElementType.Float64);
            var actual = Interleaved(backend, values, shape, type, ElementType.Float32);
            Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second, pair.First - 3e-6, pair.First + 3e-6));
        }
    }

    [Theory, MemberData(nameof(FastBackendsAndTypes))]
    public void Steps_of_any_size_have_the_bits_of_one(string name, ElementType type)
    {
        using var backend = TestBackends.CreateCpu(name, threads: 3);
        foreach (var shape in Shapes)
        {
            var values = Tensors.RandomValues(200L * shape.InputWidth, 1, 0);
            using var store = Store(backend, shape, type);
            var whole = Attend(backend, store, values, [new(0, 200, 0)], shape);
            Assert.Equal(whole, Interleaved(backend, values, shape, type, ElementType.Float32).Select(value => (float)value));
            Assert.Equal(whole, Interleaved(backend, values, shape, type, ElementType.Float32, windowed: false)
                .Select(value => (float)value));
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Singles_have_the_bits_of_attention_without_a_store(string name)
    {
        using var backend = TestBackends.CreateCpu(name, threads: 3);
        foreach (var shape in Shapes)
        {
            var values = Tensors.RandomValues(200L * shape.InputWidth, 1, 0);
            using var store = Store(backend, shape);
            Assert.Equal(Attend(backend, null, values, [new(0, 200, 0)], shape), Attend(backend, store, values, [new(0, 200, 0)], shape));
        }
    }

    // What is stored is what the type makes of the numbers: attention without a store over rounded keys and values.
    [Theory, MemberData(nameof(FastBackendsAndTypes))]
    public void Fewer_bits_are_attention_over_rounded_numbers(string name, ElementType type)
    {
        using var backend = TestBackends.CreateCpu(name, threads: 3);
        foreach (var shape in Shapes)
        {
            var values = Tensors.RandomValues(150L * shape.InputWidth, 1, 0);
            using var store = Store(backend, shape, type);
            var stored = Attend(backend, store, values, [new(0, 150, 0)], shape);
            Assert.Equal(Attend(backend, null, Rounded(values, shape, type), [new(0, 150, 0)], shape), stored);
        }
    }

    [Theory, MemberData(nameof(AllBackendsAndTypes))]
    public void Sequences_that_share_pages_go_on_apart(string name, ElementType type)
    {
        using var backend = TestBackends.Create(name);
        foreach (var shape in Shapes[(backend is ReferenceBackend ? 1 : 0)..(backend is ReferenceBackend ? 2 : Shapes.Length)])
        {
            var width = shape.InputWidth;
            var (values, other) = (Tensors.RandomValues(150L * width, 1, 0), Tensors.RandomValues(150L * width, 2, 0));
            foreach (var shared in (ReadOnlySpan<int>)[64, 100, 128, 130])
            {
                float[] mixture = [.. values[..(shared * width)], .. other[(shared * width)..]];
                using var store = Store(backend, shape, type, 3);
                Attend(backend, store, values[..(130 * width)], [new(0, 130, 0, Sequence: 1)], shape);
                var before = store.Pool.Taken;
                store.Share(1, 0, shared);
                Assert.Equal(0, store.Pool.Taken - before);
                Assert.Equal(store.Pool.PageBytes, store.BytesToTake(0, shared));
                Assert.Equal(shared > 128 ? store.Pool.PageBytes : 0, store.BytesToTake(1, 130));
                // Both go on in one batch.
                var rest = Attend(backend, store, [.. mixture[(shared * width)..], .. values[(130 * width)..]],
                    [new(0, 150 - shared, shared, Sequence: 0), new(150 - shared, 20, 130, Sequence: 1)], shape);
                if (shape.Window == 0)
                    Assert.Equal(shared <= 100 ? 2 : 1, store.Pool.Taken - before);
                using var alone = Store(backend, shape, type);
                Assert.Equal(Attend(backend, alone, mixture, [new(0, 150, 0)], shape)[(shared * shape.QueryWidth)..],
                    rest[..((150 - shared) * shape.QueryWidth)]);
                Assert.Equal(Attend(backend, alone, values, [new(0, 150, 0)], shape)[(130 * shape.QueryWidth)..],
                    rest[((150 - shared) * shape.QueryWidth)..]);
            }
        }
    }

    // Rows written anew into shared pages get pages of their own.
    [Fact]
    public void What_others_hold_is_never_written()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        var shape = new AttentionShape(2, 2, 8);
        var (values, other) = (Tensors.RandomValues(70L * shape.InputWidth, 1, 0), Tensors.RandomValues(70L * shape.InputWidth, 2, 0));
        using var store = Store(backend, shape, sequences: 3);
        var first = Attend(backend, store, values, [new(0, 70, 0)], shape);
        store.Share(0, 1, 64);
        store.Pool.Keep(store.Page(0, 0, 1)!);
        Attend(backend, store, other, [new(0, 70, 0, Sequence: 1)], shape);
        Attend(backend, store, other[..(3 * shape.InputWidth)], [new(0, 3, 67)], shape); // into the page that is kept
        store.Share(0, 2, 64);
        Assert.Equal(first[(64 * shape.QueryWidth)..],
            Attend(backend, store, values[(64 * shape.InputWidth)..], [new(0, 6, 64, Sequence: 2)], shape));
    }

    [Fact]
    public void A_window_holds_only_the_pages_that_it_sees()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        var shape = new AttentionShape(2, 1, 8, Window: 100);
        using var store = new KeyValueStore(backend, 2, 1, 2000, 1, 8, windows: [100, 0]);
        for (var position = 0; position < 2000; position += 50)
        {
            Attend(backend, store, Tensors.RandomValues(50L * shape.InputWidth, 1, 0), [new(0, 50, position)], shape, layer: 0);
            Assert.InRange(store.Pool.Taken, 1, (100 + 50) / 64 + 2);
        }
        Assert.True(store.Holds(0, 0));
        Assert.Equal("position 1890 of sequence 0, which a row at position 1989 sees, is not held in layer 1",
            Assert.Throws<InvalidOperationException>(() =>
                Attend(backend, store, new float[shape.InputWidth], [new(0, 1, 1989)], shape, layer: 1)).Message);
        Assert.Equal("position 301 of sequence 0, which a row at position 400 sees, is not held in layer 0",
            Assert.Throws<InvalidOperationException>(() =>
                Attend(backend, store, new float[shape.InputWidth], [new(0, 1, 400)], shape, layer: 0)).Message);
        store.Release(0);
        Assert.Equal(0, store.Bytes);
    }

    [Fact]
    public void Memory_follows_the_positions_that_are_held()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        var shape = new AttentionShape(2, 2, 64);
        using var store = Store(backend, shape, sequences: 50, positions: 200_000);
        var (page, values) = (store.Pool.PageBytes, new float[64 * shape.InputWidth]);
        Assert.Equal(0, store.Pool.Bytes);
        for (var round = 0; round < 3; round++)
        {
            for (var sequence = 0; sequence < 50; sequence++)
            for (var position = 0; position < 64 * 5; position += 64)
                Attend(backend, store, values, [new(0, 64, position, sequence)], shape);
            Assert.Equal(250 * page, store.Bytes);
            Assert.InRange(store.Pool.Bytes, 250 * page, 250 * page + (8 << 20));
            for (var sequence = 49; sequence >= 0; sequence--)
                store.Release(sequence);
            Assert.Equal(0, store.Bytes);
            Assert.InRange(store.Pool.Bytes, 1, 8 << 20);
        }
    }

    // Numbers that are none spread, and what a page held before does not.
    [Theory, MemberData(nameof(AllBackendsAndTypes))]
    public void What_is_no_number_stays_so_and_goes_with_its_page(string name, ElementType type)
    {
        using var backend = TestBackends.Create(name);
        var shape = new AttentionShape(2, 2, 24);
        using var store = Store(backend, shape, type);
        foreach (var none in (ReadOnlySpan<float>)[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            var values = Tensors.RandomValues(70L * shape.InputWidth, 1, 0);
            values[3 * shape.InputWidth + shape.ValueColumn(1) + 5] = none;
            var mixed = Attend(backend, store, values, [new(0, 70, 0)], shape);
            for (var row = 3; row < 70; row++)
                Assert.False(float.IsFinite(mixed[row * shape.QueryWidth + 24 + 5]));
            store.Release(0);
            values[3 * shape.InputWidth + shape.ValueColumn(1) + 5] = 0;
            Assert.All(Attend(backend, store, values, [new(0, 70, 0)], shape), value => Assert.True(float.IsFinite(value)));
            store.Release(0);
        }
    }

    [Fact]
    public void What_there_is_no_room_for_is_refused()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        var shape = new AttentionShape(2, 2, 24);
        using var store = Store(backend, shape);
        string Refused(Segment segment, AttentionShape shape) => Assert.Throws<ArgumentException>(() =>
            store.Reserve(0, [segment], shape)).Message;
        Assert.Equal("position 256 of sequence 0 cannot be stored where there is room for 256 positions of 2 sequences",
            Refused(new(0, 2, 255), shape));
        Assert.Equal("position 0 of sequence 2 cannot be stored where there is room for 256 positions of 2 sequences",
            Refused(new(0, 1, 0, Sequence: 2), shape));
        Assert.Equal("1 heads of 24 columns cannot be stored where there is room for 2 of 24", Refused(new(0, 1, 0), new(2, 1, 24)));
        Assert.Equal("keys and values are stored as Float32, BFloat16 or Q8_0, not as Q4_0",
            Assert.Throws<NotSupportedException>(() => Store(backend, shape, ElementType.Q4_0)).Message);
        Assert.Equal("sequence 1 does not hold all that is seen of its first 3 positions",
            Assert.Throws<InvalidOperationException>(() => store.Share(1, 0, 3)).Message);
        Assert.Equal(0, store.Bytes);
    }

    private static TheoryData<string, ElementType> OfTypes(TheoryData<string> names)
    {
        var rows = new TheoryData<string, ElementType>();
        foreach (var name in names)
        foreach (var type in (ReadOnlySpan<ElementType>)[ElementType.Float32, ElementType.BFloat16, ElementType.Q8_0])
            rows.Add(name.Data, type);
        return rows;
    }

    private static KeyValueStore Store(Backend backend, AttentionShape shape, ElementType type = ElementType.Float32, int sequences = 2,
        int positions = 200, bool windowed = true) =>
        new(backend, 1, sequences, positions, shape.KeyValueHeads, shape.HeadWidth, type, windowed ? [shape.Window] : null);

    // A sequence in steps of many sizes; others come, grow and go between, so that its pages lie in no order.
    private static double[] Interleaved(Backend backend, float[] values, AttentionShape shape, ElementType type, ElementType computed,
        bool windowed = true)
    {
        using var store = Store(backend, shape, type, sequences: 4, windowed: windowed);
        var (mixed, start, width) = (new List<double>(), 0, shape.InputWidth);
        foreach (var count in (ReadOnlySpan<int>)[1, 2, 61, 1, 4, 64, 7, 60])
        {
            mixed.AddRange(Attend(backend, store, values[(start * width)..((start + count) * width)],
                [new(0, count, start, Sequence: 2)], shape, computed));
            start += count;
            Attend(backend, store, values[..(4 * width)], [new(0, 4, 0, Sequence: count % 2)], shape, computed);
            store.Release(start % 3 == 0 ? 0 : 1);
        }
        return [.. mixed];
    }

    private static float[] Attend(Backend backend, KeyValueStore? store, float[] values, Segment[] segments, AttentionShape shape,
        int layer = 0) =>
        [.. Attend(backend, store, values, segments, shape, ElementType.Float32, layer).Select(value => (float)value)];

    private static double[] Attend(Backend backend, KeyValueStore? store, float[] values, Segment[] segments, AttentionShape shape,
        ElementType computed, int layer = 0)
    {
        using var arena = new Arena(backend);
        var R = values.Length / shape.InputWidth;
        Tensor New(int columns) => arena.Allocate(new Shape(R, columns), computed);
        var (qkv, z) = (New(shape.InputWidth), New(shape.QueryWidth));
        backend.Write(values, qkv);
        store?.Reserve(layer, segments, shape);
        backend.Attention(qkv, default, SegmentTable.Send(segments, backend, arena), shape, store, layer, z, New(shape.Heads));
        return z.ToDoubles();
    }

    // Rows whose keys and values are what the type makes of them.
    private static float[] Rounded(float[] values, AttentionShape shape, ElementType type)
    {
        var rounded = values.ToArray();
        for (var row = 0; row < values.Length / shape.InputWidth; row++)
        for (var head = 0; head < 2 * shape.KeyValueHeads; head++)
        for (var start = 0; start < shape.HeadWidth; start += 32)
        {
            var part = rounded.AsSpan(row * shape.InputWidth + shape.KeyColumn(head) + start, Math.Min(32, shape.HeadWidth - start));
            var block = new float[32];
            part.CopyTo(block);
            WeightBlock.RoundTrip(type, block);
            block.AsSpan(0, part.Length).CopyTo(part);
        }
        return rounded;
    }
}
