using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// Panels of a stored weight written out in singles, as what they stand for: element (k, n) of the panels from
/// <paramref name="first"/> on at k · stride + n. Members share the panels.
/// </summary>
internal readonly unsafe struct WidenJob<T>(WeightPanels weight, int first, int count, float* widened, nint stride) : ITeamJob
    where T : unmanaged, ISimd<T>
{
    public void Execute(int member, int members)
    {
        var part = Part.Of(count, member, members);
        for (var panel = part.Start; panel < part.End; panel++)
        {
            var source = weight.Panel(first + (int)panel);
            var to = widened + panel * weight.Columns;
            if (weight.Type.IsBlocks())
                BlockIntegers.Widen(weight.Type, source, weight.Inner, 0, weight.Columns, to, stride);
            else if (weight.Type == ElementType.PackedFloat32)
                WidenSteps<SingleWords<T>>(source, to);
            else if (weight.Type == ElementType.BFloat16)
                WidenSteps<BFloat16Words<T>>(source, to);
            else
                WidenSteps<Float16Words<T>>(source, to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WidenSteps<TWords>(byte* step, float* to) where TWords : IPanelWords<T>
    {
        for (var k = 0; k < weight.Inner; k++, step += TWords.BytesAStep, to += stride)
        {
            T.Store(TWords.Load(step, out var upper), to);
            T.Store(upper, to + T.Width);
        }
    }
}

internal sealed unsafe partial class SimdBackend<T>
{
    /// <summary>Singles that a stored weight is written out to at a time: 4 MB.</summary>
    private const int WidenedTogether = 1 << 20;

    private Scratch _widened;

    // The weight in singles, some of its outputs at a time, and the product with those added: the chain of additions of an
    // element ascends over all outputs, as if the weight lay in plain singles.
    private void LinearBackwardInputThrough(WeightPanels weight, MatrixView gradient, Tensor xGradient, bool accumulate,
        in Finish<T> finish)
    {
        var (K, N) = (weight.Inner, weight.Outputs);
        var together = Math.Clamp(WidenedTogether / K / weight.Columns, 1, weight.Count);
        nint stride = together * weight.Columns;
        lock (_scratchInUse)
        {
            if (_widened.FloatsEach < K * stride)
            {
                _widened.Free();
                _widened = Scratch.Allocate(1, K * stride);
            }
            for (var panel = 0; panel < weight.Count; panel += together)
            {
                var (panels, n) = (Math.Min(together, weight.Count - panel), panel * weight.Columns);
                var count = Math.Min(panels * weight.Columns, N - n);
                Run(new WidenJob<T>(weight, panel, panels, _widened.Of(0), stride), (long)K * count);
                Multiply(gradient.From(0, n), new MatrixView(_widened.Of(0), 1, stride), xGradient, count, accumulate || n > 0,
                    finish: n + count == N ? finish : default);
            }
        }
    }
}
