namespace Pellucid.Tuning.Policies;

/// <summary>An answer that a policy wrote to a prompt, and what is known of it.</summary>
/// <param name="prompt">Tokens of the prompt.</param>
/// <param name="answer">Tokens that were written, at least one; the last one ends the text where it has ended.</param>
/// <param name="old">Log-probability of each, at the temperature it was written with, to the bit what training computes.</param>
/// <param name="hasEnded">Whether the model ended it, not the room that it had.</param>
internal sealed class Rollout(int[] prompt, int[] answer, double[] old, bool hasEnded)
{
    /// <summary>Prompt and answer, of which the answer is learned.</summary>
    public TuningExample Example { get; } = TuningExample.Of(prompt, answer);

    /// <summary>Tokens of the prompt.</summary>
    public int[] Prompt => prompt;

    /// <summary>Tokens that were written.</summary>
    public int[] Answer => answer;

    /// <summary>The answer without the token that ends it.</summary>
    public ReadOnlySpan<int> Said => answer.AsSpan(0, answer.Length - (hasEnded ? 1 : 0));

    /// <summary>Log-probabilities of the answer's tokens under the policy that wrote them.</summary>
    public double[] Old => old;

    /// <summary>Whether the model ended the answer.</summary>
    public bool HasEnded => hasEnded;

    /// <summary>Tokens that were written.</summary>
    public int Length => answer.Length;

    /// <summary>Log-probabilities under the model that is not to be left.</summary>
    public double[] Reference { get; set; } = [];

    /// <summary>What was expected of the answer before each token was written; empty without a value head.</summary>
    public double[] Values { get; set; } = [];

    /// <summary>What the answer was worth, in itself.</summary>
    public double Score { get; set; }

    /// <summary>How much better each token was than expected.</summary>
    public double[] Advantages { get; set; } = [];

    /// <summary>What each value should have been.</summary>
    public double[] Returns { get; set; } = [];

    /// <summary>Σ ln π − ln reference: an estimate of the KL divergence, in nats, from this one answer.</summary>
    public double Divergence
    {
        get
        {
            var sum = 0.0;
            for (var t = 0; t < Length; t++)
                sum += old[t] - Reference[t];
            return sum;
        }
    }

    /// <summary>Where, among the rows of a batch that hold it, the rows are from which its tokens were written.</summary>
    public int FirstRow(RowRange rows) => rows.First + prompt.Length - 1;
}
