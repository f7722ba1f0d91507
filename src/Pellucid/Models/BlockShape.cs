using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>What one block of a model computes: how it normalises, attends and feeds forward.</summary>
/// <param name="Norm">How the residual stream is normalised.</param>
/// <param name="Attention">Heads, their width, the scale of their scores and how far they see.</param>
/// <param name="AttentionBiases">Which of attention's products have a bias.</param>
/// <param name="HeadNorm">Which queries and keys are normalised together.</param>
/// <param name="Rotary">How queries and keys are turned by their positions; null where they are not.</param>
/// <param name="FeedForward">The feed-forward layer; null for a block of attention alone.</param>
public sealed record BlockShape(NormShape Norm, AttentionShape Attention, AttentionBiases AttentionBiases,
    HeadNorm HeadNorm, RotaryShape? Rotary,
    FeedForwardShape? FeedForward);

/// <summary>How vectors of the residual stream are normalised.</summary>
/// <param name="Kind">What is computed.</param>
/// <param name="Place">What it is computed of.</param>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="HasBias">Whether a bias is added after the gain.</param>
public sealed record NormShape(NormKind Kind = NormKind.LayerNorm, NormPlace Place = NormPlace.Input,
    float Epsilon = 1e-5f, bool HasBias = true)
{
    /// <summary>No normalisation, as in models built by hand.</summary>
    public static NormShape None { get; } = new(NormKind.None);

    /// <summary>Whether there is one at all.</summary>
    public bool Exists => Kind != NormKind.None;

    /// <summary>Whether what a layer reads is normalised.</summary>
    public bool OfInput => Exists && Place is NormPlace.Input or NormPlace.InputAndOutput;

    /// <summary>Whether what a layer says is normalised before it joins the stream.</summary>
    public bool OfOutput => Exists && Place is NormPlace.Output or NormPlace.InputAndOutput;
}

/// <summary>What a normalisation computes.</summary>
public enum NormKind
{
    /// <summary>Nothing: x as it is.</summary>
    None,

    /// <summary>(x − mean) / √(variance + ε) · gain + bias (Ba, Kiros and Hinton 2016).</summary>
    LayerNorm,

    /// <summary>x / √(mean of squares + ε) · gain (Zhang and Sennrich 2019).</summary>
    Rms,
}

/// <summary>Where a block normalises.</summary>
public enum NormPlace
{
    /// <summary>What a layer reads, and the end of the stream before the output: x + f(norm(x)). GPT-2, Llama.</summary>
    Input,

    /// <summary>What a layer says, and the end of the stream: x + norm(f(x)). OLMo 2.</summary>
    Output,

    /// <summary>Both, each with a gain of its own: x + norm(f(norm(x))). Gemma 2.</summary>
    InputAndOutput,

    /// <summary>The residual stream after a layer has written: norm(x + f(x)), and nothing at the end. GPT-1.</summary>
    Stream,
}

/// <summary>Which of attention's products have a bias.</summary>
public enum AttentionBiases
{
    /// <summary>Queries, keys, values and the output.</summary>
    All,

    /// <summary>Queries, keys and values, but not the output: Qwen 2.</summary>
    Input,

    /// <summary>None of them.</summary>
    None,
}

/// <summary>Which queries and keys are normalised, by root mean square and a gain, before they are turned.</summary>
public enum HeadNorm
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those of each head for themselves: Qwen 3, Gemma 3 (Henry et al. 2020, "QKNorm").</summary>
    EachHead,

    /// <summary>Those of all heads of a row together: OLMo 2.</summary>
    AllHeads,
}

/// <summary>What a feed-forward layer computes: f(x · W + b) · V + c, or f(x · G) · (x · W) · V where it is gated
/// (Shazeer 2020).</summary>
/// <param name="Width">F: neurons.</param>
/// <param name="Nonlinearity">f.</param>
/// <param name="HasBiases">Whether there are b and c.</param>
/// <param name="Gated">Whether a second product G gates the first.</param>
/// <param name="Experts">How rows are given to layers of that kind, where there are several; null where there is one.</param>
public sealed record FeedForwardShape(int Width, Nonlinearity Nonlinearity = Nonlinearity.GeluTanh,
    bool HasBiases = true, bool Gated = false, ExpertsShape? Experts = null);
