using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>A gate a, at most a limit, of b between two limits and 1 more.</summary>
internal readonly struct ClampedGated(float slope, float limit) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T>
    {
        var gate = T.Min(T.All(limit), a);
        return gate * VectorMath.Sigmoid(T.All(slope) * gate) * Raised(b);
    }

    /// <summary>What is gated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Raised<T>(T b) where T : unmanaged, ISimd<T> => T.Max(T.All(-limit), T.Min(T.All(limit), b)) + T.All(1);

    /// <summary>What the gate gives, and its derivative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (T Value, T Slope) Open<T>(T a) where T : unmanaged, ISimd<T>
    {
        var gate = T.Min(T.All(limit), a);
        var open = VectorMath.Sigmoid(T.All(slope) * gate);
        var rise = T.MultiplyAdd(T.All(slope) * gate * open, T.All(1) - open, open);
        return (gate * open, T.WhereLess(T.All(limit), a, T.All(0), rise));
    }

    /// <summary>1 where b is not clamped, 0 where it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Within<T>(T b) where T : unmanaged, ISimd<T> =>
        T.WhereLess(T.All(limit), T.Max(T.All(0) - b, b), T.All(0), T.All(1));
}

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void ClampedGate(Tensor gate, Tensor up, float slope, float limit, Tensor destination) =>
        Map(new ClampedGated(slope, limit), up.Count, gate.Floats, up.Floats, up.Floats, destination.Floats);

    internal override void ClampedGateBackward(Tensor gradient, Tensor gate, Tensor up, float slope, float limit,
        Tensor gateGradient, bool accumulateGate, Tensor upGradient, bool accumulateUp) =>
        Run(new ClampedGateBackwardJob(new(slope, limit), gradient.Floats, gate.Floats, up.Floats,
            gateGradient.IsEmpty ? null : gateGradient.Floats, accumulateGate,
            upGradient.IsEmpty ? null : upGradient.Floats, accumulateUp, up.Count), up.Count);

    private readonly struct ClampedGateBackwardJob(ClampedGated function, float* gradient, float* gate, float* up,
        float* gateGradient, bool accumulateGate, float* upGradient, bool accumulateUp, long count) : ITeamJob
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int member, int members)
        {
            var part = Part.Of(count, member, members, grain: 16);
            for (var i = part.Start; i < part.End; i += T.Width)
            {
                var lanes = (int)Math.Min(T.Width, part.End - i);
                var (dy, b) = (Tail.Some<T>(gradient + i, lanes), Tail.Some<T>(up + i, lanes));
                var (value, slope) = function.Open(Tail.Some<T>(gate + i, lanes));
                if (gateGradient != null)
                    Add(dy * function.Raised(b) * slope, gateGradient + i, accumulateGate, lanes);
                if (upGradient != null)
                    Add(dy * value * function.Within(b), upGradient + i, accumulateUp, lanes);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(T value, float* destination, bool accumulate, int lanes) =>
            Tail.Put(accumulate ? Tail.Some<T>(destination, lanes) + value : value, destination, lanes);
    }
}
