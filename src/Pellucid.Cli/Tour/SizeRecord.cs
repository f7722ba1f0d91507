using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Files;

namespace Pellucid.Cli.Tour;

/// <summary>What chapters of the tour measured on smaller models, which were trained for that.</summary>
/// <param name="Recorded">By which command, of which program, when and where.</param>
/// <param name="Models">From the smallest.</param>
internal sealed record SizeRecord(string Recorded, IReadOnlyList<SizedModel> Models)
{
    public const string FileName = "sizes.json";

    /// <summary>What was recorded beside a model; empty where nothing was.</summary>
    public static SizeRecord Of(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), Results.Default.SizeRecord)! : new("", []);
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public void Save(string folder) => SafeFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        JsonSerializer.Serialize(json, this, Results.Default.SizeRecord);
    });
}

/// <summary>A model and what the central measures of chapters said of it.</summary>
/// <param name="Training">The words of the command that trained it.</param>
/// <param name="Parameters">How many it has.</param>
/// <param name="Chapters">Those that were asked.</param>
internal sealed record SizedModel(string Training, long Parameters, IReadOnlyList<SizedChapter> Chapters);

/// <summary>A chapter's verdict on a model, and its central measures in their order.</summary>
internal sealed record SizedChapter(string Id, string Verdict, IReadOnlyList<SizedMeasure> Central);

/// <summary>A central measure, its standard error where it has one, and whether it reached its bar.</summary>
internal sealed record SizedMeasure(string Name, double Value, double? StandardError, bool Met);
