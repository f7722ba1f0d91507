namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>
    /// chosen (R, k): the columns of the k largest elements of each row of scores (R, E), ascending. Of equals the earlier is taken;
    /// what is not a number counts as −∞.
    /// </summary>
    internal abstract void ChooseColumns(Tensor scores, Tensor chosen);

    /// <summary>
    /// Brings together the rows that chose the same of E, by a stable sort of what they chose, (R, k): sources (R · k) are rows in that
    /// order, places (R, k) where each choice went, and starts (E + 1) where the rows of each begin, and end.
    /// </summary>
    internal abstract void GroupByChoice(Tensor chosen, Tensor sources, Tensor places, Tensor starts);

    /// <summary>destination (R, k) = the elements of each row of x (R, E) that stand in the columns named (R, k).</summary>
    internal abstract void SelectColumns(Tensor x, Tensor columns, Tensor destination);

    /// <summary>Adds each element's gradient to the element of xGradient that it was.</summary>
    internal abstract void SelectColumnsBackward(Tensor gradient, Tensor columns, Tensor xGradient);

    /// <summary>destination (R, C) = Σ over i of weights (R, k) · the rows of x (R · k, C) at places (R, k), in ascending i.</summary>
    internal abstract void MixRows(Tensor x, Tensor places, Tensor weights, Tensor destination);

    /// <summary>xGradient (R · k, C) and weightsGradient (R, k) from gradient (R, C); either is skipped when empty.</summary>
    internal abstract void MixRowsBackward(Tensor gradient, Tensor x, Tensor places, Tensor weights, Tensor xGradient, bool accumulateX,
        Tensor weightsGradient, bool accumulateWeights);

    /// <summary>
    /// destination = g σ(slope · g) (u + 1), element by element, with g = gate but at most the limit, and u = up between −limit and
    /// limit.
    /// </summary>
    internal abstract void ClampedGate(Tensor gate, Tensor up, float slope, float limit, Tensor destination);

    /// <summary>The gradients of gate and up: 0 where they are clamped; either is skipped when empty.</summary>
    internal abstract void ClampedGateBackward(Tensor gradient, Tensor gate, Tensor up, float slope, float limit,
        Tensor gateGradient, bool accumulateGate, Tensor upGradient, bool accumulateUp);
}
