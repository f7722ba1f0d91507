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
            {
                MeasureStages(guide, decoded, finding);
                ShowStages(decoded, finding);
            }
            finding.Baseline(new Phrase("tour.arithmetic.answered-with-one-example-before", said),
                decoded.Average(prompt => prompt.End.AnswerRank == 0 ? 1.0 : 0), Unit.Share, Bar.AtLeast(0.9));
            AddTransfers(guide, task, decoded, said, finding, rows);
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

    /// <summary>What the vector of the prompt that is answered best does in the others, and in random words.</summary>
    internal static void AddTransfers(Guide guide, RelationTask task, IReadOnlyList<DecodedPrompt> decoded, Phrase name, Finding finding,
        List<IReadOnlyList<Phrase>> rows)
    {
        var vector = RelationVector.Of(guide.Gpt, decoded.MinBy(prompt => prompt.End.AnswerRank)!.Prompt,
            EarlyDecoding.FunctionLayer(decoded));
        AddTransfer(finding, rows, name, new Phrase("tour.arithmetic.other-prompts", vector.Layer),
            vector.Measure(guide.Gpt, task.Asked, vector.Layer, vector.Layer));
        AddTransfer(finding, rows, name, new Phrase("tour.arithmetic.random-words-that-repeat", vector.Layer),
            vector.Measure(guide.Gpt, task.Repeats(), vector.Layer, guide.Gpt.Config.Layers - 1));
    }

    // Beside its controls, as a measure and a row.
    private static void AddTransfer(Finding finding, List<IReadOnlyList<Phrase>> rows, Phrase name, Phrase where,
        IReadOnlyList<Transfer> transfers)
    {
        Estimate Of(StandIn standIn) => transfers.Single(transfer => transfer.StandIn == standIn).Score.ReciprocalRank;
        var control = Of(StandIn.Random).Mean > Of(StandIn.Shuffled).Mean ? Of(StandIn.Random) : Of(StandIn.Shuffled);
        finding.Central(new Phrase("tour.arithmetic.reciprocal-rank-by-the-vector", name, where),
            Tour.Measure.Difference(Of(StandIn.Vector), control), Unit.Number, Bar.AtLeast(0.1, 0));
        rows.Add([new("tour.arithmetic.name-and-where", name, where),
            .. transfers.Select(transfer => (Phrase)Terminal.Units.Number(transfer.Score.ReciprocalRank.Mean, 3))]);
    }

    private static void MeasureStages(Guide guide, IReadOnlyList<DecodedPrompt> decoded, Finding finding)
    {
        var switched = decoded.Where(prompt => prompt.Switch >= 0).ToList();
        finding.Measure("tour.arithmetic.capitals-answers-that-get-ahead",
            decoded.Average(prompt => prompt.Switch >= 0 && prompt.Switch < guide.Gpt.Config.Layers - 1 ? 1.0 : 0),
            Unit.Share, Bar.AtLeast(0.5));
        finding.Measure("tour.arithmetic.capitals-of-these-switches-those",
            switched.Count == 0 ? 0 : switched.Average(prompt => prompt.SwitchIsFeedForward ? 1.0 : 0), Unit.Share);
    }

    /// <summary>How near country and capital come, layer by layer.</summary>
    internal static void ShowStages(IReadOnlyList<DecodedPrompt> decoded, Finding finding)
    {
        Series Line(string name, Func<DecodedStep, int> rank) => new(name, [.. decoded[0].Steps.Select((_, place) =>
            (place / 2.0, decoded.Average(prompt => 1 / (1.0 + rank(prompt.Steps[place])))))]);
        finding.Show("stages", say => Curves.Draw(say["tour.picture.stages"], say["tour.picture.layer"],
            say["tour.picture.mean-reciprocal-rank"], [Line(say["tour.picture.the-country"], step => step.ArgumentRank),
                Line(say["tour.picture.its-capital"], step => step.AnswerRank)]),
            "tour.arithmetic.how-near-country-and-capital");
    }
}
