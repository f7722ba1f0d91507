using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Files;

namespace Pellucid.Cli.Tour;

/// <summary>What chapters of the tour measured on other models, which were trained for that.</summary>
/// <param name="Recorded">By which command, of which program, when and where.</param>
/// <param name="Models">In the order in which they were tried.</param>
internal sealed record TrialRecord(string Recorded, IReadOnlyList<TriedModel> Models)
{
    /// <summary>Of smaller models, from the smallest.</summary>
    public const string SizesFile = "sizes.json";

    /// <summary>Of models that differ in their seed alone.</summary>
    public const string SeedsFile = "seeds.json";

    /// <summary>What was recorded beside a model; empty where nothing was.</summary>
    public static TrialRecord Of(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), Results.Default.TrialRecord)! : new("", []);
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public void Save(string folder, string file) => SafeFile.Write(Path.Combine(folder, file), stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        JsonSerializer.Serialize(json, this, Results.Default.TrialRecord);
    });
}

/// <summary>A model and what the central measures of chapters said of it.</summary>
/// <param name="Training">The words of the command that trained it.</param>
/// <param name="Parameters">How many it has.</param>
/// <param name="Chapters">Those that were asked.</param>
internal sealed record TriedModel(string Training, long Parameters, IReadOnlyList<TriedChapter> Chapters)
{
    /// <summary>What a chapter said of it; null where it was not asked, or asked for other measures.</summary>
    public TriedChapter? Asked(Chapter chapter, Finding finding) =>
        Chapters.FirstOrDefault(one => one.Id == chapter.Id && one.Central.Count == finding.CentralMeasures.Count);
}

/// <summary>A chapter's verdict on a model, and its central measures in their order.</summary>
internal sealed record TriedChapter(string Id, string Verdict, IReadOnlyList<TriedMeasure> Central);

/// <summary>A central measure, its standard error, what it would be if the claim were wrong, and whether it reached its bar.</summary>
internal sealed record TriedMeasure(string Name, double Value, double? StandardError, double? Chance, bool Met);
