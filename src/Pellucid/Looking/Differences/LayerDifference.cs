namespace Pellucid.Looking.Differences;

/// <summary>
/// How far a layer of one model is from the same layer of another, over all rows of some texts. A difference is the length of what the
/// second says less what the first says, over the length of what the first says: 0 where they agree, 1 where the change is as large as
/// the thing.
/// </summary>
/// <param name="Layer">0-based.</param>
/// <param name="Weights">Of the layer's weights, all together.</param>
/// <param name="Attention">Of what its attention adds to the residual stream.</param>
/// <param name="FeedForward">Of what its feed-forward layer adds; not a number where there is none.</param>
/// <param name="Residual">Of the residual stream after it.</param>
/// <param name="Divergence">Mean KL(first ‖ second), in nats, of what both would say if they ended after it (the logit lens).</param>
public sealed record LayerDifference(int Layer, double Weights, double Attention, double FeedForward, double Residual, double Divergence);

/// <summary>How far a head of one model is from the same head of another.</summary>
/// <param name="Pattern">Half the sum of |a − b| over where a row looks, mean over rows: 0 where all look alike, 1 where nothing
/// is shared.</param>
/// <param name="Output">Of what it writes before the output weights mix heads (z), as in <see cref="LayerDifference"/>.</param>
/// <param name="Before">How the first one spreads its attention.</param>
/// <param name="After">How the second one does.</param>
public sealed record HeadDifference(double Pattern, double Output, HeadSummary Before, HeadSummary After);

/// <summary>How far what one model says after a token is from what another says.</summary>
/// <param name="Divergence">KL(first ‖ second) of what follows, in nats.</param>
/// <param name="Before">The first one's likeliest next token.</param>
/// <param name="After">The second one's.</param>
/// <param name="Loss">−ln P of the token that does follow, by both; not a number at the end of a text.</param>
public sealed record TokenDifference(double Divergence, (int Token, double Probability) Before, (int Token, double Probability) After,
    (double Before, double After) Loss);
