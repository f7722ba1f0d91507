namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>destination (R, C) = tokenTable[token] + positionTable[position].</summary>
    public abstract void Embed(Tensor tokens, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor destination);

    /// <summary>Adds each row's gradient to the rows of the two tables it came from, rows ascending.</summary>
    public abstract void EmbedBackward(Tensor gradient, Tensor tokens, Tensor positions, Tensor tokenTableGradient, Tensor positionTableGradient);
}
