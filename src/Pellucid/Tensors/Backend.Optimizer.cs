using System.Buffers;

namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>Elements whose squares are summed by themselves, before the sums of blocks are added in order.</summary>
    internal const int NormBlock = 1 << 14;

    /// <summary>Sum of squares in double precision, in an order that does not depend on threads.</summary>
    internal double SquaredNorm(Tensor x)
    {
        var blocks = NormBlocks(x.Count);
        var sums = ArrayPool<double>.Shared.Rent(blocks);
        SquaredNorms(x, sums.AsSpan(0, blocks));
        var sum = 0.0;
        for (var i = 0; i < blocks; i++)
            sum += sums[i];
        ArrayPool<double>.Shared.Return(sums);
        return sum;
    }

    /// <summary>Sums of squares of each block of so many elements, the last of which may be shorter.</summary>
    internal abstract void SquaredNorms(Tensor x, Span<double> sums);

    /// <summary>Blocks of that many elements.</summary>
    internal static int NormBlocks(long elements) => (int)((elements + NormBlock - 1) / NormBlock);

    /// <summary>One AdamW update (Loshchilov and Hutter 2019, algorithm 2) of parameters by gradientScale · gradients.</summary>
    internal abstract void AdamW(Tensor gradients, float gradientScale, in AdamWStep step, Tensor parameters,
        Tensor firstMoment, Tensor secondMoment);
}
