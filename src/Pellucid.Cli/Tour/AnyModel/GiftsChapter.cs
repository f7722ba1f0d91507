using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>05: heads that look at the receiver and write that name, and those before them, taken away beside others.</summary>
internal sealed class GiftsChapter() : Chapter("05",
    new("tour.circuit.title"),
    new("tour.circuit.claim"),
    new("tour.any.circuit.experiment"),
    new("tour.circuit.aside"))
{
    private const ulong Choosing = 51, Judging = 52;

    // What a name mover must do at least: look a tenth more at the receiver, and write a fiftieth of the difference.
    private const double LeastLook = 0.1, LeastShare = 0.02;

    private sealed record Mover(GiftLook Look, double Writes);

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        IndirectObjectData Data(ulong seed, int prompts) => new(guide.Tokenizer,
            IndirectObjectData.BuiltIn(guide.Tokenizer, seed, prompts), guide.Subject.Begin);
        var (choosing, judging) = (Data(Choosing, 1), Data(Judging, guide.Quick ? 1 : 2));
        using var measure = new CircuitMeasure(guide.Gpt, judging);
        var whole = measure.Model();
        finding.Baseline(new("tour.any.circuit.right"), Measure.AtLeastGuessing(new(measure.Accuracy(), 0, judging.Count), 0.5),
            Unit.Share, Bar.AtLeast(0.9, 0.5));
        finding.Baseline(new("tour.any.circuit.difference"), whole, Unit.Number, Bar.AtLeast(0.5, 0));
        var count = Math.Clamp(guide.Gpt.Config.Layers * guide.Gpt.Config.Heads / 8, 1, 10);
        using var cache = ActivationCache.Record(guide.Gpt, new Prompts(choosing.Pairs.Select(pair => pair.Base.Tokens)),
            (activation, _) => activation == Activation.Pattern);
        var looks = GiftPrompts.Looks(guide.Gpt.Config, cache, choosing);
        var writes = Writes(guide, choosing);
        var movers = looks.Select(look => new Mover(look, writes.GetValueOrDefault((look.Layer, look.Head))))
            .Where(one => one.Look.Preference >= LeastLook && one.Writes >= LeastShare)
            .OrderByDescending(one => one.Writes).Take(count).ToList();
        finding.Central(new("tour.any.circuit.movers"), movers.Count, Unit.Count, Bar.AtLeast(1));
        Compare(measure, whole, guide, movers.Select(one => (one.Look.Layer, one.Look.Head)), Role.End, 0.5,
            "tour.any.circuit.without-movers", finding);
        Compare(measure, whole, guide, looks.OrderByDescending(look => look.ToDuplicate).Take(count)
            .Select(look => (look.Layer, look.Head)), Role.S2, 0.9, "tour.any.circuit.without-duplicates", finding);
        finding.Show(new Sheet(new("tour.any.circuit.table"),
            [new("tour.circuit.head"), new("tour.any.circuit.to-receiver"), new("tour.any.circuit.to-giver"),
                new("tour.any.circuit.writes")],
            [.. movers.Select(one => (IReadOnlyList<Phrase>)[$"{one.Look.Layer}.{one.Look.Head}",
                Terminal.Units.Number(one.Look.ToReceiver, 2), Terminal.Units.Number(one.Look.ToFirst + one.Look.ToSecond, 2),
                $"{Terminal.Units.Number(100 * one.Writes, 1)} %"])]));
        ShowExample(guide, movers, finding);
        return finding;
    }

    // What is left of the logit difference without some heads, beside what is left without as many others.
    private static void Compare(CircuitMeasure measure, Estimate whole, Guide guide, IEnumerable<(int Layer, int Head)> heads, Role role,
        double most, string key, Finding finding)
    {
        CircuitNode[] nodes = [.. heads.Select(head => new CircuitNode(head.Layer, head.Head, role, HeadClasses.Other))];
        var circuit = new Circuit(guide.Gpt.Config.Layers, guide.Gpt.Config.Heads, nodes, []);
        var left = measure.Without(nodes);
        var others = measure.WithoutRandom(circuit, Judging, 3).Select(set => set.Left.Mean).DefaultIfEmpty(whole.Mean).Average();
        finding.Central(new Phrase(key, nodes.Length), new Estimate(left.Mean / whole.Mean,
            left.StandardError / Math.Abs(whole.Mean), left.Count), Unit.Share, Bar.AtMost(most, others / whole.Mean));
    }

    // Share of the logit difference that each head writes straight into the logits, mean of the prompts.
    private static Dictionary<(int Layer, int Head), double> Writes(Guide guide, IndirectObjectData data)
    {
        var (sums, total) = (new Dictionary<(int, int), double>(), 0.0);
        foreach (var question in data.Questions)
        {
            var result = DirectAttribution.Of(guide.Gpt, question, Parts.Heads);
            total += Math.Abs(result.LogitDifference);
            foreach (var one in result.Parts.Where(one => one.Part.Head >= 0))
                sums[(one.Part.Layer, one.Part.Head)] = sums.GetValueOrDefault((one.Part.Layer, one.Part.Head)) + one.Direct;
        }
        return sums.ToDictionary(pair => pair.Key, pair => pair.Value / total);
    }

    private static void ShowExample(Guide guide, List<Mover> movers, Finding finding)
    {
        finding.Measure(new Phrase("tour.circuit.probability-of-mary-in-the"),
            guide.Next(CircuitChapter.Example).Probability(guide.Tokenizer.Encode(" Mary")[0]), Unit.Share);
        if (movers.Count > 0)
            AttentionChapter.ShowHead(guide, finding, "name-mover", CircuitChapter.Example, movers[0].Look.Layer, movers[0].Look.Head,
                "tour.any.circuit.strongest");
    }
}
