using Pellucid.Looking.Memories;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>06: neurons and what sets them off.</summary>
internal sealed class NeuronsChapter() : Chapter("06",
    new("tour.neurons.title"),
    new("tour.neurons.claim"),
    new("tour.neurons.experiment"),
    new("tour.neurons.aside"))
{
    private static readonly (string Topic, Phrase Name)[] Topics = [("television", new("tour.topic.television")),
        ("military", new("tour.topic.military")), ("times", new("tour.topic.times"))];

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var lines = CorpusLine.Cut(CorpusLine.MicroWorld(TrainingText.MicroWorldSeed + 1, guide.Quick ? 400_000 : 3_000_000),
            guide.Tokenizer, guide.Gpt.Context);
        var report = new MemoryReport(NeuronMemories.Collect(guide.Gpt, lines, top: 20));
        var (low, high) = (report.Layers[0], report.Layers[^1]);
        var rows = new List<IReadOnlyList<Phrase>>();
        foreach (var (topic, name) in Topics)
        {
            var best = report.All.Where(memory => memory.Pattern?.Topic == topic)
                .OrderByDescending(memory => memory.Pattern!.TopicShare)
                .ThenBy(memory => memory.Pattern!.LastShare).FirstOrDefault();
            finding.Measure(new Phrase("tour.neurons.best-neuron-for-share-of", name), best?.Pattern!.TopicShare ?? 0,
                Unit.Share, Bar.AtLeast(0.8));
            if (best is not null)
                rows.Add(Row(guide, report, best, topic, name));
        }
        var substitutes = guide.Subject.OneToken(" substitutes");
        var word = report.All.Where(memory => memory.Pattern?.Suffix is { Count: > 0 } suffix && suffix[^1] == substitutes)
            .MaxBy(memory => memory.Pattern!.SuffixShare);
        finding.Measure("tour.neurons.best-neuron-for-texts-that", word?.Pattern!.SuffixShare ?? 0, Unit.Share, Bar.AtLeast(0.5));
        if (word is not null)
            rows.Add(Row(guide, report, word, "substitutes", "substitutes"));
        finding.Measure("tour.neurons.lowest-layer-triggers-of-a",
            low.LastToken.Mean, Unit.Share);
        finding.Central(new("tour.neurons.lowest-layer-less-the-highest"),
            Tour.Measure.Difference(low.LastToken, high.LastToken), Unit.Share, Bar.AtLeast(0.02, 0),
            new Phrase("tour.neurons.with-four-layers-there-is"));
        finding.Central(new("tour.neurons.highest-layer-neurons-whose-value"),
            Tour.Measure.Difference(high.Agreement, high.Chance), Unit.Share, Bar.AtLeast(0.03, 0));
        finding.Show(new Sheet(new("tour.neurons.neurons-like-those-that-the"),
            [new("tour.neurons.neuron"), new("tour.neurons.pattern"), new("tour.neurons.share"), new("tour.neurons.strongest-trigger"),
                new("tour.neurons.writes")], rows));
        finding.Show("layers", say => Curves.Draw(say["tour.picture.triggers"], say["tour.picture.layer"], say["tour.picture.share"],
        [
            new Series(say["tour.picture.same-last-word"], [.. report.Layers.Select(layer => ((double)layer.Layer, layer.LastToken.Mean))]),
            new Series(say["tour.picture.same-topic"], [.. report.Layers.Select(layer => ((double)layer.Layer, layer.Topic.Mean))]),
            new Series(say["tour.picture.value-says-what-follows"],
                [.. report.Layers.Select(layer => ((double)layer.Layer, layer.Agreement.Mean))]),
        ]), "tour.neurons.means-over-all-neurons-of");
        return finding;
    }

    private static IReadOnlyList<Phrase> Row(Guide guide, MemoryReport report, Memory memory, string pattern, Phrase name)
    {
        var trigger = report.Memories.Triggers(memory.Layer, memory.Neuron)[0];
        var text = guide.Tokenizer.Decode(trigger.Prefix).Trim();
        var share = Math.Max(memory.Pattern!.TopicShare, pattern == "substitutes" ? memory.Pattern.SuffixShare : 0);
        return [$"{memory.Layer}.{memory.Neuron}", name, $"{Terminal.Units.Number(100 * share, 0)} %",
            text.Length > 60 ? "…" + text[^60..] : text,
            string.Join(" ", memory.Value.Top.Take(4).Select(token => guide.Subject.Show(token).TrimStart('␣')))];
    }
}
