using Pellucid.Tensors;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Tests.Tensors;

/// <summary>
/// Weights kept as the blocks of a file: what they stand for is computed with, on every backend, and they come back as they were.
/// </summary>
public sealed class BlockWeightTests
{
    public static TheoryData<string, ElementType, WeightForm> Cases { get; } = new(
        from backend in TestBackends.Names.Select(row => row.Data)
        from type in ElementTypes.OfWeights
        from form in (WeightForm[])[WeightForm.InOut, WeightForm.OutIn]
        select (backend, type, form));

    public static TheoryData<string, WeightForm> Forms { get; } = new(
        from backend in TestBackends.Names.Select(row => row.Data)
        from form in (WeightForm[])[WeightForm.InOut, WeightForm.OutIn]
        select (backend, form));

    [Theory, MemberData(nameof(Cases))]
    public void Blocks_come_back_to_the_bit_and_are_read_as_what_they_stand_for(string name, ElementType type, WeightForm form)
    {
        const int K = 512, N = 45;
        using var backend = TestBackends.Create(name);
        using var set = NewSet(backend, form, K, N, type);
        var (format, rows) = (type.Format()!, AnyBlocks(type, K * N));
        var rowBytes = rows.Length / N;
        // In two pieces, the later one first; the border is within a panel.
        set.WriteBlocks(0, 17, format, rows.AsSpan(17 * rowBytes));
        set.WriteBlocks(0, 0, format, rows.AsSpan(0, 17 * rowBytes));
        var back = new byte[rows.Length - 3 * rowBytes];
        set.ReadBlocks(0, 3, format, back);
        Assert.Equal(rows[(3 * rowBytes)..], back);
        Assert.Equal(Bits(InOrder(Values(type, rows), form, K, N)), Bits(Read(set)));
        Assert.Equal(type.Name(), set.StorageOf(0));
    }

    [Theory, MemberData(nameof(Cases))]
    public void In_singles_a_product_has_the_bits_of_that_with_what_the_weight_stands_for(string name, ElementType type, WeightForm form)
    {
        const int K = 768, N = 75;
        using var backend = TestBackends.Create(name);
        using var arena = new Arena(backend);
        using var stored = NewSet(backend, form, K, N, type);
        using var plain = NewSet(backend, form, K, N, ElementType.Float32);
        stored.RoundsActivations = false;
        stored.Write(0, Tensors.RandomValues(K * N, 2, 0));
        plain.Write(0, Read(stored));
        foreach (var R in (int[])[1, 3, 14, 500])
        {
            if (name == "reference" && R > 3)
                continue; // which has no kernels for many rows
            var (x, bias) = (Random(backend, arena, new(R, K), 1), Random(backend, arena, new(N), 2));
            var other = Random(backend, arena, new(R, N), 3);
            float[] Product(ParameterSet set)
            {
                var y = arena.Allocate(new(R, N));
                backend.Linear(x, set[0], form == WeightForm.OutIn, bias, y, Epilogue.AddTo(other));
                return y.ToFloats(backend);
            }
            Assert.Equal(Product(plain), Product(stored));
        }
    }

