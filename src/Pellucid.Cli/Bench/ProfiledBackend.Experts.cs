using Pellucid.Tensors;

namespace Pellucid.Cli.Bench;

internal sealed partial class ProfiledBackend
{
    internal override void ChooseColumns(Tensor scores, Tensor chosen)
    {
        var start = Now;
        inner.ChooseColumns(scores, chosen);
        Note(start);
    }

    internal override void GroupByChoice(Tensor chosen, Tensor sources, Tensor places, Tensor starts)
    {
        var start = Now;
        inner.GroupByChoice(chosen, sources, places, starts);
        Note(start);
    }

    internal override void SelectColumns(Tensor x, Tensor columns, Tensor destination)
    {
        var start = Now;
        inner.SelectColumns(x, columns, destination);
        Note(start);
    }

    internal override void SelectColumnsBackward(Tensor gradient, Tensor columns, Tensor xGradient)
    {
        var start = Now;
        inner.SelectColumnsBackward(gradient, columns, xGradient);
        Note(start);
    }

    internal override void MixRows(Tensor x, Tensor places, Tensor weights, Tensor destination)
    {
        var start = Now;
        inner.MixRows(x, places, weights, destination);
        Note(start);
    }

    internal override void MixRowsBackward(Tensor gradient, Tensor x, Tensor places, Tensor weights, Tensor xGradient, bool accumulateX,
        Tensor weightsGradient, bool accumulateWeights)
    {
        var start = Now;
        inner.MixRowsBackward(gradient, x, places, weights, xGradient, accumulateX, weightsGradient, accumulateWeights);
        Note(start);
    }

    internal override void ClampedGate(Tensor gate, Tensor up, float slope, float limit, Tensor destination)
    {
        var start = Now;
        inner.ClampedGate(gate, up, slope, limit, destination);
        Note(start);
    }

    internal override void ClampedGateBackward(Tensor gradient, Tensor gate, Tensor up, float slope, float limit,
        Tensor gateGradient, bool accumulateGate, Tensor upGradient, bool accumulateUp)
    {
        var start = Now;
        inner.ClampedGateBackward(gradient, gate, up, slope, limit, gateGradient, accumulateGate, upGradient, accumulateUp);
        Note(start);
    }
}
