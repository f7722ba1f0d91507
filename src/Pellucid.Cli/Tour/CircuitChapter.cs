using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>05: the circuit that gives the drink to Mary.</summary>
internal sealed class CircuitChapter() : Chapter("05",
    new("tour.circuit.title"),
    new("tour.circuit.claim"),
    new("tour.circuit.experiment"),
    new("tour.circuit.aside"))
{
    private const string Example = "When Mary and John went to the store, John gave a drink to";
    private const ulong Seed = 5;

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var gifts = guide.Ask(guide.Questions("gifts", Split.HeldOut, guide.Quick ? 200 : 600));
        finding.Measure("tour.circuit.gift-sentences-ended-rightly-names", gifts.Accuracy,
            Unit.Share, Bar.AtLeast(0.99));
        finding.Measure("tour.circuit.mean-logit-difference-of-receiver", gifts.LogOdds ?? 0,
            Unit.Number, Bar.AtLeast(5));
        finding.Measure("tour.circuit.probability-of-mary-in-the",
            guide.Next(Example).Probability(guide.Subject.OneToken(" Mary")), Unit.Share, Bar.AtLeast(0.5));
        var data = GiftPrompts.Of(guide.Tokenizer, Seed, guide.Quick ? 3 : 8);
        var circuit = CircuitDiscovery.Find(guide.Gpt, data);
        using var measure = new CircuitMeasure(guide.Gpt, data);
        var (model, alone, broken) = (measure.Model().Mean, measure.Of(circuit).Mean, measure.Without(circuit.Nodes).Mean);
        finding.Measure("tour.circuit.heads-in-the-circuit",
            circuit.Nodes.Select(node => (node.Layer, node.Head)).Distinct().Count(), Unit.Count, Bar.AtLeast(1));
        finding.Measure("tour.circuit.of-the-logit-difference-what", broken / model,
            Unit.Share, Bar.AtMost(0.2));
        finding.Measure("tour.circuit.of-the-logit-difference-what-2", alone / model,
            Unit.Share, Bar.AtLeast(0.8));
        finding.Show("circuit", say => circuit.Draw(say["tour.picture.circuit"]),
            "tour.circuit.the-circuit-as-it-was");
        ShowMover(guide, data, finding);
        ShowMoment(guide.History, finding);
        return finding;
    }

    private static void ShowMover(Guide guide, IndirectObjectData data, Finding finding)
    {
        using var patterns = ActivationCache.Record(guide.Gpt, new Prompts(data.Pairs.Select(pair => pair.Base.Tokens)),
            (activation, _) => activation == Activation.Pattern);
        var looks = GiftPrompts.Looks(guide.Gpt.Config, patterns, data);
        var (mover, eraser) = (looks.MaxBy(head => head.Preference)!, looks.MaxBy(head => head.ToSecond)!);
        finding.Measure("tour.circuit.a-name-mover-as-in", mover.Preference, Unit.Share, Bar.AtLeast(0.3),
            eraser.ToSecond >= 0.5 ? new Phrase("tour.circuit.this-model-has-grown-another", eraser.Layer, eraser.Head) : null);
        finding.Measure("tour.circuit.strongest-attention-of-a-head",
            looks.Max(head => head.ToReceiver), Unit.Share, Bar.AtLeast(0.25));
        finding.Measure("tour.circuit.strongest-attention-of-a-head-2",
            eraser.ToSecond, Unit.Share);
        mover = looks.MaxBy(head => head.ToReceiver)!;
        var tokens = guide.Subject.Encode(Example);
        using var cache = ActivationCache.Record(guide.Gpt, new Prompts([tokens]), (activation, _) => activation == Activation.Pattern);
        var pattern = AttentionChapter.Doubled(cache.Pattern(Activation.Pattern, mover.Layer, mover.Head, 0));
        finding.Show("name-mover", say => Arcs.Draw(say["tour.picture.where-each-word-looks", mover.Layer, mover.Head],
            guide.Words(tokens), pattern),
            "tour.circuit.the-head-that-looks-most");
    }

    private static void ShowMoment(History history, Finding finding)
    {
        if (history.Observations.Count < 2)
            return;
        var steepest = history.Observations.Zip(history.Observations.Skip(1))
            .MaxBy(pair => (pair.Second.Gifts - pair.First.Gifts) / (pair.Second.Step - pair.First.Step));
        finding.Measure("tour.circuit.step-at-which-right-answers", steepest.Second.Step, Unit.Count);
        finding.Show("moment", say => Curves.Draw(say["tour.picture.moment"], say["tour.picture.step"], say["tour.picture.share"],
        [
            history.Series(say["tour.picture.gift-sentences-right"], one => one.Gifts),
            history.Series(say["tour.picture.end-to-receiver"], one => one.ToReceiver),
            history.Series(say["tour.picture.end-to-giver"], one => one.ToGiver),
            history.Series(say["tour.picture.giver-to-giver"], one => one.ToDuplicate),
        ]), new Phrase("tour.circuit.the-moment-at-which-the",
            new Phrase(history.IsRecorded ? "tour.circuit.recorded" : "tour.circuit.measured-now")));
    }
}
