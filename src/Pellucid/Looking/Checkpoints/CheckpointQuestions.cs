using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Looking.Checkpoints;

/// <summary>What is asked of every checkpoint of a run, the same each time.</summary>
public sealed class CheckpointQuestions
{
    private readonly ulong _seed;
    private readonly IndirectObjectData? _sentences;

    /// <summary>Questions without a text: heads, and the indirect-object sentences where their names are one token.</summary>
    /// <param name="tokenizer">The run's.</param>
    /// <param name="firstToken">In front of every text, where the model has one.</param>
    /// <param name="seed">For the random tokens and the choice of words.</param>
    /// <param name="prompts">Sentences of each of the 15 templates in each of the 2 orders; 0 for none.</param>
    public CheckpointQuestions(Tokenizer tokenizer, int? firstToken = null, ulong seed = 1, int prompts = 5)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _seed = seed;
        if (prompts > 0)
            try
            {
                _sentences = new IndirectObjectData(tokenizer, IndirectObjectData.BuiltIn(tokenizer, seed, prompts), firstToken);
            }
            catch (Exception error) when (error is InvalidDataException or ArgumentException)
            {
                WhyNoSentences = error.Message;
            }
    }

    /// <summary>Why the model cannot be asked who is given something; null where it can.</summary>
    public string? WhyNoSentences { get; }

    /// <summary>Sentences that are asked.</summary>
    public int Sentences => _sentences?.Count ?? 0;

    /// <summary>A text whose end is read by every layer; none if empty.</summary>
    public IReadOnlyList<int> Text { get; init; } = [];

    /// <summary>The token that is followed there; what a checkpoint itself says in the end, each its own, where none is given.</summary>
    public int? Answer { get; set; }

    /// <summary>Has what a checkpoint, such as the last one, says after the text followed at all of them, if no other answer is given.
    /// </summary>
    public void FollowWhatIsSaidBy(Gpt gpt)
    {
        if (Answer is null && Read(gpt) is [.., var end])
            Answer = end.Target;
    }

    /// <summary>Looks at the model as it was then.</summary>
    /// <exception cref="ArgumentException">The text does not fit the model.</exception>
    public CheckpointLook Look(Gpt gpt, int step)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        var (accuracy, difference) = (double.NaN, double.NaN);
        if (_sentences is { } sentences && sentences.Pairs.Max(pair => pair.Base.Tokens.Length) <= gpt.Context)
        {
            using var cache = ActivationCache.Record(gpt, new Prompts(sentences.Pairs.Select(pair => pair.Base.Tokens)),
                (activation, layer) => activation == Activation.ResidPost && layer == gpt.Config.Layers - 1);
            var differences = Readout.LogitDifferences(gpt, cache, sentences.Questions);
            (accuracy, difference) = (differences.Average(one => one > 0 ? 1.0 : 0), differences.Average());
        }
        return new CheckpointLook(step, HeadSummary.OnRepeatedTokens(gpt, _seed), Read(gpt), accuracy, difference);
    }

    private IReadOnlyList<LensReading> Read(Gpt gpt)
    {
        if (Text.Count == 0)
            return [];
        if (Text.Count > gpt.Context)
            throw new ArgumentException($"the text has {Text.Count} tokens, and the model sees {gpt.Context}");
        return LogitLens.Read(gpt, new Prompts([[.. Text]]), top: 1, midway: false, target: (_, _) => Answer,
            wanted: (_, position) => position == Text.Count - 1);
    }
}
