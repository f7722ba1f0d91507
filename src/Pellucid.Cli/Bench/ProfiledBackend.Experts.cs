using Pellucid.Tensors;

namespace Pellucid.Cli.Bench;

internal sealed partial class ProfiledBackend
{
    internal override void ChooseColumns(Tensor scores, Tensor chosen) => Timed(() => inner.ChooseColumns(scores, chosen));

    internal override void GroupByChoice(Tensor chosen, Tensor sources, Tensor places, Tensor starts) =>
        Timed(() => inner.GroupByChoice(chosen, sources, places, starts));

    internal override void SelectColumns(Tensor x, Tensor columns, Tensor destination) =>
        Timed(() => inner.SelectColumns(x, columns, destination));

    internal override void SelectColumnsBackward(Tensor gradient, Tensor columns, Tensor xGradient) =>
        Timed(() => inner.SelectColumnsBackward(gradient, columns, xGradient));

    internal override void MixRows(Tensor x, Tensor places, Tensor weights, Tensor destination) =>
        Timed(() => inner.MixRows(x, places, weights, destination));

    internal override void MixRowsBackward(Tensor gradient, Tensor x, Tensor places, Tensor weights, Tensor xGradient, bool accumulateX,
        Tensor weightsGradient, bool accumulateWeights) =>
        Timed(() => inner.MixRowsBackward(gradient, x, places, weights, xGradient, accumulateX, weightsGradient, accumulateWeights));

    internal override void ClampedGate(Tensor gate, Tensor up, float slope, float limit, Tensor destination) =>
        Timed(() => inner.ClampedGate(gate, up, slope, limit, destination));

    internal override void ClampedGateBackward(Tensor gradient, Tensor gate, Tensor up, float slope, float limit,
        Tensor gateGradient, bool accumulateGate, Tensor upGradient, bool accumulateUp) =>
        Timed(() => inner.ClampedGateBackward(gradient, gate, up, slope, limit, gateGradient, accumulateGate, upGradient, accumulateUp));
}