    [Theory, MemberData(nameof(Forms))]
    public void Outputs_of_several_types_are_computed_as_each_alone(string name, WeightForm form)
    {
        const int K = 512;
        WeightPart[] parts = [new(40, ElementType.Q4_K), new(23, ElementType.Q6_K), new(5, ElementType.Float32), new(33, ElementType.Q8_0),
            new(16, ElementType.BFloat16), new(7, ElementType.BFloat16), new(0, ElementType.Q4_0)];
        var N = parts.Sum(part => part.Outputs);
        using var backend = TestBackends.Create(name);
        using var arena = new Arena(backend);
        using var mixed = new ParameterSet(backend, [new ParameterShape("weight", ShapeOf(form, K, N), form) { Parts = parts }]);
        Assert.Equal("q4_K × 40, q6_K × 23, f32 × 5, q8_0 × 33, bf16 × 23", mixed.StorageOf(0));
        Assert.Equal((ElementType.Mixed, false), (mixed.WeightType, mixed.Trains(0)));
        using var plain = NewSet(backend, form, K, N, ElementType.Float32);
        mixed.Write(0, Tensors.RandomValues(K * N, 2, 0));
        plain.Write(0, Read(mixed));
        foreach (var R in (int[])[1, 9])
        {
            var (x, bias) = (Random(backend, arena, new(R, K), 1), Random(backend, arena, new(N), 2));
            var other = Random(backend, arena, new(R, N), 3);
            var y = arena.Allocate(new(R, N));
            backend.Linear(x, mixed[0], form == WeightForm.OutIn, bias, y, Epilogue.AddTo(other));
            var first = 0;
            foreach (var part in WeightLayout.Join(parts))
            {
                using var alone = NewSet(backend, form, K, part.Outputs,
                    part.Type == ElementType.Float32 ? ElementType.PackedFloat32 : part.Type);
                var blocks = new byte[part.Outputs * K / part.Type.Format()!.Length * part.Type.Format()!.Bytes];
                mixed.ReadBlocks(0, first, part.Type.Format()!, blocks);
                alone.WriteBlocks(0, 0, part.Type.Format()!, blocks);
                var product = arena.Allocate(new(R, part.Outputs));
                var own = arena.Allocate(new(part.Outputs));
                backend.Write(bias.ToFloats(backend).AsSpan(first, part.Outputs), own);
                backend.Linear(x, alone[0], form == WeightForm.OutIn, own, product);
                for (var r = 0; r < R; r++)
                    Assert.Equal(product.ToFloats(backend).AsSpan(r * part.Outputs, part.Outputs).ToArray()
                            .Zip(other.ToFloats(backend).AsSpan(r * N + first, part.Outputs).ToArray(), (a, b) => a + b),
                        y.ToFloats(backend).AsSpan(r * N + first, part.Outputs).ToArray());
                first += part.Outputs;
            }
            var gradients = new[] { mixed, plain }.Select(set =>
            {
                var dx = arena.Allocate(new(R, K));
                backend.LinearBackwardInput(other, set[0], form == WeightForm.OutIn, dx, accumulate: false, Epilogue.MultiplyBy(x));
                return dx.ToFloats(backend);
            }).ToArray();
            Assert.Equal(gradients[1], gradients[0]);
        }
    }

    [Theory, MemberData(nameof(Forms))]
    public void Raw_blocks_of_several_types_are_kept_each_by_its_outputs(string name, WeightForm form)
    {
        const int K = 256;
        using var backend = TestBackends.Create(name);
        using var set = new ParameterSet(backend, [new ParameterShape("qkv", ShapeOf(form, K, 96), form)
        {
            Parts = [new(64, ElementType.Q4_K), new(32, ElementType.Q6_K)],
        }]);
        var (four, six) = (AnyBlocks(ElementType.Q4_K, 64 * K), AnyBlocks(ElementType.Q6_K, 32 * K));
        set.WriteBlocks(0, 64, BlockFormat.Find("q6_K")!, six);
        set.WriteBlocks(0, 32, BlockFormat.Find("q4_K")!, four.AsSpan(four.Length / 2));
        set.WriteBlocks(0, 0, BlockFormat.Find("q4_K")!, four.AsSpan(0, four.Length / 2));
        var (backOfFour, backOfSix) = (new byte[four.Length], new byte[six.Length]);
        set.ReadBlocks(0, 0, BlockFormat.Find("q4_K")!, backOfFour);
        set.ReadBlocks(0, 64, BlockFormat.Find("q6_K")!, backOfSix);
        Assert.Equal(four, backOfFour);
        Assert.Equal(six, backOfSix);
        Assert.Equal(Bits(InOrder([.. Values(ElementType.Q4_K, four), .. Values(ElementType.Q6_K, six)], form, K, 96)), Bits(Read(set)));
        Assert.Equal("qkv stores output 64 as q6_K, not as q4_K",
            Assert.Throws<ArgumentException>(() =>
                set.WriteBlocks(0, 40, BlockFormat.Find("q4_K")!, four.AsSpan(0, four.Length / 2))).Message);
    }

    [Theory, MemberData(nameof(TestBackends.Names), MemberType = typeof(TestBackends))]
    public void Rows_of_a_table_in_parts_are_embedded_and_selected_as_what_they_stand_for(string name)
    {
        const int V = 70, C = 256;
        using var backend = TestBackends.Create(name);
        using var arena = new Arena(backend);
        using var set = new ParameterSet(backend, [new ParameterShape("table", new(V, C), WeightForm.OutIn)
        {
            Parts = [new(50, ElementType.Q6_K), new(20, ElementType.Q8_0)],
        }]);
        set.Write(0, Tensors.RandomValues(V * C, 4, 0));
        var (values, operations) = (Read(set), new Operations(backend, arena));
        int[] tokens = [3, 69, 50, 49, 3];
        using var rows = new TokenRows(backend);
        rows.Add(tokens);
        float[] expected = [.. tokens.SelectMany(token => values[(token * C)..((token + 1) * C)])];
        Assert.Equal(expected, operations.Embed(rows, set[0]).ToFloats(backend));
        Assert.Equal(expected, operations.SelectRows(set[0], tokens).ToFloats(backend));
    }

