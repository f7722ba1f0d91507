using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void Activate(Tensor x, Nonlinearity nonlinearity, Tensor destination) =>
        nonlinearity.Choose(new Activating(this, x, destination));

    internal override void ActivateBackward(Tensor gradient, Tensor x, Nonlinearity nonlinearity, Tensor xGradient, bool accumulate) =>
        nonlinearity.Choose(new ActivatingBackward(this, gradient, x, xGradient, accumulate));

    internal override void Gate(Tensor gate, Tensor up, Nonlinearity nonlinearity, Tensor destination) =>
        nonlinearity.Choose(new Gating(this, gate, up, destination));

    internal override void GateBackward(Tensor gradient, Tensor gate, Tensor up, Nonlinearity nonlinearity,
        Tensor gateGradient, bool accumulateGate, Tensor upGradient, bool accumulateUp) =>
        nonlinearity.Choose(new GatingBackward(this, gradient, gate, up, gateGradient, accumulateGate, upGradient, accumulateUp));

    private readonly struct Activating(SimdBackend<T> backend, Tensor x, Tensor destination) : INonlinearityUser
    {
        public void Use<TFunction>() where TFunction : unmanaged, INonlinearity =>
            backend.Map(default(Activation<TFunction>), x.Count, x.Floats, x.Floats, x.Floats, destination.Floats);
    }

    private readonly struct ActivatingBackward(SimdBackend<T> backend, Tensor gradient, Tensor x, Tensor xGradient, bool accumulate)
        : INonlinearityUser
    {
        public void Use<TFunction>() where TFunction : unmanaged, INonlinearity =>
            backend.Map(new ActivationSlope<TFunction>(accumulate ? 1 : 0), x.Count, gradient.Floats, x.Floats,
                accumulate ? xGradient.Floats : x.Floats, xGradient.Floats);
    }

    private readonly struct Gating(SimdBackend<T> backend, Tensor gate, Tensor up, Tensor destination) : INonlinearityUser
    {
        public void Use<TFunction>() where TFunction : unmanaged, INonlinearity =>
            backend.Map(default(Gated<TFunction>), up.Count, gate.Floats, up.Floats, up.Floats, destination.Floats);
    }

    private readonly struct GatingBackward(SimdBackend<T> backend, Tensor gradient, Tensor gate, Tensor up,
        Tensor gateGradient, bool accumulateGate, Tensor upGradient, bool accumulateUp) : INonlinearityUser
    {
        public void Use<TFunction>() where TFunction : unmanaged, INonlinearity =>
            backend.Run(new GateBackwardJob<TFunction>(gradient.Floats, gate.Floats, up.Floats,
                gateGradient.IsEmpty ? null : gateGradient.Floats,
                accumulateGate, upGradient.IsEmpty ? null : upGradient.Floats, accumulateUp, up.Count), up.Count);
    }

    private readonly struct GateBackwardJob<TFunction>(float* gradient, float* gate, float* up, float* gateGradient, bool accumulateGate,
        float* upGradient, bool accumulateUp, long count) : ITeamJob where TFunction : unmanaged, INonlinearity
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int member, int members)
        {
            var part = Part.Of(count, member, members, grain: 16);
            for (var i = part.Start; i < part.End; i += T.Width)
            {
                var lanes = (int)Math.Min(T.Width, part.End - i);
                var (dy, a, b) = (Load(gradient + i, lanes), Load(gate + i, lanes), Load(up + i, lanes));
                var inner = TFunction.Gate(a);
                if (gateGradient != null)
                    Put(dy * b * TFunction.Slope(a, inner), gateGradient + i, accumulateGate, lanes);
                if (upGradient != null)
                    Put(dy * TFunction.Value(a, inner), upGradient + i, accumulateUp, lanes);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static T Load(float* source, int lanes) => lanes == T.Width ? T.Load(source) : Tail.Load<T>(source, lanes);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Put(T value, float* destination, bool accumulate, int lanes)
        {
            var sum = accumulate ? Load(destination, lanes) + value : value;
            if (lanes == T.Width)
                T.Store(sum, destination);
            else
                Tail.Store(sum, destination, lanes);
        }
    }
}
