using Pellucid.Looking;
using Pellucid.Looking.Relations;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>07: a vector that one feed-forward layer wrote, in the place of feed-forward layers of other prompts.</summary>
internal sealed class TransferChapter() : Chapter("07",
    new("tour.arithmetic.title"),
    new("tour.arithmetic.claim"),
    new("tour.any.arithmetic.experiment"),
    new("tour.arithmetic.aside"))
{
    private const int Examples = 3;
    private const double Answered = 0.3;

    public override Finding Look(Guide guide)
    {
        var (finding, rows, best) = (new Finding(), new List<IReadOnlyList<Phrase>>(), new Estimate(0, double.NaN, 0));
        (Relation Relation, Phrase Name)[] relations = [(Facts.Capitals, new("tour.relation.capitals")),
            (Facts.PastTenses, new("tour.relation.past-tense")), (Facts.Opposites, new("tour.relation.opposites"))];
        foreach (var (relation, name) in relations)
        {
            var task = new RelationTask(relation, guide.Tokenizer, guide.Gpt.Config, Examples, begin: guide.Subject.Begin);
            var decoded = EarlyDecoding.Read(guide.Gpt, task.Asked);
            var right = Estimate.Of([.. decoded.Select(prompt => prompt.End.AnswerRank == 0 ? 1.0 : 0)]);
            best = right.Mean > best.Mean ? right : best;
            finding.Measure(new Phrase("tour.any.arithmetic.answered", name), right, Unit.Share);
            // Where a model does not know the relation, there is no vector of it.
            if (right.Mean < Answered)
                continue;
            ArithmeticChapter.AddTransfers(guide, task, decoded, name, finding, rows);
            if (relation == Facts.Capitals)
                ArithmeticChapter.ShowStages(decoded, finding);
        }
        finding.Baseline(new("tour.any.arithmetic.best"), best, Unit.Share, Bar.AtLeast(Answered));
        if (rows.Count > 0)
            finding.Show(ArithmeticChapter.Table(rows));
        return finding;
    }
}
