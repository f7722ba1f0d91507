using System.Text.Json.Serialization;

namespace Pellucid.Cli.Tour;

/// <summary>What the tour came to, for programs.</summary>
/// <param name="Chapters">In their order.</param>
/// <param name="Report">Path of the page.</param>
/// <param name="Seconds">How long it took; not in the file that lies beside the page, which is the same every time.</param>
internal sealed record TourNumbers(IReadOnlyList<ChapterNumbers> Chapters, string Report,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Seconds = null);

/// <summary>A chapter's claim, verdict, numbers, and what each seed came to alone; or why the model cannot be asked.</summary>
internal sealed record ChapterNumbers(string Id, string Title, string Claim, string Verdict, IReadOnlyList<MeasureNumbers> Measures,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Seeds = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Because = null)
{
    public static ChapterNumbers Of(Chapter chapter, Finding finding) => new(chapter.Id, chapter.Title.English, chapter.Claim.English,
        Name(finding.Verdict), [.. finding.Measures.Select(MeasureNumbers.Of)],
        finding.Seeds.Count == 0 ? null : CentralClaims.Verdicts(finding).ToDictionary(seed => seed.Name, seed => seed.Verdict),
        finding.NotAskedBecause?.English);

    public static string Name(Verdict verdict) => verdict == Tour.Verdict.NotAsked ? "not-asked" : verdict.ToString().ToLowerInvariant();
}

/// <summary>A number; what it is to its chapter, its standard error, its bar, and chance, where it has them.</summary>
internal sealed record MeasureNumbers(string Name, double Value, string Standing,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? StandardError = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Bar = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Side = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Chance = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Met = null)
{
    public static MeasureNumbers Of(Measure measure)
    {
        var plain = new MeasureNumbers(measure.Name.English, measure.Value, measure.Standing.ToString().ToLowerInvariant(),
            measure.StandardError is { } error && double.IsFinite(error) ? error : null);
        return measure.Bar is not { } bar ? plain : plain with
        {
            Bar = bar.Value, Side = bar.Side == Tour.Side.AtLeast ? "at least" : "at most", Chance = bar.Chance, Met = measure.Meets,
        };
    }
}
