using Pellucid.Looking;
using Pellucid.Looking.Senses;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>02: words with two senses at the ends of our own sentences.</summary>
internal sealed class ContextChapter() : Chapter("02",
    new("tour.senses.title"),
    new("tour.senses.claim"),
    new("tour.any.senses.experiment"),
    new("tour.senses.aside"))
{
    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        // The layer is chosen on every other word and judged on the rest.
        var chosen = SenseReport.Of(guide.Gpt, AmbiguousWords.Data(guide, word => word % 2 == 1)).Layers
            .MaxBy(layer => layer.Nearest.Mean)!;
        var judged = SenseReport.Of(guide.Gpt, AmbiguousWords.Data(guide, word => word % 2 == 0)).Layers[chosen.Place];
        finding.Central(new("tour.any.senses.nearest", SensesChapter.After(chosen)), Measure.AtLeastGuessing(judged.Nearest, 0.5),
            Unit.Share, Bar.AtLeast(0.75, 0.5));
        var report = SenseReport.Of(guide.Gpt, AmbiguousWords.Data(guide, _ => true));
        var apart = report.Layers[1].Centroids.Select((one, i) => (Word: one.FirstSense.Split(':')[0],
            Distance: report.Layers.Skip(1).Average(layer => layer.Centroids[i].Distance))).ToList();
        finding.Central(new("tour.any.senses.pairs"), ShareOfPairs(apart), Unit.Share, Bar.AtLeast(0.75, 0.5));
        finding.Measure(new Phrase("tour.senses.words-nearest-to-the-centre"), report.Layers[0].Nearest, Unit.Share);
        SensesChapter.ShowDistances(report, finding);
        finding.Show("centres", say => BarChart.Draw(say["tour.any.senses.picture"],
            [.. apart.OrderByDescending(one => one.Distance)]), "tour.any.senses.centres");
        return finding;
    }

    // Mann and Whitney (1947): its error if related and unrelated words were alike.
    private static Estimate ShareOfPairs(List<(string Word, double Distance)> apart)
    {
        double[] Of(bool isHomonym) =>
            [.. apart.Where(one => AmbiguousWords.IsHomonym(one.Word) == isHomonym).Select(one => one.Distance)];
        var (unrelated, related) = (Of(isHomonym: true), Of(isHomonym: false));
        var (m, n) = (unrelated.Length, related.Length);
        return new Estimate(SensesChapter.ShareOfPairs(unrelated, related), Math.Sqrt((m + n + 1) / (12.0 * m * n)), m * n);
    }
}
