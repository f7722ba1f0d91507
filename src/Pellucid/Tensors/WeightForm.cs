namespace Pellucid.Tensors;

/// <summary>What a parameter is to matrix multiplication; only weights can be stored in a type of their own.</summary>
public enum WeightForm
{
    /// <summary>No weight: a gain, a bias, a table of positions.</summary>
    None,

    /// <summary>A weight of shape (in, out).</summary>
    InOut,

    /// <summary>A weight of shape (out, in), used transposed: the table of tokens.</summary>
    OutIn,
}

/// <summary>Name, shape and use of one parameter.</summary>
public readonly record struct ParameterShape(string Name, Shape Shape, WeightForm Form = WeightForm.None)
{
    /// <summary>Whether training changes it; what does not train has neither gradient nor moments.</summary>
    public bool Trains { get; init; } = true;

    /// <summary>How its outputs are stored, in order; null: as the weights of its set are.</summary>
    internal IReadOnlyList<WeightPart>? Parts { get; init; }

    /// <summary>Length of the dimension that a product sums over, of a weight.</summary>
    internal int Inner => Shape[Form == WeightForm.InOut ? 0 : 1];

    /// <summary>Outputs of a weight.</summary>
    internal int Outputs => Shape[Form == WeightForm.InOut ? 1 : 0];
}
