namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>destination (R, C) = tokenTable[token] + positionTable[position]; the second may be empty.</summary>
    internal abstract void Embed(Tensor tokens, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor destination);

    /// <summary>Adds each row's gradient to the rows of the two tables it came from, rows ascending.
    /// A table is skipped when empty.</summary>
    internal abstract void EmbedBackward(Tensor gradient, Tensor tokens, Tensor positions, Tensor tokenTableGradient,
        Tensor positionTableGradient);

    /// <summary>destination (rows, C) = the rows of x that the integers name; of a stored table (V, C), what they stand for.</summary>
    internal abstract void SelectRows(Tensor x, Tensor rows, Tensor destination);

    /// <summary>Adds each row's gradient to the row of xGradient that it was, in the order of the selection.</summary>
    internal abstract void SelectRowsBackward(Tensor gradient, Tensor rows, Tensor xGradient);
}
