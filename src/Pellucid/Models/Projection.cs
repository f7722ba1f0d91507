using Pellucid.Models.Adapters;
using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>A weight (in, out) and its bias (out), either of which may be empty, and what an adapter adds to their product.</summary>
internal readonly record struct Projection(Tensor Weight, Tensor Bias)
{
    /// <summary>Parts of an adapter, each of some columns; none where there is no adapter.</summary>
    public IReadOnlyList<LowRank> Added { get; init; } = [];

    /// <summary>Whether nothing is added, and the product may be fused with what follows.</summary>
    public bool IsPlain => Added.Count == 0;

    /// <summary>x (R, in) · weight + bias, and what is added.</summary>
    public Tensor Of(Tensor x, Operations operations)
    {
        var y = operations.Linear(x, Weight, Bias);
        foreach (var part in Added)
            y = part.AddTo(y, x, Bias, operations);
        return y;
    }
}
