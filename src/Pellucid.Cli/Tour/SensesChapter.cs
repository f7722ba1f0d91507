using Pellucid.Cli.Look;
using Pellucid.Looking;
using Pellucid.Looking.Senses;
using Pellucid.Pictures;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>02: the senses of bank and magazine; his and her.</summary>
internal sealed class SensesChapter() : Chapter("02",
    new("tour.senses.title"),
    new("tour.senses.claim"),
    new("tour.senses.experiment"),
    new("tour.senses.aside"))
{
    private static readonly string[] Related = ["magazine", "newspaper", "chicken"];

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var report = SenseReport.Of(guide.Gpt, SenseData.MicroWorld(guide.Tokenizer, guide.Gpt.Config, guide.Quick ? 10 : 16));
        var read = report.Together!;
        finding.Baseline(new("tour.senses.words-nearest-to-the-centre"),
            report.Layers[0].Nearest, Unit.Share, Bar.AtMost(0.75));
        finding.Central(new("tour.senses.the-same-summed"), read.Nearest, Unit.Share, Bar.AtLeast(0.9, 0.5));
        finding.Measure(new Phrase("tour.senses.there-distance-of-unrelated-senses"),
            Tour.Measure.Difference(Of(read, "homonym").Different, Of(read, "homonym").Same), Unit.Number, Bar.AtLeast(0.05, 0));
        finding.Central(new("tour.senses.pairs-of-words"), ShareOfPairs([.. read.Centroids]), Unit.Share, Bar.AtLeast(1));
        var deep = report.Layers.Skip(1).ToList();
        finding.Measure("tour.senses.distance-of-unrelated-senses-less",
            deep.Average(layer => Of(layer, "homonym").Different.Mean - Of(layer, "polyseme").Different.Mean), Unit.Number);
        var roles = guide.Ask(guide.Questions("pronouns", Split.Training, guide.Quick ? 40 : 120, "antecedent by role"));
        finding.Measure("tour.senses.whose-car-whose-homework-right", roles.Accuracy,
            Unit.Share, Bar.AtLeast(0.9));
        ShowDistances(report, finding);
        var exceptions = Exceptions([.. read.Centroids]);
        finding.Show("centres", say => BarChart.Draw(say["tour.picture.centres"], [.. read.Centroids
            .OrderByDescending(one => one.Distance)
            .Select(one => ($"{one.FirstSense} – {one.SecondSense.Split(": ")[^1]}", one.Distance))]),
            new Phrase("tour.senses.how-far-apart-the-two", exceptions));
        return finding;
    }

    /// <summary>Draws how far apart words of the same and of other senses are, by depth.</summary>
    internal static void ShowDistances(SenseReport report, Finding finding)
    {
        Series Line(string name, Func<SenseLayer, Estimate> distance) =>
            new(name, [.. report.Layers.Select(layer => (layer.Place - 1.0, distance(layer).Mean))]);
        finding.Show("senses", say => Curves.Draw(say["tour.picture.senses"], say["tour.picture.after-block"],
            say["tour.picture.cosine-distance"],
            [Line(say["tour.picture.bank-other-sense"], layer => Of(layer, "homonym").Different),
                Line(say["tour.picture.bank-same-sense"], layer => Of(layer, "homonym").Same),
                Line(say["tour.picture.magazine-other-sense"], layer => Of(layer, "polyseme").Different),
                Line(say["tour.picture.magazine-same-sense"], layer => Of(layer, "polyseme").Same)]),
            "tour.senses.mean-distance-of-words-like");
    }

    private static KindDistances Of(SenseLayer layer, string kind) => layer.Kinds.Single(one => one.Kind == kind);

    internal static Phrase After(SenseLayer layer) =>
        layer.Place == 0 ? new("tour.senses.in-the-embedding") : new("tour.senses.after-block", layer.Place - 1);

    // Word by word: one word with unrelated senses, one with related ones.
    private static double ShareOfPairs(IReadOnlyList<CentroidDistance> centroids) => ShareOfPairs(
        [.. centroids.Where(one => !Related.Contains(Word(one))).Select(one => one.Distance)],
        [.. centroids.Where(one => Related.Contains(Word(one))).Select(one => one.Distance)]);

    /// <summary>Share of all pairs in which the unrelated senses are farther apart.</summary>
    internal static double ShareOfPairs(IReadOnlyList<double> unrelated, IReadOnlyList<double> related) =>
        unrelated.Average(one => related.Average(other => one > other ? 1.0 : 0));

    private static string Word(CentroidDistance one) => one.FirstSense.Split(':')[0];

    // Related senses that are farther apart than unrelated ones, which is not what the claim says of them.
    private static Phrase Exceptions(IReadOnlyList<CentroidDistance> centroids)
    {
        var unrelated = centroids.Where(one => !Related.Contains(Word(one))).ToList();
        var far = centroids.Where(one => Related.Contains(Word(one)) && unrelated.Any(other => other.Distance < one.Distance))
            .OrderByDescending(one => one.Distance).ToList();
        if (far.Count == 0)
            return new("tour.senses.every-one-of-these-is");
        IEnumerable<string> Nearer(CentroidDistance one) =>
            unrelated.Where(other => other.Distance < one.Distance).OrderBy(other => other.Distance).Select(Word);
        return new("tour.senses.against-the-claim-not-each",
            string.Join("; ", far.Select(one => $"{Word(one)} > {string.Join(", ", Nearer(one))}")));
    }
}
