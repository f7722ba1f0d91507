using Pellucid.Cli.Look;
using Pellucid.Looking;
using Pellucid.Looking.Probes;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>03: meaning grows from layer to layer.</summary>
internal sealed class LayersChapter() : Chapter("03",
    new("tour.layers.title"),
    new("tour.layers.claim"),
    new("tour.layers.experiment"),
    new("tour.layers.aside"))
{
    private const string Example = "The capital of Poland is";

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var questions = Geography.Countries.All
            .Select(country => guide.Question($"The capital of {country.Name} is", " " + country.Capital, " " + country.Name)).ToList();
        var prompts = new Prompts(questions.Select(question => question.Tokens));
        var readings = LogitLens.Read(guide.Gpt, prompts, 1, target: (prompt, _) => questions[prompt].Right,
            wanted: (prompt, position) => position == prompts[prompt].Length - 1);
        var byPrompt = readings.GroupBy(reading => reading.Prompt).Select(group => group.ToList()).ToList();
        var places = byPrompt[0].Count;
        var right = byPrompt.Where(column => column[^1].TargetRank == 0).ToList();
        // The place from which on the answer stays on top.
        var switches = right.Select(column => column.FindLastIndex(reading => reading.TargetRank > 0) + 1).ToList();
        finding.Baseline(new("tour.layers.capitals-right-at-the-end"), right.Count / (double)byPrompt.Count, Unit.Share, Bar.AtLeast(1));
        finding.Baseline(new("tour.layers.capitals-on-top-already-in"),
            switches.Count(place => place == 0) / (double)Math.Max(1, right.Count), Unit.Share, Bar.AtMost(0.05));
        finding.Central(new("tour.layers.capitals-that-come-to-the"),
            switches.Count(place => place > 0 && place < places - 1) / (double)Math.Max(1, right.Count), Unit.Share, Bar.AtLeast(0.8));
        finding.Measure("tour.layers.mean-block-after-which-the",
            switches.Select(place => place / 2.0 - 1).DefaultIfEmpty(double.NaN).Average(), Unit.Number);
        var example = byPrompt[Geography.Countries.All.ToList().FindIndex(country => country.Name == "Poland")];
        var turn = example[Math.Min(places - 1, example.FindLastIndex(reading => reading.TargetRank > 0) + 1)];
        var afterAttention = turn.Activation == Activation.ResidMid;
        var tokens = guide.Subject.Encode(Example);
        var lens = LogitLens.Read(guide.Gpt, new Prompts([tokens]));
        finding.Show("lens", say => LensPicture.Draw(guide.Subject, tokens, lens, say["tour.picture.lens"],
            reading => reading.Activation == Activation.ResidPre ? say["tour.picture.embedding"] : reading.Name),
            new Phrase("tour.layers.read-from-bottom-to-top",
                new Phrase(afterAttention ? "tour.layers.after-attention" : "tour.layers.after-the-end", turn.Layer)));
        finding.Show("lens-curve", say => Curves.Draw(say["tour.picture.lens-curve"], say["tour.picture.after-block"],
            say["tour.picture.probability"], [new Series(say["tour.picture.mean-of-all-capitals"], [.. Enumerable.Range(0, places)
                .Select(place => (place / 2.0 - 1, byPrompt.Average(column => column[place].TargetProbability)))])]),
            "tour.layers.the-mean-probability-of-the");
        MeasureProbes(guide, finding);
        return finding;
    }

    private static void MeasureProbes(Guide guide, Finding finding)
    {
        (string Task, Phrase Short, Phrase Name)[] tasks =
        [
            ("noun-or-verb", new("tour.task.noun-or-verb"), new("tour.layers.noun-or-verb-of-words")),
            ("coreference", new("tour.task.coreference"), new("tour.layers.coreference-the-first-or-the")),
        ];
        var probes = tasks.Select(task => CumulativeProbes.Of(guide.Gpt,
            MicroWorldProbes.Task(task.Task, guide.Tokenizer, guide.Gpt.Config, guide.Quick ? 2500 : 4000))).ToList();
        for (var i = 0; i < tasks.Length; i++)
        {
            finding.Measure(new Phrase("tour.layers.probe-of-right-with-the", tasks[i].Name),
                probes[i].Scores[0].Mean, Unit.Share);
            finding.Measure(new Phrase("tour.layers.probe-of-right-with-all", tasks[i].Name),
                probes[i].Scores[^1].Mean, Unit.Share, Bar.AtLeast(i == 0 ? 0.9 : 0.8));
            finding.Measure(new Phrase("tour.layers.expected-layer-of-0-for", tasks[i].Short), probes[i].ExpectedLayer, Unit.Number);
        }
        var (grammar, reference) = (probes[0].ExpectedLayer, probes[1].ExpectedLayer);
        finding.Central(new("tour.layers.expected-layer-of-coreference-less"), Tour.Measure.Difference(reference, grammar),
            Unit.Number, Bar.AtLeast(0.01, 0));
        finding.Measure("tour.layers.the-same-in-its-standard", (reference.Mean - grammar.Mean)
            / Math.Sqrt(grammar.StandardError * grammar.StandardError + reference.StandardError * reference.StandardError), Unit.Number);
        int[] jumps = [.. probes.Select(probe => Enumerable.Range(0, probe.Scores.Count - 1)
            .MaxBy(layer => probe.Scores[layer + 1].Mean - probe.Scores[layer].Mean))];
        finding.Show("probes", say => Curves.Draw(say["tour.picture.probes"], say["tour.picture.after-block"], say["tour.picture.accuracy"],
            [.. probes.Zip(tasks, (probe, task) =>
                new Series(task.Short.In(say), [.. probe.Scores.Select((score, place) => (place - 1.0, score.Mean))]))]),
            new Phrase(jumps[0] == jumps[1] ? "tour.layers.share-that-a-probe-gets-at-one" : "tour.layers.share-that-a-probe-gets",
                jumps[0], jumps[1]));
    }
}
