using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>04: the attention head that links his to John.</summary>
internal sealed class AttentionChapter() : Chapter("04",
    new("tour.attention.title"),
    new("tour.attention.claim"),
    new("tour.attention.experiment"),
    new("tour.attention.aside"))
{
    internal const string Example = "John wants his bank to cash the";

    private sealed record Sentence(int[] Tokens, int Pronoun, int Right, int Wrong);

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var sentences = Sentences(guide, guide.Quick ? 120 : 400);
        using var cache = ActivationCache.Record(guide.Gpt, new Prompts(sentences.Select(sentence => sentence.Tokens)),
            (activation, _) => activation == Activation.Pattern);
        var (choose, judge) = (Enumerable.Range(0, sentences.Count / 2).ToList(),
            Enumerable.Range(sentences.Count / 2, sentences.Count - sentences.Count / 2).ToList());
        (double Right, double Wrong)[] Attention(Component head, List<int> which) => [.. which.Select(i =>
        {
            var pattern = cache.Pattern(Activation.Pattern, head.Layer, head.Head, i);
            return ((double)pattern[sentences[i].Pronoun, sentences[i].Right], (double)pattern[sentences[i].Pronoun, sentences[i].Wrong]);
        })];
        var heads = Component.Heads(guide.Gpt.Config)
            .Select(head => (Head: head, Score: Attention(head, choose).Average(pair => pair.Right - pair.Wrong))).ToList();
        var best = heads.MaxBy(pair => pair.Score).Head;
        finding.Head = best;
        var judged = Attention(best, judge);
        finding.Central(new("tour.attention.sentences-in-which-that-head"),
            Tour.Measure.ShareOf([.. judged.Select(pair => pair.Right > pair.Wrong)], 0.5), Unit.Share, Bar.AtLeast(0.9, 0.5));
        var toOther = Estimate.Of([.. judged.Select(pair => pair.Wrong)]);
        finding.Central(new("tour.attention.its-mean-attention-from-the"),
            Estimate.Of([.. judged.Select(pair => pair.Right)]), Unit.Share, Bar.AtLeast(0.3, toOther.Mean));
        finding.Measure(new Phrase("tour.attention.its-mean-attention-to-the"), toOther, Unit.Share);
        var answers = guide.Ask(guide.Questions("pronouns", Split.Training, guide.Quick ? 80 : 200, "antecedent by sex"));
        finding.Measure("tour.attention.asked-whose-it-is-the", answers.Accuracy,
            Unit.Share, Bar.AtLeast(0.95));
        ShowHead(guide, finding, "attention", Example, best.Layer, best.Head, "tour.attention.the-articles-sentence-and-the");
        var (L, H) = (guide.Gpt.Config.Layers, guide.Gpt.Config.Heads);
        var scores = new double[L, H];
        foreach (var (head, score) in heads)
            scores[L - 1 - head.Layer, head.Head] = score;
        finding.Show("pronoun-heads", say => HeatMap.Draw(say["tour.picture.pronoun-heads"],
            [.. Enumerable.Range(0, L).Select(layer => say["tour.picture.layer-n", L - 1 - layer])],
            [.. Enumerable.Range(0, H).Select(head => say["tour.picture.head-n", head])], scores,
            (row, column) => Terminal.Units.Number(scores[row, column], 2), (56, 24)),
            "tour.attention.every-heads-liking-for-the");
        return finding;
    }

    private static List<Sentence> Sentences(Guide guide, int count)
    {
        var sentences = new List<Sentence>();
        foreach (var passage in guide.World.Passages().Where(passage => passage.Phenomenon == "pronouns"
            && passage.Annotations.Any(mark => mark is { Kind: AnnotationKind.Answer, Label: "antecedent by sex" })))
        {
            var references = passage.Of(AnnotationKind.Reference).ToList();
            var pronoun = references.First(mark => mark.Target != default && mark.Span.Of(passage.Text) is "his" or "her");
            var other = references.First(mark => mark.Label != pronoun.Label);
            var tokens = guide.Tokenizer.Encode(passage.Text[..(pronoun.Span.End)]);
            // A pronoun that stood before ("because he wanted to find his") is a fine place to look at too, but tells nothing about names.
            if (references.Count(mark => mark.Target != default && mark.Span.End <= pronoun.Span.End) == 1)
                sentences.Add(new Sentence(tokens, tokens.Length - 1,
                    guide.TokenAt(tokens, references.First(mark => mark.Label == pronoun.Label).Span.Start),
                    guide.TokenAt(tokens, other.Span.Start)));
            if (sentences.Count == count)
                break;
        }
        return sentences;
    }

    /// <summary>Draws where a head looks in a sentence.</summary>
    internal static void ShowHead(Guide guide, Finding finding, string name, string sentence, int layer, int head, string caption)
    {
        var tokens = guide.Subject.Encode(sentence);
        using var cache = ActivationCache.Record(guide.Gpt, new Prompts([tokens]), (activation, _) => activation == Activation.Pattern);
        var pattern = cache.Pattern(Activation.Pattern, layer, head, 0);
        var weights = new double[tokens.Length, tokens.Length];
        Array.Copy(pattern, weights, pattern.Length);
        finding.Show(name, say => Arcs.Draw(say["tour.picture.where-each-word-looks", layer, head], guide.Words(tokens), weights), caption);
    }
}
