using Pellucid.Looking;
using Pellucid.Looking.Relations;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>07: from Poland to Warsaw by adding a vector.</summary>
internal sealed class ArithmeticChapter() : Chapter("07",
    new("tour.arithmetic.title"),
    new("tour.arithmetic.claim"),
    new("tour.arithmetic.experiment"),
    new("tour.arithmetic.aside"))
{
    private static readonly (string Task, Phrase Name)[] Tasks = [("capitals", new("tour.relation.capitals")),
        ("upper-case", new("tour.relation.upper-case")), ("past-tense", new("tour.relation.past-tense"))];

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var rows = new List<IReadOnlyList<Phrase>>();
        foreach (var (name, said) in Tasks)
        {
            var task = new RelationTask(Relation.MicroWorld(name), guide.Tokenizer, guide.Gpt.Config);
            var decoded = EarlyDecoding.Read(guide.Gpt, task.Asked);
            if (name == "capitals")
                ShowStages(guide, decoded, finding);
            finding.Baseline(new Phrase("tour.arithmetic.answered-with-one-example-before", said),
                decoded.Average(prompt => prompt.End.AnswerRank == 0 ? 1.0 : 0), Unit.Share, Bar.AtLeast(0.9));
            var vector = RelationVector.Of(guide.Gpt, decoded.MinBy(prompt => prompt.End.AnswerRank)!.Prompt,
                EarlyDecoding.FunctionLayer(decoded));
            var (own, repeats) = (vector.Measure(guide.Gpt, task.Asked, vector.Layer, vector.Layer),
                vector.Measure(guide.Gpt, task.Repeats(), vector.Layer, guide.Gpt.Config.Layers - 1));
            AddTransfer(finding, rows, said, new Phrase("tour.arithmetic.other-prompts", vector.Layer), own);
            AddTransfer(finding, rows, said, new Phrase("tour.arithmetic.random-words-that-repeat", vector.Layer), repeats);
        }
        finding.Show(Table(rows));
        return finding;
    }

    /// <summary>The rows as a table.</summary>
    internal static Sheet Table(IReadOnlyList<IReadOnlyList<Phrase>> rows) => new(new("tour.arithmetic.mean-reciprocal-rank-of-the"),
        [new("tour.arithmetic.where"), .. Enum.GetValues<StandIn>().Select(Name)], rows);

    private static Phrase Name(StandIn standIn) => new(standIn switch
    {
        StandIn.Vector => "tour.arithmetic.vector",
        StandIn.Random => "tour.arithmetic.random",
        StandIn.Shuffled => "tour.arithmetic.shuffled",
        StandIn.Zero => "tour.arithmetic.zero",
        _ => "tour.arithmetic.unchanged",
    });

    /// <summary>What a vector does beside its controls, as a measure and a row.</summary>
    internal static void AddTransfer(Finding finding, List<IReadOnlyList<Phrase>> rows, Phrase name, Phrase where,
        IReadOnlyList<Transfer> transfers)
    {
        Estimate Of(StandIn standIn) => transfers.Single(transfer => transfer.StandIn == standIn).Score.ReciprocalRank;
        var control = Of(StandIn.Random).Mean > Of(StandIn.Shuffled).Mean ? Of(StandIn.Random) : Of(StandIn.Shuffled);
        finding.Central(new Phrase("tour.arithmetic.reciprocal-rank-by-the-vector", name, where),
            Tour.Measure.Difference(Of(StandIn.Vector), control), Unit.Number, Bar.AtLeast(0.1, 0));
        rows.Add([new("tour.arithmetic.name-and-where", name, where),
            .. transfers.Select(transfer => (Phrase)Terminal.Units.Number(transfer.Score.ReciprocalRank.Mean, 3))]);
    }

    private static void ShowStages(Guide guide, IReadOnlyList<DecodedPrompt> decoded, Finding finding)
    {
        var switched = decoded.Where(prompt => prompt.Switch >= 0).ToList();
        finding.Measure("tour.arithmetic.capitals-answers-that-get-ahead",
            decoded.Average(prompt => prompt.Switch >= 0 && prompt.Switch < guide.Gpt.Config.Layers - 1 ? 1.0 : 0),
            Unit.Share, Bar.AtLeast(0.5));
        finding.Measure("tour.arithmetic.capitals-of-these-switches-those",
            switched.Count == 0 ? 0 : switched.Average(prompt => prompt.SwitchIsFeedForward ? 1.0 : 0), Unit.Share);
        var places = decoded[0].Steps.Select((step, i) => (X: i / 2.0, Index: i)).ToList();
        finding.Show("stages", say => Curves.Draw(say["tour.picture.stages"], say["tour.picture.layer"],
            say["tour.picture.mean-reciprocal-rank"],
        [
            new Series(say["tour.picture.the-country"],
                [.. places.Select(place => (place.X, decoded.Average(prompt => 1 / (1.0 + prompt.Steps[place.Index].ArgumentRank))))]),
            new Series(say["tour.picture.its-capital"],
                [.. places.Select(place => (place.X, decoded.Average(prompt => 1 / (1.0 + prompt.Steps[place.Index].AnswerRank))))]),
        ]), "tour.arithmetic.how-near-country-and-capital");
    }
}
