using Pellucid.Looking;
using Pellucid.Looking.Memories;
using Pellucid.Pictures;
using Pellucid.Tensors;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>06: what excites neurons, and whether they write what follows; some of every layer.</summary>
internal sealed class TriggersChapter() : Chapter("06",
    new("tour.neurons.title"),
    new("tour.neurons.claim"),
    new("tour.any.neurons.experiment"),
    new("tour.any.neurons.aside"))
{
    private const int OfALayer = 60, Top = 12, Likeliest = 10;
    private const uint Purpose = 0x746f7572;

    private sealed record Neuron(int Layer, int Index, IReadOnlyList<Trigger> Triggers, IReadOnlyList<int> Writes)
    {
        public double LastShare => Triggers.GroupBy(trigger => trigger.Prefix[^1]).Max(group => group.Count()) / (double)Triggers.Count;

        public bool Says(int token) => Writes.Contains(token);
    }

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var lines = CorpusLine.Cut(CorpusLine.MicroWorld(TrainingText.MicroWorldSeed + 1, guide.Quick ? 20_000 : 60_000),
            guide.Tokenizer, Math.Min(guide.Gpt.Context, 256));
        var memories = NeuronMemories.Collect(guide.Gpt, lines, Top);
        var values = new Neurons(guide.Gpt);
        var layers = Enumerable.Range(0, guide.Gpt.Config.Layers).Select(layer => Drawn(guide, memories, values, layer)).ToList();
        if (layers.Exists(layer => layer.Count < 2))
            return Finding.NotAsked(new("tour.any.neurons.silent"));
        var third = Math.Max(1, layers.Count / 3);
        List<Neuron> low = [.. layers.Take(third).SelectMany(layer => layer)],
            high = [.. layers.TakeLast(third).SelectMany(layer => layer)];
        finding.Central(new("tour.any.neurons.says-what-follows"), Agreement(high), Unit.Share, Bar.AtLeast(0.03, 0));
        finding.Measure(new Phrase("tour.any.neurons.below"), Agreement(low), Unit.Share);
        finding.Measure(new Phrase("tour.any.neurons.words-below"),
            Measure.Difference(Last(low), Last(high)), Unit.Share, Bar.AtLeast(0.02, 0));
        finding.Show("layers", say => Curves.Draw(say["tour.picture.triggers"], say["tour.picture.layer"], say["tour.picture.share"],
        [
            new Series(say["tour.picture.same-last-word"], [.. layers.Select((layer, i) => ((double)i, Last(layer).Mean))]),
            new Series(say["tour.picture.value-says-what-follows"], [.. layers.Select((layer, i) => ((double)i, Agreement(layer).Mean))]),
        ]), "tour.any.neurons.by-layer");
        finding.Show(new Sheet(new("tour.any.neurons.table"),
            [new("tour.neurons.neuron"), new("tour.neurons.strongest-trigger"), new("tour.neurons.writes")],
            [.. high.Where(neuron => neuron.Says(neuron.Triggers[0].Next)).Take(6).Select(neuron => Row(guide, neuron))]));
        return finding;
    }

    private static List<Neuron> Drawn(Guide guide, NeuronMemories memories, Neurons values, int layer) =>
        [.. Enumerable.Range(0, guide.Gpt.Config.Block(layer).FeedForward?.Width ?? 0)
            .OrderBy(neuron => CounterRandom.Bits(1, Purpose, (ulong)layer, (ulong)neuron))
            .Where(neuron => memories.Triggers(layer, neuron).Count >= 3).Take(OfALayer)
            .Select(neuron => new Neuron(layer, neuron, memories.Triggers(layer, neuron),
                [.. values.ValueTokens(layer, neuron, Likeliest).Select(said => said.Token)]))];

    // Share of neurons that write what follows their strongest trigger, less of those that write what follows another's.
    private static Estimate Agreement(List<Neuron> neurons) => Estimate.Of([.. neurons.Select((neuron, i) =>
        (neuron.Says(neuron.Triggers[0].Next) ? 1.0 : 0) - (neuron.Says(neurons[(i + 1) % neurons.Count].Triggers[0].Next) ? 1 : 0))]);

    private static Estimate Last(List<Neuron> neurons) => Estimate.Of([.. neurons.Select(neuron => neuron.LastShare)]);

    private static IReadOnlyList<Phrase> Row(Guide guide, Neuron neuron)
    {
        var text = guide.Tokenizer.Decode(neuron.Triggers[0].Prefix).Trim();
        return [$"{neuron.Layer}.{neuron.Index}", text.Length > 60 ? "…" + text[^60..] : text,
            string.Join(" ", neuron.Writes.Take(4).Select(token => guide.Subject.Show(token).TrimStart('␣')))];
    }
}
