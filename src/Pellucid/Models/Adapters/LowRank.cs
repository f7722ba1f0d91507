using Pellucid.Tensors;

namespace Pellucid.Models.Adapters;

/// <summary>
/// What a low-rank adapter adds to some columns of a product: scale · (B A x + c) (LoRA, Hu et al. 2021); with a magnitude the
/// columns are then brought to it (DoRA, Liu et al. 2024).
/// </summary>
/// <param name="FirstColumn">The first of the columns: queries, keys and values are columns of one product.</param>
/// <param name="A">(r, in).</param>
/// <param name="B">(columns, r).</param>
/// <param name="Scale">What is added is multiplied by it.</param>
internal sealed record LowRank(int FirstColumn, Tensor A, Tensor B, float Scale)
{
    /// <summary>c (columns); mostly empty.</summary>
    public Tensor Bias { get; init; }

    /// <summary>The length that each column of the weight shall have, (columns); empty where it is not DoRA.</summary>
    public Tensor Magnitude { get; init; }

    /// <summary>The length that each column of weight + scale · (B A)ᵀ has, (columns).</summary>
    public Tensor Norm { get; init; }

    /// <summary>Probability of dropout of what A reads, in a run with a tape.</summary>
    public float Dropout { get; init; }

    /// <summary>Names the random numbers of that dropout.</summary>
    public uint Purpose { get; init; }

    /// <summary>Adds it to y, which is x · weight + bias.</summary>
    public Tensor AddTo(Tensor y, Tensor x, Tensor bias, Operations operations)
    {
        var inner = operations.Linear(operations.Dropout(x, Dropout, Purpose), A, transposed: true); // (R, r)
        y = operations.AddColumns(y, operations.Linear(inner, B, Bias, transposed: true), FirstColumn, Scale);
        return Magnitude.IsEmpty ? y : operations.ScaleColumns(y, FirstColumn, Magnitude, Norm, bias);
    }
}
