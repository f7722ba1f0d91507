namespace Pellucid.Scaling;

/// <summary>A training run as a law sees it.</summary>
/// <param name="Parameters">N, of the model.</param>
/// <param name="Tokens">D, that it was trained on.</param>
/// <param name="Loss">L at the end, in nats a token.</param>
/// <param name="Model">What several points of one model have in common, so that they are drawn together; its size if left out.</param>
/// <param name="Budget">The operations that it was given, where an experiment fixed them; 6 N D if left out.</param>
public sealed record ScalingRun(double Parameters, double Tokens, double Loss, string? Model = null, double? Budget = null)
{
    /// <summary>Floating-point operations of training: 6 N D (Kaplan et al. 2020, 2.1), or what the experiment fixed.</summary>
    public double Flop => Budget ?? 6 * Parameters * Tokens;

    /// <summary>What the run belongs to when runs are drawn anew.</summary>
    internal string Block => Model ?? Parameters.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}
