using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tensors.Reference;

namespace Pellucid.Tests.Tensors;

/// <summary>Weights in packed singles, 16 bits, and blocks.</summary>
public sealed class StoredWeightTests
{
    public static TheoryData<CpuInstructions, ElementType, WeightForm> Cases { get; } = new(
        from instructions in CpuBackend.Supported
        from type in ElementTypes.OfWeights
        from form in (WeightForm[])[WeightForm.InOut, WeightForm.OutIn]
        select (instructions, type, form));

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_product_is_that_of_the_reference(CpuInstructions instructions, ElementType type, WeightForm form)
    {
        foreach (var (R, inner, N) in ((int, int, int)[])[(1, 32, 1), (1, 96, 37), (4, 64, 64), (7, 448, 33), (17, 416, 101),
            (450, 32, 50)])
        {
            var K = Whole(type, inner);
            using var reference = new ReferenceBackend();
            var expected = Product(reference, type, form, R, K, N);
            foreach (var threads in (int[])[1, 2])
            {
                using var backend = CpuBackend.Create(threads, instructions);
                // The terms of a single number may nearly cancel.
                Near.AssertRelative(expected, Product(backend, type, form, R, K, N), expected.Length == 1 ? 3e-6 : 1e-6,
                    $"{R} × {K} × {N}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_weight_is_read_as_it_was_rounded(CpuInstructions instructions, ElementType type, WeightForm form)
    {
        using var reference = new ReferenceBackend();
        using var backend = CpuBackend.Create(1, instructions);
        Assert.Equal(ReadBack(reference, type, form, Whole(type, 64), 45), ReadBack(backend, type, form, Whole(type, 64), 45));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_has_the_same_bits_alone_and_in_company(CpuInstructions instructions, ElementType type, WeightForm form)
    {
        const int R = 9, N = 70;
        var K = Whole(type, 800);
        using var backend = CpuBackend.Create(2, instructions);
        var together = Product(backend, type, form, R, K, N);
        for (var r = 0; r < R; r++)
            Assert.Equal(together[(r * N)..((r + 1) * N)], Product(backend, type, form, 1, K, N, firstRow: r));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_product_and_its_epilogue_have_the_bits_of_one_after_the_other(CpuInstructions instructions,
        ElementType type, WeightForm form)
    {
        using var backend = CpuBackend.Create(2, instructions);
        foreach (var (R, inner, N) in ((int, int, int)[])[(1, 96, 37), (1, 800, 300), (9, 416, 101), (450, 416, 50)])
        {
            var K = Whole(type, inner);
            using var arena = new Arena(backend);
            var (x, residual) = (Tensors.Random(backend, arena, new Shape(R, K), ElementType.Float32, 1, 0),
                Tensors.Random(backend, arena, new Shape(R, N), ElementType.Float32, 1, 1));
            var weight = Store(backend, type, form, Tensors.RandomValues(K * N, 2, 0), K, N);
            var (expected, actual) = (arena.Allocate(new Shape(R, N)), arena.Allocate(new Shape(R, N)));
            backend.Linear(x, weight, form == WeightForm.OutIn, default, expected);
            backend.Add(residual, expected, expected);
            backend.Linear(x, weight, form == WeightForm.OutIn, default, actual, Epilogue.AddTo(residual));
            Assert.Equal(expected.ToFloats(backend), actual.ToFloats(backend));
        }
    }

    [Fact]
    public void Packed_singles_have_the_bits_of_plain_ones()
    {
        using var backend = CpuBackend.Create(2);
        foreach (var form in (WeightForm[])[WeightForm.InOut, WeightForm.OutIn])
        foreach (var R in (int[])[1, 3, 14, 100])
            Assert.Equal(Product(backend, ElementType.Float32, form, R, 800, 70),
                Product(backend, ElementType.PackedFloat32, form, R, 800, 70));
    }

    [Fact]
    public void Every_half_but_the_infinite_ones_is_widened_exactly()
    {
        foreach (var instructions in CpuBackend.Supported)
        {
            using var backend = CpuBackend.Create(1, instructions);
            var halves = Enumerable.Range(0, 1 << 16)
                .Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits)).Where(Half.IsFinite)
                .Select(half => (float)half).ToArray();
            var actual = Product(backend, ElementType.Float16, WeightForm.OutIn, [1], halves, 1, 1, halves.Length);
            Assert.Equal(halves, actual);
        }
    }

    // With a largest magnitude of 127 the scale is 1, and the numbers are what is rounded.
    [Fact]
    public void Halves_are_rounded_away_from_zero_in_weights_and_in_activations()
    {
        float[] x = [127, -74.5f, 74.5f, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, MathF.BitDecrement(0.5f),
            MathF.BitDecrement(2.5f), 126.5f, -126.5f];
        float[] rounded = [127, -75, 75, 1, -1, 2, 3, -3, 0, 2, 127, -127];
        Array.Resize(ref x, 32);
        Array.Resize(ref rounded, 32);
        foreach (var backend in (Backend[])[new ReferenceBackend(),
            .. CpuBackend.Supported.Select(instructions => CpuBackend.Create(1, instructions))])
        using (backend)
        {
            var values = new float[32];
            backend.ReadWeight(Store(backend, ElementType.Q8_0, WeightForm.OutIn, x, 32, 1), WeightForm.OutIn, values);
            Assert.Equal(rounded, values);
            // A weight of 127 and zeros picks one number of the row, as it was rounded.
            for (var k = 0; k < x.Length; k++)
            {
                var weight = new float[32 * 1024];
                weight[k * 1024] = 127;
                Assert.Equal(127 * rounded[k], Product(backend, ElementType.Q8_0, WeightForm.InOut, x, weight, 1, 32, 1024)[0]);
            }
        }
    }

    // An odd one among small numbers, as in the last norm of many models, costs their last bits in eight bits.
    [Theory]
    [InlineData(WeightForm.InOut, 5e-3, 5e-2)]
    [InlineData(WeightForm.OutIn, 0, 1e-4)]
    public void Before_the_table_of_tokens_a_row_is_rounded_to_sixteen_bits(WeightForm form, double least, double most)
    {
        const int K = 96, N = 50;
        var (x, values) = (Tensors.RandomValues(K, 5, 0), Tensors.RandomValues(K * N, 6, 0));
        for (var first = 0; first < K; first += 32)
            x[first + 7] = 20;
        foreach (var instructions in CpuBackend.Supported)
        {
            using var backend = CpuBackend.Create(1, instructions);
            using var exact = new ReferenceBackend();
            var weight = new float[K * N];
            backend.ReadWeight(Store(backend, ElementType.Q8_0, form, values, K, N), form, weight);
            Assert.InRange(Near.RelativeError(Product(exact, ElementType.Float32, form, x, weight, 1, K, N),
                Product(backend, ElementType.Q8_0, form, x, values, 1, K, N)), least, most);
        }
    }

    [Theory]
    [InlineData(ElementType.Q8_0, 0.006)]
    [InlineData(ElementType.Q4_0, 0.1)]
    public void A_block_is_rounded_to_within_half_a_step(ElementType type, double bound)
    {
        var x = Tensors.RandomValues(32 * 50, 5, 0);
        var rounded = (float[])x.Clone();
        for (var first = 0; first < x.Length; first += 32)
            WeightBlock.RoundTrip(type, rounded.AsSpan(first, 32));
        Assert.InRange(Near.RelativeError(x, rounded), 1e-4, bound);
    }

    /// <summary>So many numbers or a few more, in whole blocks.</summary>
    internal static int Whole(ElementType type, int inner)
    {
        var length = type.Format()!.Length;
        return (inner + length - 1) / length * length;
    }

    private static float[] Product(Backend backend, ElementType type, WeightForm form, int R, int K, int N, int firstRow = 0) =>
        Product(backend, type, form, Tensors.RandomValues((R + firstRow) * K, 1, 0)[(firstRow * K)..],
            Tensors.RandomValues(K * N, 2, 0), R, K, N);

    private static float[] Product(Backend backend, ElementType type, WeightForm form, float[] x, float[] weight, int R, int K, int N)
    {
        var (rows, stored, result) = (Write(backend, x, new Shape(R, K)), Store(backend, type, form, weight, K, N),
            new Arena(backend).Allocate(new Shape(R, N)));
        backend.Linear(rows, stored, form == WeightForm.OutIn,
            Write(backend, Tensors.RandomValues(N, 3, 0).Select(value => N > 1000 ? 0 : value).ToArray(), new Shape(N)), result);
        var y = new float[R * N];
        backend.Read(result, y);
        return y;
    }

    private static float[] ReadBack(Backend backend, ElementType type, WeightForm form, int K, int N)
    {
        var values = new float[K * N];
        backend.ReadWeight(Store(backend, type, form, Tensors.RandomValues(K * N, 2, 0), K, N), form, values);
        return values;
    }

    private static Tensor Store(Backend backend, ElementType type, WeightForm form, float[] values, int K, int N)
    {
        var shape = form == WeightForm.OutIn ? new Shape(N, K) : new Shape(K, N);
        if (type == ElementType.Float32)
            return Write(backend, values, shape);
        var weight = new Tensor(new Storage(backend, backend.WeightBytes(shape, form, type)), 0, shape, type);
        backend.WriteWeight(values, form, weight);
        return weight;
    }

    private static Tensor Write(Backend backend, float[] values, Shape shape)
    {
        var tensor = new Arena(backend).Allocate(shape);
        backend.Write(values, tensor);
        return tensor;
    }
}
