using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>04: the attention head that links his to John.</summary>
internal sealed class AttentionChapter() : Chapter("04",
    new("Can I have your attention please", "请注意"),
    new("Attention matches words with other words and moves information between them; one head links a pronoun to whom it stands for.",
        "注意力把词与词配对并在它们之间搬运信息；有一个注意力头把代词连到它所指的人。"),
    new("In sentences with a woman and a man of whom a pronoun means one, every head's attention from his or her to the two names is "
        + "compared. The head is chosen on one half of the sentences and judged on the other.",
        "在含有一女一男、代词指其中一人的句子里，比较每个头从 his 或 her 到两个名字的注意力。用一半句子选出一个头，用另一半评判它。"),
    new("Tasks such as this can need several heads in a row. "
        + "And that a head looks somewhere does not yet show what it is for: chapter 05 takes heads away.",
        "这样的任务可能需要多个头接力。而且一个头往哪里看，还不能说明它的作用：第 05 章会把头拿掉。"))
{
    private const string Example = "John wants his bank to cash the";

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
        var judged = Attention(best, judge);
        finding.Measure("Sentences in which that head looks more at the right name than at the other", "该头看正确名字多于看另一个名字的句子",
            judged.Average(pair => pair.Right > pair.Wrong ? 1.0 : 0), Unit.Share, Bar.AtLeast(0.9));
        finding.Measure("Its mean attention from the pronoun to the right name", "它从代词到正确名字的平均注意力",
            judged.Average(pair => pair.Right), Unit.Share, Bar.AtLeast(0.3));
        finding.Measure("Its mean attention to the other name", "它到另一个名字的平均注意力", judged.Average(pair => pair.Wrong), Unit.Share);
        var answers = guide.Ask(guide.Questions("pronouns", Split.Training, guide.Quick ? 80 : 200, "antecedent by sex"));
        finding.Measure("Asked whose it is, the model says the right name", "问东西是谁的，模型说出正确的名字", answers.Accuracy,
            Unit.Share, Bar.AtLeast(0.95));
        var tokens = guide.Subject.Encode(Example);
        using var shown = ActivationCache.Record(guide.Gpt, new Prompts([tokens]), (activation, _) => activation == Activation.Pattern);
        var name = $"head {best.Layer}.{best.Head}";
        finding.Show("attention", Arcs.Draw($"{name}: where each word looks", guide.Words(tokens),
            Doubled(shown.Pattern(Activation.Pattern, best.Layer, best.Head, 0))),
            "The article's sentence, and the arcs of that one head. Find the arc from his to John.", "文中的句子，以及这一个头的弧线。请找到从 his 到 John 的弧。");
        var (L, H) = (guide.Gpt.Config.Layers, guide.Gpt.Config.Heads);
        var scores = new double[L, H];
        foreach (var (head, score) in heads)
            scores[L - 1 - head.Layer, head.Head] = score;
        finding.Show("pronoun-heads", HeatMap.Draw("attention to the right name less the other",
            [.. Enumerable.Range(0, L).Select(layer => $"layer {L - 1 - layer}")],
            [.. Enumerable.Range(0, H).Select(head => $"head {head}")], scores,
            (row, column) => Terminal.Units.Number(scores[row, column], 2), (56, 24)),
            "Every head's liking for the right name (orange) over the other one (blue). A few heads do it; most do other things.",
            "每个头对正确名字（橙）相对另一个名字（蓝）的偏好。少数头做这件事，多数头另有所司。");
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

    internal static double[,] Doubled(float[,] pattern)
    {
        var doubled = new double[pattern.GetLength(0), pattern.GetLength(1)];
        for (var i = 0; i < pattern.GetLength(0); i++)
        for (var j = 0; j < pattern.GetLength(1); j++)
            doubled[i, j] = pattern[i, j];
        return doubled;
    }
}
