using System.Runtime.Intrinsics.X86;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tensors.Reference;

namespace Pellucid.Tests.Tensors;

/// <summary>Rows rounded to bytes times blocks of small integers: sums are exact, whichever instructions form them.</summary>
public sealed class IntegerProductTests
{
    public static TheoryData<ElementType> Blocks { get; } = [.. ElementTypes.OfWeights.Where(type => type.IsBlocks())];

    [Theory, MemberData(nameof(Blocks))]
    public void Every_instruction_set_and_number_of_rows_gives_the_same_bits(ElementType type)
    {
        foreach (var (inner, N) in ((int, int)[])[(32, 1), (96, 31), (288, 33), (768, 70)])
        {
            var K = StoredWeightTests.Whole(type, inner);
            var (rows, blocks) = (Tensors.RandomValues(133 * K, 1, 0), BlockWeightTests.AnyBlocks(type, K * N));
            using var one = CpuBackend.Create(1, CpuInstructions.Vector128);
            float[] alone = [.. rows.Chunk(K).SelectMany(row => Product(one, type, row, blocks, K, N))];
            foreach (var instructions in CpuBackend.Supported)
            foreach (var R in (int[])[2, 4, 7, 133])
            {
                using var backend = CpuBackend.Create(2, instructions);
                Assert.Equal(Bits(alone.AsSpan(0, R * N)), Bits(Product(backend, type, rows[..(R * K)], blocks, K, N)));
            }
        }
    }

    // Every product is as large as it can be and of one sign, so that a sum would leave its bits if any could.
    [Theory, MemberData(nameof(Blocks))]
    public void The_largest_sums_fit(ElementType type)
    {
        const int N = 8;
        var K = StoredWeightTests.Whole(type, 512);
        var random = new Random(5);
        foreach (var magnitude in (float[])[1, -1])
        {
            float[] weights = [.. Enumerable.Range(0, N * K).Select(i => magnitude * ((i / K) switch
            {
                0 => 1,
                1 => i % 32 == 0 ? 1 : -1,
                2 => i % 16 == 0 ? -1 : 1,
                _ => random.Next(2) == 0 ? 1 : -1,
            }))];
            var blocks = new byte[weights.Length / type.Format()!.Length * type.Format()!.Bytes];
            type.Format()!.Quantise(weights, blocks);
            float[] rows = [.. weights.Select(weight => (float)MathF.Sign(weight))];
            using var reference = new ReferenceBackend();
            var expected = Product(reference, type, rows, blocks, K, N);
            foreach (var instructions in CpuBackend.Supported)
            {
                using var backend = CpuBackend.Create(1, instructions);
                Near.AssertRelative(expected, Product(backend, type, rows, blocks, K, N), 1e-6, $"{type} {instructions}");
            }
        }
    }

    [Fact]
    public void Ways_of_multiplying_bytes_agree()
    {
        var random = new Random(3);
        for (var i = 0; i < 1000; i++)
        {
            var (small, large, signed) = (new byte[64], new byte[64], new byte[64]);
            random.NextBytes(signed);
            for (var j = 0; j < 64; j++)
            {
                signed[j] = signed[j] == 0x80 ? (byte)0x7f : signed[j]; // rows have no -128
                (small[j], large[j]) = ((byte)random.Next(16), (byte)(i == 0 ? 128 : random.Next(129)));
            }
            RequireEqual<ByteLanes256<PortableDot>, Lanes256>(small, large, signed);
            if (Ssse3.IsSupported)
                RequireEqual<ByteLanes256<Ssse3Dot>, Lanes256>(small, large, signed);
            if (Avx2.IsSupported)
                RequireEqual<ByteLanes256<Avx2Dot>, Lanes256>(small, large, signed);
            if (AvxVnni.IsSupported)
                RequireEqual<ByteLanes256<VnniDot>, Lanes256>(small, large, signed);
            if (Avx512BW.IsSupported)
                RequireEqual<ByteLanes512, Lanes512>(small, large, signed);
        }
    }

    private static unsafe void RequireEqual<TLanes, T>(byte[] small, byte[] large, byte[] bytes)
        where TLanes : unmanaged, IByteLanes<TLanes, T>
        where T : unmanaged, ISimd<T>
    {
        var signed = Lanes<TLanes, T>(bytes);
        var sum = default(TLanes);
        for (var i = 0; i < 8; i++) // words of a scale
            sum = TLanes.Add(sum, Lanes<TLanes, T>(small), signed);
        float* whole = stackalloc float[T.Width], once = stackalloc float[T.Width];
        T.Store(TLanes.Singles(TLanes.Whole(sum)), whole);
        T.Store(TLanes.Singles(TLanes.AddLarge(TLanes.All(7), Lanes<TLanes, T>(large), signed) - TLanes.All(5)), once);
        for (var lane = 0; lane < T.Width; lane++)
        {
            Assert.Equal(8 * Enumerable.Range(4 * lane, 4).Sum(j => small[j] * (sbyte)bytes[j]), whole[lane]);
            Assert.Equal(2 + Enumerable.Range(4 * lane, 4).Sum(j => large[j] * (sbyte)bytes[j]), once[lane]);
        }
        var (turned, magnitudes) = (TLanes.WithSign(signed, Lanes<TLanes, T>(large)), TLanes.Abs(signed));
        for (var j = 0; j < sizeof(TLanes); j++)
        {
            Assert.Equal(Math.Abs((sbyte)bytes[j]), ((sbyte*)&magnitudes)[j]);
            if (large[j] != 0)
                Assert.Equal((sbyte)large[j] < 0 ? -(sbyte)bytes[j] : (sbyte)bytes[j], ((sbyte*)&turned)[j]);
        }
    }

    private static unsafe TLanes Lanes<TLanes, T>(byte[] bytes)
        where TLanes : unmanaged, IByteLanes<TLanes, T>
        where T : unmanaged, ISimd<T>
    {
        fixed (byte* words = bytes)
            return TLanes.Load(words);
    }

    private static float[] Product(Backend backend, ElementType type, float[] rows, byte[] blocks, int K, int N)
    {
        using var arena = new Arena(backend);
        using var set = new ParameterSet(backend, [new ParameterShape("weight", new(N, K), WeightForm.OutIn)], weights: type);
        set.WriteBlocks(0, 0, type.Format()!, blocks);
        var (x, y) = (arena.Allocate(new(rows.Length / K, K)), arena.Allocate(new(rows.Length / K, N)));
        backend.Write(rows, x);
        backend.Linear(x, set[0], transposed: true, default, y);
        return y.ToFloats(backend);
    }

    private static uint[] Bits(ReadOnlySpan<float> values) => [.. values.ToArray().Select(BitConverter.SingleToUInt32Bits)];
}
