using Pellucid.Models.Adapters;
using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>Everything about one forward but its rows:
/// where results and gradients go, what is watched, what is remembered, and how much of the model runs.</summary>
/// <param name="operations">Memory and, if there is one, the tape.</param>
public sealed class GptRun(Operations operations)
{
    /// <summary>Memory for results, and the tape.</summary>
    public Operations Operations => operations;

    /// <summary>What is read and changed inside; null costs nothing.</summary>
    public Taps? Taps { get; set; }

    /// <summary>Keys and values of earlier positions; null computes whole sequences.</summary>
    public KeyValueStore? Store { get; set; }

    /// <summary>First block that runs.</summary>
    public int FirstLayer { get; set; }

    /// <summary>Blocks from this one on do not run, and the residual stream is returned as it is;
    /// null runs all and ends with the final LayerNorm.</summary>
    public int? LastLayer { get; set; }

    /// <summary>The residual stream (R, C) to start from instead of token and position vectors;
    /// needed when <see cref="FirstLayer"/> is above 0.</summary>
    public Tensor Residual { get; set; }

    /// <summary>
    /// Positions that the text will have in the end, for rotations that ask before it begins (LongRoPE);
    /// null takes those that are there, and
    /// with a store the whole context.
    /// </summary>
    public int? Length { get; set; }

    /// <summary>Rows that logits are wanted of; null for all.</summary>
    public int[]? LogitRows { get; set; }

    /// <summary>Probability of dropout; only a run with a tape drops.</summary>
    public float Dropout { get; set; }

    /// <summary>What is learned beside the model; null runs the model as it is.</summary>
    public Adapter? Adapter { get; set; }

    /// <summary>
    /// A run with memory and a tape of its own, which serve one block after another: what a block computes is not kept, but computed
    /// again on the way back. Null keeps it.
    /// </summary>
    internal GptRun? OfBlock { get; set; }

    /// <summary>Whether somebody reads or changes an activation of a layer.</summary>
    internal bool Touches(Activation activation, int layer) => Taps?.Touches(activation, layer) == true;

    /// <summary>Passes an activation without heads, (R, columns).</summary>
    internal Tensor Tap(Activation activation, int layer, Tensor x) => Taps is null ? x
        : Taps.Pass(activation, layer, x, operations, heads: 1, 0, x.Columns);

    /// <summary>Passes one of attention's, with its heads beside each other or a plane for each;
    /// queries, keys and values lie in one tensor.</summary>
    internal Tensor TapHeads(Activation activation, int layer, Tensor x, AttentionShape shape)
    {
        if (Taps is null)
            return x;
        var (first, width, heads) = activation switch
        {
            Activation.Q or Activation.RotQ => (0, shape.QueryWidth, shape.Heads),
            Activation.K or Activation.RotK => (shape.QueryWidth, shape.KeyValueWidth, shape.KeyValueHeads),
            Activation.V => (shape.QueryWidth + shape.KeyValueWidth, shape.KeyValueWidth, shape.KeyValueHeads),
            _ => (0, x.Columns, shape.Heads),
        };
        return Taps.Pass(activation, layer, x, operations, heads, first, width);
    }
}
