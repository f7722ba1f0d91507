using System.Runtime.Intrinsics;
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
            var (small, large, signed) = (new byte[32], new byte[32], new byte[32]);
            random.NextBytes(signed);
            for (var j = 0; j < 32; j++)
            {
                signed[j] = signed[j] == 0x80 ? (byte)0x7f : signed[j]; // rows have no -128
                (small[j], large[j]) = ((byte)random.Next(16), (byte)(i == 0 ? 128 : random.Next(129)));
            }
            RequireEqual<PortableDot>(small, large, signed);
            if (Ssse3.IsSupported)
                RequireEqual<Ssse3Dot>(small, large, signed);
            if (Avx2.IsSupported)
                RequireEqual<Avx2Dot>(small, large, signed);
            if (AvxVnni.IsSupported)
                RequireEqual<VnniDot>(small, large, signed);
        }
    }

    private static void RequireEqual<TDot>(byte[] small, byte[] large, byte[] bytes) where TDot : IByteDot
    {
        var signed = Vector256.Create(bytes).AsSByte();
        var sum = Vector256<int>.Zero;
        for (var i = 0; i < 8; i++) // words of a scale
            sum = TDot.Add(sum, Vector256.Create(small), signed);
        var (whole, once) = (TDot.Whole(sum), TDot.AddLarge(Vector256.Create(7), Vector256.Create(large), signed));
        for (var lane = 0; lane < 8; lane++)
        {
            Assert.Equal(8 * Enumerable.Range(4 * lane, 4).Sum(j => small[j] * (sbyte)bytes[j]), whole[lane]);
            Assert.Equal(7 + Enumerable.Range(4 * lane, 4).Sum(j => large[j] * (sbyte)bytes[j]), once[lane]);
        }
        var turned = TDot.WithSign(signed, Vector256.Create(large).AsSByte());
        for (var j = 0; j < 32; j++)
            if (large[j] != 0)
                Assert.Equal((sbyte)large[j] < 0 ? -signed[j] : signed[j], turned[j]);
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
