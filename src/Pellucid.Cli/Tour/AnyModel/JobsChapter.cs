using Pellucid.Looking;
using Pellucid.Looking.Relations;
using Pellucid.Models;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>08: what recall and copying lose when some layers' feed-forward parts, or their attention, become their means.</summary>
internal sealed class JobsChapter() : Chapter("08",
    new("tour.division.title"),
    new("tour.division.claim"),
    new("tour.any.division.experiment"))
{
    private const int Windows = 6;

    private sealed record Loss(Estimate Recall, Estimate Copying)
    {
        public Estimate RecallMore => Measure.Difference(Recall, Copying);
    }

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var task = new RelationTask(Facts.Capitals, guide.Tokenizer, guide.Gpt.Config, examples: 0, begin: guide.Subject.Begin);
        if (task.Asked.Count < 8)
            return Finding.NotAsked(new("tour.any.division.too-few"));
        // Windows are chosen on every other country, and judged on the rest.
        using var choosing = new Jobs(guide.Gpt, task, odd: true);
        using var judging = new Jobs(guide.Gpt, task, odd: false);
        finding.Baseline(new("tour.any.division.recall"), judging.Recall, Unit.Number, Bar.AtLeast(0.5, 0));
        finding.Baseline(new("tour.any.division.copying"), judging.Copying, Unit.Number, Bar.AtLeast(0.5, 0));
        var (forward, attention) = (choosing.Without(Activation.MlpOut), choosing.Without(Activation.AttnOut));
        var (worst, copies) = (forward.Index().MaxBy(one => one.Item.RecallMore.Mean).Index,
            attention.Index().MinBy(one => one.Item.RecallMore.Mean).Index);
        var (judgedForward, judgedAttention) = (judging.Without(Activation.MlpOut), judging.Without(Activation.AttnOut));
        finding.Central(new("tour.any.division.forward", Jobs.Name(guide.Gpt, worst)), judgedForward[worst].RecallMore, Unit.Share,
            Bar.AtLeast(0.3, 0));
        finding.Central(new("tour.any.division.attention", Jobs.Name(guide.Gpt, copies)),
            Negative(judgedAttention[copies].RecallMore), Unit.Share, Bar.AtLeast(0.3, 0));
        finding.Measure(new Phrase("tour.any.division.recall-lost"), judgedForward[worst].Recall, Unit.Share);
        finding.Measure(new Phrase("tour.any.division.copying-lost"), judgedForward[worst].Copying, Unit.Share);
        Show(guide, finding, "feed-forward", "tour.any.division.picture-forward", judgedForward);
        Show(guide, finding, "attention", "tour.any.division.picture-attention", judgedAttention);
        return finding;
    }

    private static Estimate Negative(Estimate estimate) => estimate with { Mean = -estimate.Mean };

    private static void Show(Guide guide, Finding finding, string name, string title, IReadOnlyList<Loss> losses) =>
        finding.Show(name, say => Curves.Draw(say[title], say["tour.picture.layer"], say["tour.picture.share"],
            [new Series(say["tour.picture.bare"], [.. losses.Select((loss, i) => ((double)Jobs.First(guide.Gpt, i), loss.Recall.Mean))]),
                new Series(say["tour.picture.told-before"],
                    [.. losses.Select((loss, i) => ((double)Jobs.First(guide.Gpt, i), loss.Copying.Mean))])]),
            "tour.any.division.lost-by-depth");

    /// <summary>Capitals asked bare, and with the fact told before, each against another country's capital.</summary>
    private sealed class Jobs : IDisposable
    {
        private readonly Gpt _gpt;
        private readonly Ablation _recall, _copying;

        public Jobs(Gpt gpt, RelationTask task, bool odd)
        {
            _gpt = gpt;
            Ablation Of(IReadOnlyList<RelationPrompt> prompts)
            {
                var questions = prompts.Select((prompt, i) => (Odd: i % 2 == 1,
                        Asked: new Question(prompt.Tokens, prompt.Answer, prompts[(i + 2) % prompts.Count].Answer)))
                    .Where(one => one.Odd == odd).Select(one => one.Asked).ToList();
                return new Ablation(gpt, new Prompts(questions.Select(question => question.Tokens)), AblationKind.Mean,
                    questions: questions);
            }
            (_recall, _copying) = (Of(task.Asked), Of(task.Copied));
        }

        public Estimate Recall => _recall.LogitDifference!.Value;

        public Estimate Copying => _copying.LogitDifference!.Value;

        private static int Size(Gpt gpt) => Math.Max(1, gpt.Config.Layers / Windows);

        public static int First(Gpt gpt, int window) => window * Size(gpt);

        public static string Name(Gpt gpt, int window)
        {
            var (first, last) = (First(gpt, window), Math.Min(gpt.Config.Layers, First(gpt, window + 1)) - 1);
            return first == last ? $"{first}" : $"{first}–{last}";
        }

        /// <summary>For each window of layers, the shares of both logit differences that are lost.</summary>
        public IReadOnlyList<Loss> Without(Activation part)
        {
            List<IReadOnlyList<Component>> sets = [.. Enumerable.Range(0, (_gpt.Config.Layers + Size(_gpt) - 1) / Size(_gpt))
                .Select(window => (IReadOnlyList<Component>)[.. Enumerable.Range(First(_gpt, window), Size(_gpt))
                    .Where(layer => layer < _gpt.Config.Layers).Select(layer => new Component(part, layer))])];
            return [.. _recall.Sets(sets).Zip(_copying.Sets(sets), (one, other) => new Loss(Lost(one, Recall), Lost(other, Copying)))];
        }

        public void Dispose()
        {
            _recall.Dispose();
            _copying.Dispose();
        }

        private static Estimate Lost(AblationResult result, Estimate whole) => new(-result.LogitDifferenceChange!.Value.Mean / whole.Mean,
            result.LogitDifferenceChange.Value.StandardError / Math.Abs(whole.Mean), whole.Count);
    }
}
