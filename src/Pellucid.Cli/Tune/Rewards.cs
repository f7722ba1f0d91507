using Pellucid.Cli.Terminal;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Tuning;
using Pellucid.Tuning.Policies;

namespace Pellucid.Cli.Tune;

/// <summary>Rewards as arguments: <c>length</c>, <c>regex:PATTERN</c>, <c>classifier:FILE</c>, or a reward model.</summary>
internal static class Rewards
{
    /// <summary>What they are, for descriptions.</summary>
    public const string Kinds = "length, regex:PATTERN (1 where it is found), classifier:FILE (learned from its texts with a label), or a "
        + "reward model: its adapter's folder, or BASE+ADAPTER";

    private const string Pattern = "regex:", Classifier = "classifier:";

    /// <summary>The reward of a run.</summary>
    public static Reward Parse(string words, TuneRun run, int maxTokens) =>
        Parse(words, run.Gpt, run.BasePath, run.Tokenizer, run.MaxLength + maxTokens, made => run.Made(made), run.Tell);

    /// <summary>A reward of answers that a model writes.</summary>
    /// <param name="words">What it is.</param>
    /// <param name="gpt">The model, which a reward model may be an adapter of.</param>
    /// <param name="path">Where it lies.</param>
    /// <param name="tokenizer">Its tokens.</param>
    /// <param name="length">Tokens of prompt and answer, at most.</param>
    /// <param name="keep">Takes what is to be disposed in the end.</param>
    /// <param name="tell">Takes what is to be said of it.</param>
    /// <exception cref="ArgumentException">It is none, or reads other tokens.</exception>
    public static Reward Parse(string words, Gpt gpt, string path, Tokenizer tokenizer, int length, Action<IDisposable> keep,
        Action<string>? tell = null)
    {
        if (words == "length")
            return SampleReward.Length(tokenizer);
        if (words.StartsWith(Pattern, StringComparison.Ordinal))
            return SampleReward.Pattern(tokenizer, words[Pattern.Length..]);
        if (words.StartsWith(Classifier, StringComparison.Ordinal))
        {
            var classifier = WordClassifier.Learn(words[Classifier.Length..]);
            if (classifier.Accuracy is { Of: > 0 } accuracy)
                tell?.Invoke($"{words} says the label of {Units.Number(100 * accuracy.Share, 1)} % of {accuracy.Of} texts that it has not "
                    + "learned from");
            return new SampleReward(words, tokenizer, sample => classifier.LogOdds(sample.Answer));
        }
        var (ofBase, folder) = AdapterFolder.Exists(words) ? (path, words) : ModelFolder.Parts(words) ?? throw new ArgumentException(
            $"--reward {words} is neither length, regex:PATTERN, classifier:FILE, nor a reward model's adapter, alone or as BASE+ADAPTER");
        if (Tokenizer.Exists(folder) && Tokenizer.Load(folder).Fingerprint() != tokenizer.Fingerprint())
            throw new ArgumentException($"the reward model {words} reads other tokens than the model that answers");
        var model = gpt;
        if (ModelFolder.Resolve(ofBase) != ModelFolder.Resolve(path))
            keep(model = ModelFolder.LoadGpt(ofBase, gpt.Backend));
        if (!ReferenceEquals(model, gpt) && ModelFolder.LoadTokenizer(ofBase, model.Config).Fingerprint() != tokenizer.Fingerprint())
            throw new ArgumentException($"the reward model {words} reads other tokens than the model that answers");
        if (model.Context < Math.Min(length, gpt.Context))
            throw new ArgumentException($"the reward model {words} reads {model.Context} tokens, and prompts with answers may have "
                + $"{Math.Min(length, gpt.Context)}");
        var adapter = AdapterFolder.Read(folder, model);
        keep(adapter);
        if (!adapter.Config.HasHead)
            throw new ArgumentException($"{folder} is an adapter without a head, not a reward model's");
        var step = new TuningStep(model, adapter);
        keep(step);
        return new ModelReward(words, step, model.Backend);
    }
}
