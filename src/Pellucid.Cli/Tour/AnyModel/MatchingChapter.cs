using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>04: a pronoun's head, and heads that repeat what no language knows.</summary>
internal sealed class MatchingChapter() : Chapter("04",
    new("tour.attention.title"),
    new("tour.attention.claim"),
    new("tour.any.attention.experiment"),
    new("tour.attention.aside"))
{
    private const int Sequences = 4, Half = 64;
    private const ulong Choosing = 41, Judging = 42;

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var each = guide.Quick ? 2 : 4;
        var (choosing, judging) = (PronounSentence.Of(guide, true, each), PronounSentence.Of(guide, false, each));
        if (choosing.Count == 0 || judging.Count == 0)
            return Finding.NotAsked(new("tour.any.no-names"));
        MeasurePronouns(guide, choosing, judging, finding);
        MeasureRepetition(guide, finding);
        return finding;
    }

    private static void MeasurePronouns(Guide guide, IReadOnlyList<PronounSentence> choosing, IReadOnlyList<PronounSentence> judging,
        Finding finding)
    {
        var best = Heads(guide, choosing).MaxBy(head => head.Value.Average(pair => pair.Right - pair.Wrong)).Key;
        var judged = Heads(guide, judging)[best];
        finding.Central(new("tour.attention.sentences-in-which-that-head"),
            Measure.ShareOf([.. judged.Select(pair => pair.Right > pair.Wrong)], 0.5), Unit.Share, Bar.AtLeast(0.9, 0.5));
        finding.Central(new("tour.any.attention.right-less-other"),
            Estimate.Of([.. judged.Select(pair => pair.Right - pair.Wrong)]), Unit.Share, Bar.AtLeast(0.1, 0));
        finding.Measure(new Phrase("tour.attention.asked-whose-it-is-the"), Measure.ShareOf(
            [.. judging.Select(one => one.Asked.LogitDifference(guide.Gpt) > 0)], 0.5), Unit.Share, Bar.AtLeast(0.75, 0.5));
        AttentionChapter.ShowHead(guide, finding, "attention", AttentionChapter.Example, best.Layer, best.Head,
            "tour.attention.the-articles-sentence-and-the");
    }

    private static Dictionary<(int Layer, int Head), List<(double Right, double Wrong)>> Heads(Guide guide,
        IReadOnlyList<PronounSentence> sentences)
    {
        using var cache = ActivationCache.Record(guide.Gpt, new Prompts(sentences.Select(sentence => sentence.Tokens)),
            (activation, _) => activation == Activation.Pattern);
        return Component.Heads(guide.Gpt.Config).ToDictionary(head => (head.Layer, head.Head), head => sentences.Select((sentence, i) =>
        {
            var pattern = cache.Pattern(Activation.Pattern, head.Layer, head.Head, i);
            var pronoun = sentence.Tokens.Length - 1;
            return ((double)pattern[pronoun, sentence.Right], (double)pattern[pronoun, sentence.Wrong]);
        }).ToList());
    }

    // Random tokens, then the same again: who predicts the second half has matched it with the first.
    private static void MeasureRepetition(Guide guide, Finding finding)
    {
        var gpt = guide.Gpt;
        var half = Math.Min(Half, gpt.Context / 2);
        var heads = HeadSummary.OnRepeatedTokens(gpt, Choosing, Sequences, half).OrderByDescending(head => head.Induction).ToList();
        var repeated = HeadSummary.RepeatedTokens(gpt, Judging, 2 * Sequences, half);
        // The control has the second halves after other random tokens.
        var apart = new Prompts(Enumerable.Range(0, repeated.Count)
            .Select(i => (int[])[.. repeated[(i + 1) % repeated.Count][..half], .. repeated[i][half..]]));
        using var again = new Ablation(gpt, repeated, AblationKind.Zero, from: half + 1);
        using var once = new Ablation(gpt, apart, AblationKind.Zero, from: half + 1);
        finding.Central(new("tour.any.attention.nats-saved"), Measure.Difference(once.Loss, again.Loss), Unit.Number, Bar.AtLeast(1, 0));
        var count = Math.Clamp(heads.Count / 8, 1, 10);
        IReadOnlyList<Component> Taken(IEnumerable<HeadSummary> which) =>
            [.. which.Take(count).Select(head => new Component(Activation.Z, head.Layer, head.Head))];
        // Others of the same layers, as far as these have any.
        var layers = heads.Take(count).Select(head => head.Layer).ToHashSet();
        var others = heads.Skip(count).OrderByDescending(head => layers.Contains(head.Layer)).ThenBy(head => head.Induction);
        var cost = again.Sets([Taken(heads), Taken(others)]).Select(result => result.LossChange).ToList();
        finding.Central(new("tour.any.attention.without-strongest", count), Measure.Difference(cost[0], cost[1]), Unit.Number,
            Bar.AtLeast(1, 0));
        finding.Measure(new Phrase("tour.any.attention.without-others", count), cost[1], Unit.Number);
        finding.Show(new Sheet(new("tour.any.attention.strongest"),
            [new("tour.circuit.head"), new("tour.role.induction"), new("tour.role.previous-token"), new("tour.role.duplicate-token")],
            [.. heads.Take(5).Concat(heads.OrderByDescending(head => head.PreviousToken).Take(2)).Distinct()
                .Select(head => (IReadOnlyList<Phrase>)[$"{head.Layer}.{head.Head}", Terminal.Units.Number(head.Induction, 2),
                    Terminal.Units.Number(head.PreviousToken, 2), Terminal.Units.Number(head.DuplicateToken, 2)])]));
    }
}
