using Pellucid.Looking;
using Pellucid.Looking.Senses;
using Pellucid.Pictures;

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
        finding.Central(new("tour.any.senses.nearest", SensesChapter.After(chosen)), Guessed(judged.Nearest), Unit.Share,
            Bar.AtLeast(0.75, 0.5));
        var report = SenseReport.Of(guide.Gpt, AmbiguousWords.Data(guide, _ => true));
        var apart = report.Layers[1].Centroids.Select((one, i) => (Word: one.FirstSense.Split(':')[0],
            Distance: report.Layers.Skip(1).Average(layer => layer.Centroids[i].Distance))).ToList();
        finding.Central(new("tour.any.senses.pairs"), ShareOfPairs(apart), Unit.Share, Bar.AtLeast(0.75, 0.5));
        finding.Measure(new Phrase("tour.senses.words-nearest-to-the-centre"), report.Layers[0].Nearest, Unit.Share);
        double Of(SenseLayer layer, string kind, bool same) => layer.Kinds.Single(one => one.Kind == kind) is var distances && same
            ? distances.Same.Mean : distances.Different.Mean;
        Series Line(string name, string kind, bool same) =>
            new(name, [.. report.Layers.Select(layer => (layer.Place - 1.0, Of(layer, kind, same)))]);
        finding.Show("senses", say => Curves.Draw(say["tour.picture.senses"], say["tour.picture.after-block"],
            say["tour.picture.cosine-distance"],
            [Line(say["tour.picture.bank-other-sense"], "homonym", false), Line(say["tour.picture.bank-same-sense"], "homonym", true),
                Line(say["tour.picture.magazine-other-sense"], "polyseme", false),
                Line(say["tour.picture.magazine-same-sense"], "polyseme", true)]), "tour.senses.mean-distance-of-words-like");
        finding.Show("centres", say => BarChart.Draw(say["tour.any.senses.picture"],
            [.. apart.OrderByDescending(one => one.Distance)]), "tour.any.senses.centres");
        return finding;
    }

    private static Estimate Guessed(Estimate share) =>
        share with { StandardError = Math.Max(share.StandardError, Math.Sqrt(0.25 / share.Count)) };

    // Mann and Whitney (1947): its error if related and unrelated words were alike.
    private static Estimate ShareOfPairs(List<(string Word, double Distance)> apart)
    {
        var (unrelated, related) = (apart.Where(one => AmbiguousWords.IsHomonym(one.Word)).ToList(),
            apart.Where(one => !AmbiguousWords.IsHomonym(one.Word)).ToList());
        var share = unrelated.Average(one => related.Average(other => one.Distance > other.Distance ? 1.0 : 0));
        var (m, n) = (unrelated.Count, related.Count);
        return new Estimate(share, Math.Sqrt((m + n + 1) / (12.0 * m * n)), m * n);
    }
}
