namespace Pellucid.Tensors;

/// <summary>A function that a feed-forward layer applies to every element.</summary>
public enum Nonlinearity
{
    /// <summary>x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, the form of GELU that GPT-2 has (Hendrycks and Gimpel 2016).</summary>
    GeluTanh,

    /// <summary>x Φ(x) with the normal distribution function Φ, by the error function (Hendrycks and Gimpel 2016).</summary>
    Gelu,

    /// <summary>x σ(1.702 x) with the logistic function σ (Hendrycks and Gimpel 2016).</summary>
    QuickGelu,

    /// <summary>The larger of x and 0; its slope at 0 is 0.</summary>
    Relu,

    /// <summary>x σ(x) with the logistic function σ, also called swish (Ramachandran et al. 2017).</summary>
    Silu,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,
}
