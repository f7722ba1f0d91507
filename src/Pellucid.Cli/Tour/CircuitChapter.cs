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
    internal const string Example = "When Mary and John went to the store, John gave a drink to";
    private const ulong Seed = 5;

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var gifts = guide.Ask(guide.Questions("gifts", Split.HeldOut, guide.Quick ? 200 : 600));
        finding.Baseline(new("tour.circuit.gift-sentences-ended-rightly-names"), gifts.Accuracy,
            Unit.Share, Bar.AtLeast(0.99));
        finding.Baseline(new("tour.circuit.mean-logit-difference-of-receiver"),
            new Estimate(gifts.LogOdds ?? 0, gifts.LogOddsError ?? double.NaN, gifts.Count), Unit.Number, Bar.AtLeast(5, 0));
        finding.Baseline(new("tour.circuit.probability-of-mary-in-the"),
            guide.Next(Example).Probability(guide.Subject.OneToken(" Mary")), Unit.Share, Bar.AtLeast(0.5));
        var data = GiftPrompts.Of(guide.Tokenizer, Seed, guide.Quick ? 3 : 8);
        var circuit = CircuitDiscovery.Find(guide.Gpt, data);
        using var measure = new CircuitMeasure(guide.Gpt, data);
        var whole = measure.Model().Mean;
        Estimate Of(Estimate left) => new(left.Mean / whole, left.StandardError / whole, left.Count);
        finding.Measure("tour.circuit.heads-in-the-circuit",
            circuit.Nodes.Select(node => (node.Layer, node.Head)).Distinct().Count(), Unit.Count);
        // Where no circuit was found, as many other heads are none, and nothing is taken away.
        var others = circuit.Nodes.Count == 0 ? new Estimate(1, double.NaN, 0)
            : Estimate.Of([.. measure.WithoutRandom(circuit, Seed, guide.Quick ? 4 : 10).Select(set => set.Left.Mean / whole)]);
        finding.Baseline(new("tour.circuit.without-others"), others, Unit.Share, Bar.AtLeast(0.8));
        finding.Central(new("tour.circuit.of-the-logit-difference-what"), Of(measure.Without(circuit.Nodes)), Unit.Share,
            Bar.AtMost(0.2, others.Mean));
        finding.Central(new("tour.circuit.of-the-logit-difference-what-2"), Of(measure.Of(circuit)), Unit.Share, Bar.AtLeast(0.8, 0));
        finding.Show("circuit", say => circuit.Draw(say["tour.picture.circuit"], name => Class(name).In(say)),
            new Phrase("tour.circuit.the-circuit-as-it-was", Seed, guide.Quick ? 3 : 8));
        MeasureRoles(circuit, finding);
        ShowMover(guide, data, finding);
        ShowMoment(guide.History, finding);
        return finding;
    }

    // What a head does is where it looks and what its path to the logits, or to the heads that it feeds, changes.
    private static void MeasureRoles(Circuit circuit, Finding finding)
    {
        int Count(params string[] names) => names.Sum(name => circuit.OfClass(name).Count());
        var suppressor = circuit.OfClass(HeadClasses.SubjectSuppressor).FirstOrDefault();
        finding.Central(new("tour.circuit.name-movers"), Count(HeadClasses.NameMover), Unit.Count, Bar.AtLeast(1),
            suppressor is null ? null : new Phrase("tour.circuit.this-model-has-grown-another", suppressor.Layer, suppressor.Head));
        finding.Central(new("tour.circuit.s-inhibition"), Count(HeadClasses.SInhibition), Unit.Count, Bar.AtLeast(1));
        finding.Central(new("tour.circuit.duplicates"), Count(HeadClasses.DuplicateToken, HeadClasses.Induction), Unit.Count,
            Bar.AtLeast(1));
        finding.Show(new Sheet(new("tour.circuit.each-head"),
            [new("tour.circuit.head"), new("tour.circuit.at"), new("tour.circuit.does"), new("tour.circuit.changes")],
            [.. circuit.Nodes.Select(node => (IReadOnlyList<Phrase>)[$"{node.Layer}.{node.Head}", node.Role.Name(), Class(node.Class),
                string.Join(", ", circuit.Edges.Where(edge => edge.From == node.Id)
                    .Select(edge => $"{edge.To} {edge.Part} ({Terminal.Units.Number(edge.Effect, 2)})"))])]));
    }

    internal static Phrase Class(string name) => new(name switch
    {
        HeadClasses.NameMover => "tour.role.name-mover",
        HeadClasses.SubjectSuppressor => "tour.role.subject-suppressor",
        HeadClasses.NegativeNameMover => "tour.role.negative-name-mover",
        HeadClasses.BackupNameMover => "tour.role.backup-name-mover",
        HeadClasses.SInhibition => "tour.role.s-inhibition",
        HeadClasses.DuplicateToken => "tour.role.duplicate-token",
        HeadClasses.Induction => "tour.role.induction",
        HeadClasses.PreviousToken => "tour.role.previous-token",
        _ => "tour.role.other",
    });

    private static void ShowMover(Guide guide, IndirectObjectData data, Finding finding)
    {
        using var patterns = ActivationCache.Record(guide.Gpt, new Prompts(data.Pairs.Select(pair => pair.Base.Tokens)),
            (activation, _) => activation == Activation.Pattern);
        var looks = GiftPrompts.Looks(guide.Gpt.Config, patterns, data);
        finding.Measure("tour.circuit.strongest-attention-of-a-head", looks.Max(head => head.ToReceiver), Unit.Share);
        finding.Measure("tour.circuit.strongest-attention-of-a-head-2", looks.Max(head => head.ToSecond), Unit.Share);
        var mover = looks.MaxBy(head => head.ToReceiver)!;
        finding.Head = new Component(Activation.Z, mover.Layer, mover.Head);
        AttentionChapter.ShowHead(guide, finding, "name-mover", Example, mover.Layer, mover.Head, "tour.circuit.the-head-that-looks-most");
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
