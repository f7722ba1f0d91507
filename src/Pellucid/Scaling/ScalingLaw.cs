namespace Pellucid.Scaling;

/// <summary>The best use of a budget under a law.</summary>
/// <param name="Flop">The budget, C = 6 N D.</param>
/// <param name="Parameters">N*.</param>
/// <param name="Tokens">D*.</param>
/// <param name="Loss">What the law expects there, in nats a token.</param>
public sealed record ComputeOptimum(double Flop, double Parameters, double Tokens, double Loss)
{
    /// <summary>D* / N*.</summary>
    public double TokensPerParameter => Tokens / Parameters;
}

/// <summary>L(N, D) = E + A N^−α + B D^−β (Hoffmann et al. 2022, equation 2).</summary>
/// <param name="E">The loss that no model gets below, in nats a token.</param>
/// <param name="A">What too few parameters cost.</param>
/// <param name="B">What too few tokens cost.</param>
/// <param name="Alpha">How fast parameters help.</param>
/// <param name="Beta">How fast tokens help.</param>
public sealed record ScalingLaw(double E, double A, double B, double Alpha, double Beta)
{
    /// <summary>The law as Hoffmann et al. (2022) printed it, from their third approach.</summary>
    public static ScalingLaw Hoffmann { get; } = new(1.69, 406.4, 410.7, 0.34, 0.28);

    /// <summary>The same with the digits of the paper's source, which Besiroglu et al. (2024) found.</summary>
    public static ScalingLaw HoffmannUnrounded { get; } =
        new(Math.Exp(0.5267228), Math.Exp(6.0073404), Math.Exp(6.0179186), 0.33917084, 0.2849083);

    /// <summary>The law of the same points as Besiroglu et al. (2024) fit them.</summary>
    public static ScalingLaw Besiroglu { get; } = new(1.81721810, 477.8259, 2143.4174, 0.34731050, 0.36717243);

    /// <summary>a in N* ∝ C^a: β / (α + β).</summary>
    public double Exponent => Beta / (Alpha + Beta);

    /// <summary>The expected loss of N parameters after D tokens, in nats a token.</summary>
    public double Loss(double parameters, double tokens) =>
        E + A * Math.Pow(parameters, -Alpha) + B * Math.Pow(tokens, -Beta);

    /// <summary>The N and D with the lowest loss of all with 6 N D = C: N* = G (C/6)^a, G = (α A / (β B))^(1 / (α + β)).</summary>
    public ComputeOptimum Optimum(double flop)
    {
        if (!(flop > 0) || double.IsInfinity(flop))
            throw new ArgumentException($"a budget of {flop} FLOP is none");
        var parameters = Math.Pow(Alpha * A / (Beta * B), 1 / (Alpha + Beta)) * Math.Pow(flop / 6, Exponent);
        var tokens = flop / 6 / parameters;
        return new ComputeOptimum(flop, parameters, tokens, Loss(parameters, tokens));
    }
}
