namespace Pellucid.Looking.Features;

/// <summary>A place of a text where a feature fires.</summary>
/// <param name="Tokens">The window it is in.</param>
/// <param name="Position">Where in the window it fires most.</param>
/// <param name="Activations">How strongly it fires at each position.</param>
public sealed record FeatureContext(IReadOnlyList<int> Tokens, int Position, IReadOnlyList<float> Activations)
{
    /// <summary>How strongly at most.</summary>
    public float Activation => Activations[Position];
}

/// <summary>What a feature is for: the model's loss where it fires strongly, and what it costs to take it away there. It is asked of the
/// windows in which it fires most, at the rows where it is at least half as strong as at most.</summary>
/// <param name="Windows">How many windows.</param>
/// <param name="Loss">The model's mean loss of the tokens after these rows, in nats.</param>
/// <param name="LossOfFrequency">What the same tokens cost who knows only how often each token comes.</param>
/// <param name="Rise">By how much the loss there rises when what it writes is taken off wherever it fires; the error takes windows for
/// independent.</param>
public sealed record FeatureUse(int Windows, double Loss, double LossOfFrequency, Estimate Rise)
{
    private const double FewestWindows = 8, LeastRise = 0.01, StandardErrors = 3;

    /// <summary>
    /// Whether there is something to explain. What fires it may look telling in a model that knows nothing, where a feature is a
    /// token or a sum of some. So it is asked whether the model knows anything there, more than how often tokens come, and whether it
    /// knows less without the feature: by 0.01 nats and three standard errors, which one in a thousand that do nothing pass by chance.
    /// </summary>
    public bool Passes => Windows >= FewestWindows && Loss < LossOfFrequency && Rise.Mean >= LeastRise
        && Rise.Mean >= StandardErrors * Rise.StandardError;
}

/// <summary>All that is told of one feature, on text that it was not learned from.</summary>
/// <param name="Feature">Its index.</param>
/// <param name="Rows">Rows that were read.</param>
/// <param name="Fired">Rows on which it fired.</param>
/// <param name="Largest">The strongest activation.</param>
/// <param name="Histogram">Rows on which it fired, by activation: equal parts from 0 to the strongest.</param>
/// <param name="Contexts">Where it fires most, one place a window, strongest first.</param>
/// <param name="Writes">Tokens whose logits its direction raises most, where it is written to the residual stream: products with
/// the output table after the mean and gain of the final norm.</param>
/// <param name="WritesAgainst">Tokens whose logits it lowers most.</param>
/// <param name="Use">What it is for; null where it never fires.</param>
public sealed record FeatureDashboard(int Feature, long Rows, long Fired, float Largest, IReadOnlyList<long> Histogram,
    IReadOnlyList<FeatureContext> Contexts, IReadOnlyList<(int Token, double Score)> Writes,
    IReadOnlyList<(int Token, double Score)> WritesAgainst, FeatureUse? Use)
{
    /// <summary>Whether there is something to explain: see <see cref="FeatureUse.Passes"/>.</summary>
    public bool Passes => Use?.Passes == true;
}
