using Pellucid.Looking.Relations;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>08: attention and feed-forward layers have different jobs.</summary>
internal sealed class DivisionChapter() : Chapter("08",
    new("tour.division.title"),
    new("tour.division.claim"),
    new("tour.division.experiment"))
{
    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var task = new RelationTask(Relation.MicroWorld("capitals"), guide.Tokenizer, guide.Gpt.Config, examples: 0);
        var removal = FeedForwardRemoval.Measure(guide.Gpt, task.Asked, task.Copied);
        // The depth at which both jobs are farthest apart; all others are in the picture.
        var apart = removal.Skip(1).MaxBy(one => one.Extractive.First.Mean - one.Abstractive.First.Mean)!;
        finding.Baseline(new("tour.division.capitals-said-by-the-whole"), removal[0].Abstractive.First.Mean,
            Unit.Share, Bar.AtLeast(0.99));
        finding.Baseline(new("tour.division.capitals-said-by-the-whole-2"),
            removal[0].Extractive.First.Mean, Unit.Share, Bar.AtLeast(0.99));
        finding.Measure("tour.division.feed-forward-layers-taken-away", apart.Removed, Unit.Count);
        finding.Central(new("tour.division.capitals-said-then-bare"), apart.Abstractive.First, Unit.Share,
            Bar.AtMost(0.2, apart.Extractive.First.Mean));
        finding.Measure(new Phrase("tour.division.capitals-said-then-the-fact"), apart.Extractive.First,
            Unit.Share, Bar.AtLeast(0.6),
            new Phrase("tour.division.in-a-model-of-four"));
        finding.Show("removal", say => Curves.Draw(say["tour.picture.removal"], say["tour.picture.taken-away"],
            say["tour.picture.share"],
            [new Series(say["tour.picture.bare"], [.. removal.Select(one => ((double)one.Removed, one.Abstractive.First.Mean))]),
                new Series(say["tour.picture.told-before"], [.. removal.Select(one => ((double)one.Removed, one.Extractive.First.Mean))])]),
            "tour.division.blue-what-must-be-remembered");
        return finding;
    }
}
