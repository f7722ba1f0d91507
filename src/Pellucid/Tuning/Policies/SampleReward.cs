using System.Text.RegularExpressions;
using Pellucid.Tokens;

namespace Pellucid.Tuning.Policies;

/// <summary>Answers scored one by one, by a function of their texts.</summary>
internal sealed class SampleReward(string name, Tokenizer tokenizer, Func<Sample, double> score) : Reward
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public override string Name => name;

    /// <summary>The number of tokens of an answer.</summary>
    public static SampleReward Length(Tokenizer tokenizer) => new("length", tokenizer, static sample => sample.Tokens.Count);

    /// <summary>1 where a regular expression is found in the answer, else 0.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    public static SampleReward Pattern(Tokenizer tokenizer, string pattern)
    {
        var expression = new Regex(pattern, RegexOptions.CultureInvariant, Patience);
        return new($"regex:{pattern}", tokenizer, sample => expression.IsMatch(sample.Answer) ? 1 : 0);
    }

    public override double[] Of(IReadOnlyList<Rollout> rollouts) => [.. rollouts.Select(rollout => score(Told(rollout)))];

    private Sample Told(Rollout rollout) => new(Text(rollout.Prompt), Text(rollout.Said), rollout.Said.ToArray(), rollout.HasEnded);

    // A model's table may have more rows than there are tokens.
    private string Text(ReadOnlySpan<int> tokens) =>
        tokenizer.Decode([.. tokens.ToArray().Where(token => token < tokenizer.VocabularySize)]);
}