    [Fact]
    public void What_cannot_be_stored_is_refused_by_its_name()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var set = NewSet(backend, WeightForm.OutIn, 512, 4, ElementType.Q4_K);
        var (format, rows) = (BlockFormat.Find("q4_K")!, new byte[4 * 2 * 144]);
        Assert.Equal("1152 bytes from output 1 on are not whole rows of q4_K in weight of shape (4, 512)",
            Assert.Throws<ArgumentException>(() => set.WriteBlocks(0, 1, format, rows)).Message);
        Assert.Throws<ArgumentException>(() => set.WriteBlocks(0, 0, format, rows.AsSpan(1)));
        (rows[2 * 144 * 3 + 144 + 2], rows[2 * 144 * 3 + 144 + 3]) = (0, 0x7c); // dmin of the second block of output 3
        Assert.Equal("weight: block 1 of output 3 has a scale that is not a finite number",
            Assert.Throws<InvalidDataException>(() => set.WriteBlocks(0, 0, format, rows)).Message);
        Assert.Equal("weight of shape (4, 288) cannot be stored as q4_K: its inner dimension is not a multiple of 256",
            Assert.Throws<ArgumentException>(() => NewSet(backend, WeightForm.OutIn, 288, 4, ElementType.Q4_K)).Message);
        Assert.Equal("weight of shape (4, 256) has not the outputs of its parts", Assert.Throws<ArgumentException>(() =>
            new ParameterSet(backend, [new("weight", new(4, 256), WeightForm.OutIn) { Parts = [new(3, ElementType.Q4_K)] }])).Message);
        Assert.Contains("NaN cannot be stored as q4_K",
            Assert.Throws<ArgumentException>(() => set.Write(0, Enumerable.Repeat(float.NaN, 4 * 512).ToArray())).Message);
        // Rounded by a team of threads, one of which meets it.
        using var large = NewSet(backend, WeightForm.OutIn, 1024, 64, ElementType.Q6_K);
        Assert.Contains("Infinity cannot be stored as q6_K", Assert.Throws<ArgumentException>(() =>
            large.Write(0, [.. new float[1024 * 64 - 1], float.NegativeInfinity])).Message);
        Assert.StartsWith("weights cannot be stored as 'q4_k'; there are f32, bf16, f16, q8_0",
            Assert.Throws<ArgumentException>(() => ElementTypes.WeightNamed("q4_k")).Message);
    }

    // Half of them rounded numbers, half of them whatever bytes make finite scales.
    internal static byte[] AnyBlocks(ElementType type, int numbers)
    {
        var format = type.Format()!;
        var blocks = new byte[numbers / format.Length * format.Bytes];
        format.Quantise(Tensors.RandomValues(numbers, 2, (uint)type), blocks);
        var random = new Random((int)type);
        for (var at = 0; at < blocks.Length && format.Length > 1; at += 2 * format.Bytes)
            do
                random.NextBytes(blocks.AsSpan(at, format.Bytes));
            while (!format.HasFiniteScales(blocks.AsSpan(at, format.Bytes)));
        return blocks;
    }

    private static float[] Values(ElementType type, byte[] blocks)
    {
        var values = new float[blocks.Length / type.Format()!.Bytes * type.Format()!.Length];
        type.Format()!.Dequantise(blocks, values);
        return values;
    }

    // Rows of outputs in the order of a weight's shape.
    private static float[] InOrder(float[] rows, WeightForm form, int K, int N) => form == WeightForm.OutIn ? rows
        : [.. from k in Enumerable.Range(0, K) from n in Enumerable.Range(0, N) select rows[n * K + k]];

    private static Shape ShapeOf(WeightForm form, int K, int N) => form == WeightForm.OutIn ? new(N, K) : new(K, N);

    private static ParameterSet NewSet(Backend backend, WeightForm form, int K, int N, ElementType type) =>
        new(backend, [new ParameterShape("weight", ShapeOf(form, K, N), form)], weights: type);

    private static float[] Read(ParameterSet set)
    {
        var values = new float[set[0].Count];
        set.Read(0, values);
        return values;
    }

    private static Tensor Random(Backend backend, Arena arena, Shape shape, uint purpose) =>
        Tensors.Random(backend, arena, shape, ElementType.Float32, 1, purpose);

    private static uint[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToUInt32Bits)];
}
