using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>How a head spreads its attention, averaged over the rows of some prompts.
/// A score is the mean attention that goes where its name says.</summary>
/// <param name="Layer">0-based.</param>
/// <param name="Head">0-based.</param>
/// <param name="Entropy">Mean entropy of a row's attention, in nats.</param>
/// <param name="Self">Attention to the row's own position.</param>
/// <param name="First">Attention to position 0, over later rows.</param>
/// <param name="PreviousToken">Attention to the position before, over rows after the first.</param>
/// <param name="DuplicateToken">Attention to earlier places of the same token, over rows that have one; NaN if none does.</param>
/// <param name="Induction">Attention to what followed earlier places of the same token (Olsson et al. 2022),
/// over rows that have one; NaN if none does.</param>
public sealed record HeadSummary(int Layer, int Head, double Entropy, double Self, double First, double PreviousToken,
    double DuplicateToken, double Induction)
{
    // As much of its attention as a head must spend on what it is named after.
    private const double LabelShare = 0.4;

    /// <summary>What a head is taken for: <c>induction</c>, <c>previous token</c> or <c>duplicate token</c>,
    /// if it spends two fifths of its attention so; else null.</summary>
    public string? Label => Induction >= LabelShare ? "induction" : PreviousToken >= LabelShare ? "previous token"
        : DuplicateToken >= LabelShare ? "duplicate token" : null;

    /// <summary>Summaries of every head over some prompts.</summary>
    public static IReadOnlyList<HeadSummary> Of(Gpt gpt, Prompts prompts)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(prompts);
        using var cache = ActivationCache.Record(gpt, prompts, (activation, _) => activation == Activation.Pattern);
        return Of(gpt, cache);
    }

    /// <summary>Summaries of every head from patterns that were kept.</summary>
    public static IReadOnlyList<HeadSummary> Of(Gpt gpt, ActivationCache cache)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(cache);
        return [.. from layer in Enumerable.Range(0, gpt.Config.Layers) from head in Enumerable.Range(0, gpt.Config.Heads)
            select Of(cache, layer, head)];
    }

    /// <summary>Summaries on random tokens that are repeated once:
    /// whoever finds the repetition does it without knowing any language.</summary>
    public static IReadOnlyList<HeadSummary> OnRepeatedTokens(Gpt gpt, ulong seed, int prompts = 8, int half = 20) =>
        Of(gpt, RepeatedTokens(gpt, seed, prompts, half));

    /// <summary>Random tokens, and the same again.</summary>
    public static Prompts RepeatedTokens(Gpt gpt, ulong seed, int prompts = 8, int half = 20)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        half = Math.Min(half, gpt.Context / 2);
        int[] Repeated(int prompt)
        {
            var once = Enumerable.Range(0, half)
                .Select(i => (int)(CounterRandom.Bits(seed, 0x72657065, (ulong)prompt, (ulong)i) % (uint)gpt.Config.VocabularySize));
            return [.. once, .. once];
        }
        return new Prompts(Enumerable.Range(0, prompts).Select(Repeated));
    }

    private static HeadSummary Of(ActivationCache cache, int layer, int head)
    {
        var (entropy, self, first, previous, duplicate, induction) = (new Mean(), new Mean(), new Mean(),
            new Mean(), new Mean(), new Mean());
        for (var prompt = 0; prompt < cache.Prompts.Count; prompt++)
        {
            var (pattern, tokens) = (cache.Pattern(Activation.Pattern, layer, head, prompt), cache.Prompts[prompt]);
            for (var i = 0; i < tokens.Length; i++)
            {
                var (sum, same, after, found) = (0.0, 0.0, 0.0, false);
                for (var j = 0; j <= i; j++)
                {
                    var weight = pattern[i, j];
                    sum -= weight > 0 ? weight * Math.Log(weight) : 0;
                    if (j == i || tokens[j] != tokens[i])
                        continue;
                    found = true;
                    same += weight;
                    after += j + 1 < i ? pattern[i, j + 1] : 0;
                }
                entropy.Add(sum);
                self.Add(pattern[i, i]);
                if (i > 0)
                {
                    first.Add(pattern[i, 0]);
                    previous.Add(pattern[i, i - 1]);
                }
                if (found)
                {
                    duplicate.Add(same);
                    induction.Add(after);
                }
            }
        }
        return new HeadSummary(layer, head, entropy.Value, self.Value, first.Value, previous.Value, duplicate.Value, induction.Value);
    }

    private sealed class Mean
    {
        private double _sum;
        private int _count;

        public double Value => _sum / _count;

        public void Add(double value) => (_sum, _count) = (_sum + value, _count + 1);
    }
}
