using Pellucid.Models;

namespace Pellucid.Cli.Tour;

/// <summary>All that the claims themselves say, at the end of the tour: each number with its error, its bar, its control, and what came of
/// other seeds.</summary>
internal static class CentralClaims
{
    /// <summary>Sets what the same recipe with other seeds said of a chapter, by which its verdict is weighed.</summary>
    public static void Weigh(Chapter chapter, Finding finding, TrialRecord record) => finding.Seeds =
        [.. record.Models.Where(model => model.Asked(chapter, finding) is not null)
            .Select(model => (NameOf(model), model.Asked(chapter, finding)!))];

    /// <summary>The table.</summary>
    /// <param name="chapters">What was found.</param>
    /// <param name="record">What came of other seeds; empty where there is nothing to compare with.</param>
    public static Sheet Table(IReadOnlyList<(Chapter Chapter, Finding Finding)> chapters, TrialRecord record)
    {
        var names = record.Models.Select(NameOf).ToList();
        return new Sheet(names.Count == 0 ? new("tour.closing.caption") : new("tour.closing.caption-seeds", record.Recorded),
            [new("tour.closing.chapter"), new("tour.report.measured"), new("tour.report.bar"), new("tour.closing.control"),
                names.Count == 0 ? new Phrase("tour.report.value") : BuiltInModel.Name, .. names.Select(name => (Phrase)name)],
            [.. chapters.Where(pair => pair.Finding.NotAskedBecause is null).SelectMany(pair => Rows(pair.Chapter, pair.Finding, names))]);
    }

    /// <summary>Of each seed alone, this model's first.</summary>
    public static IEnumerable<(string Name, string Verdict)> Verdicts(Finding finding) =>
        finding.Seeds.Select(seed => (seed.Name, seed.Chapter.Verdict)).Prepend((BuiltInModel.Name, ChapterNumbers.Name(finding.Alone)));

    private static IEnumerable<IReadOnlyList<Phrase>> Rows(Chapter chapter, Finding finding, List<string> names)
    {
        Phrase OfSeed(string name, Func<TriedChapter, Phrase> said) =>
            finding.Seeds.FirstOrDefault(seed => seed.Name == name).Chapter is { } asked ? said(asked) : "–";
        yield return [chapter.Id, new("tour.closing.verdict"), "", "", Report.NameOf(ChapterNumbers.Name(finding.Alone)),
            .. names.Select(name => OfSeed(name, asked => Report.NameOf(asked.Verdict)))];
        foreach (var (place, measure) in finding.CentralMeasures.Index())
            yield return [chapter.Id, measure.Name, (measure with { Bar = measure.Bar!.Value with { Chance = null } }).ShownBar,
                measure.Bar.Value.Chance is { } chance ? measure.Showing(chance) : "–", Signed(measure),
                .. names.Select(name => OfSeed(name, asked => Signed(measure, asked.Central[place])))];
    }

    // Such as "seed 1".
    private static string NameOf(TriedModel model)
    {
        var words = model.Training.Split(' ');
        return $"seed {words[Array.IndexOf(words, "--seed") + 1]}";
    }

    private static string Signed(Measure measure) => $"{measure.Shown} {(measure.Meets ? '✓' : '✗')}";

    private static string Signed(Measure measure, TriedMeasure tried) =>
        $"{(measure with { Value = tried.Value, StandardError = tried.StandardError }).Shown} {(tried.Met ? '✓' : '✗')}";
}
