using System.Text.Json.Serialization;

namespace Pellucid.Cli.Tour;

/// <summary>What the tour came to, for programs.</summary>
/// <param name="Chapters">In their order.</param>
/// <param name="Report">Path of the page.</param>
/// <param name="Seconds">How long it took; not in the file that lies beside the page, which is the same every time.</param>
internal sealed record TourNumbers(IReadOnlyList<ChapterNumbers> Chapters, string Report,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Seconds = null);

/// <summary>A chapter's claim, verdict and numbers.</summary>
internal sealed record ChapterNumbers(string Id, string Title, string Claim, string Verdict, IReadOnlyList<MeasureNumbers> Measures)
{
    public static ChapterNumbers Of(Chapter chapter, Finding finding) => new(chapter.Id, chapter.Title.English, chapter.Claim.English,
        Name(finding.Verdict), [.. finding.Measures.Select(MeasureNumbers.Of)]);

    public static string Name(Verdict verdict) => verdict.ToString().ToLowerInvariant();
}

/// <summary>A number, and its bar where it has one.</summary>
internal sealed record MeasureNumbers(string Name, double Value,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Bar = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Side = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Met = null)
{
    public static MeasureNumbers Of(Measure measure) => measure.Bar is not { } bar ? new(measure.Name.English, measure.Value)
        : new(measure.Name.English, measure.Value, bar.Value, bar.Side == Tour.Side.AtLeast ? "at least" : "at most", measure.Meets);
}
