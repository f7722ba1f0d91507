using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Looking.Features;

/// <summary>A feature, and something of the micro-world that it stands for.</summary>
/// <param name="Feature">Its index.</param>
/// <param name="Kind"><c>topic</c>, <c>sense</c> or <c>person</c>.</param>
/// <param name="Label">Such as <c>capitals</c>, <c>bank: river</c>, <c>Mary</c>.</param>
/// <param name="Threshold">It counts as firing above this.</param>
/// <param name="Precision">Share of tokens on which it fires that are so, on text by which it was not chosen.</param>
/// <param name="Recall">Share of tokens that are so on which it fires, likewise.</param>
/// <param name="Tokens">How many tokens of that text are so.</param>
public sealed record NamedFeature(int Feature, string Kind, string Label, double Threshold, double Precision, double Recall, int Tokens)
{
    /// <summary>2PR / (P + R); 0 where both are.</summary>
    public double F1 => Precision + Recall > 0 ? 2 * Precision * Recall / (Precision + Recall) : 0;
}

/// <summary>
/// What features stand for, by the truth that the micro-world knows of every word it writes: what a passage is about, what a word
/// with several senses means here, whom a name or a pronoun stands for. A feature and its threshold are chosen by F1 on one half of the
/// passages, and precision and recall are of the other half.
/// </summary>
public static class FeatureTruth
{
    private const ulong Seed = 80; // of passages that no model was trained on
    private const int FewestTokens = 20, RowsAtATime = 2048;

    /// <summary>The best feature for each label, and each feature for one label, best first.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="tokenizer">Cuts the text.</param>
    /// <param name="dictionary">Its features.</param>
    /// <param name="tokens">How many tokens are read, both halves together.</param>
    /// <param name="begin">A token in front of every window.</param>
    /// <param name="cancellation">Gives up.</param>
    public static IReadOnlyList<NamedFeature> MicroWorld(Gpt gpt, Tokenizer tokenizer, FeatureDictionary dictionary, int tokens = 100_000,
        int? begin = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(dictionary);
        using var splice = new FeatureSplice(gpt, dictionary.Config);
        var (chosenBy, askedOf, strongest) = (new LabelCounts(dictionary.Config.Features), new LabelCounts(dictionary.Config.Features),
            new float[dictionary.Config.Features]);
        var texts = LabelledText.Pack(new MicroWorld(Seed).Passages(), tokenizer, gpt.Context, tokens, begin).ToList();
        var batch = Math.Max(1, RowsAtATime / gpt.Context);
        for (var first = 0; first < texts.Count; first += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            var some = texts.GetRange(first, Math.Min(batch, texts.Count - first));
            var activations = dictionary.Encode(splice.Read(new Prompts(some.Select(text => text.Tokens))));
            var counts = first < texts.Count / 2 ? chosenBy : askedOf;
            if (counts == chosenBy)
                for (var i = 0; i < activations.Length; i++)
                    strongest[i % strongest.Length] = Math.Max(strongest[i % strongest.Length], activations[i]);
            counts.Add(some.SelectMany(text => text.Labels), activations);
        }
        chosenBy.Finish(strongest);
        askedOf.Finish(strongest);
        return Choose(chosenBy, askedOf, strongest);
    }

    private static List<NamedFeature> Choose(LabelCounts chosenBy, LabelCounts askedOf, float[] strongest)
    {
        var candidates =
            from label in chosenBy.Labels
            where chosenBy.Tokens(label) >= FewestTokens && askedOf.Tokens(label) >= FewestTokens
            from feature in Enumerable.Range(0, strongest.Length)
            let best = Enumerable.Range(0, LabelCounts.Levels).MaxBy(level => chosenBy.F1(label, feature, level))
            let score = chosenBy.F1(label, feature, best)
            where score > 0
            orderby score descending
            select (label, feature, best);
        var (named, features, labels) = (new List<NamedFeature>(), new HashSet<int>(), new HashSet<(string, string)>());
        foreach (var (label, feature, level) in candidates)
            if (!features.Contains(feature) && labels.Add(label))
            {
                features.Add(feature);
                var (precision, recall) = askedOf.Scores(label, feature, level);
                named.Add(new NamedFeature(feature, label.Kind, label.Label, LabelCounts.Threshold(level, strongest[feature]), precision,
                    recall, askedOf.Tokens(label)));
            }
        return [.. named.OrderByDescending(one => one.F1)];
    }
}
