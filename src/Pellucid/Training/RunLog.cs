using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Training;

/// <summary><c>log.jsonl</c>: one JSON object a step.</summary>
public sealed class RunLog : IDisposable
{
    /// <summary>Its name in a run's folder.</summary>
    public const string FileName = "log.jsonl";

    private readonly StreamWriter _writer;
    private readonly MemoryStream _line = new();

    private RunLog(string folder, FileMode mode) =>
        _writer = new StreamWriter(new FileStream(Path.Combine(folder, FileName), mode, FileAccess.Write, FileShare.Read), new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };

    /// <summary>An empty log.</summary>
    internal static RunLog Begin(string folder) => new(folder, FileMode.Create);

    /// <summary>Goes on after a step; what was logged later, and a last line that a kill broke off, goes.</summary>
    internal static RunLog GoOn(string folder, int step, out IReadOnlyList<TrainingReport> before)
    {
        var path = Path.Combine(folder, FileName);
        var kept = (File.Exists(path) ? File.ReadLines(path) : []).Select(line => (line, Report: Read(line))).Where(entry => entry.Report?.Step <= step).ToArray();
        before = [.. kept.Select(entry => entry.Report!.Value)];
        SafeFile.Write(path, stream =>
        {
            foreach (var (line, _) in kept)
                stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        });
        return new RunLog(folder, FileMode.Append);
    }

    /// <summary>The steps that a run, which may be going on, has logged; of a step that was logged twice the later line.</summary>
    public static IReadOnlyList<TrainingReport> Watch(string folder)
    {
        using var reader = new StreamReader(new FileStream(Path.Combine(folder, FileName), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var steps = new SortedDictionary<int, TrainingReport>();
        while (reader.ReadLine() is { } line)
            if (Read(line) is { } report)
                steps[report.Step] = report;
        return [.. steps.Values];
    }

    /// <summary>Adds a line.</summary>
    internal void Write(in TrainingReport report)
    {
        _line.SetLength(0);
        using (var json = new Utf8JsonWriter(_line))
        {
            json.WriteStartObject();
            json.WriteNumber("step", report.Step);
            json.WriteNumber("train_loss", report.TrainLoss);
            if (report.ValidationLoss is { } validation)
                json.WriteNumber("val_loss", validation);
            json.WriteNumber("lr", report.LearningRate);
            json.WriteNumber("gradient_norm", report.GradientNorm);
            json.WriteNumber("tokens_per_second", report.TokensPerSecond);
            if (report.Spike is { } spike)
                Write(json, spike);
            json.WriteEndObject();
        }
        _writer.WriteLine(Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        _line.Dispose();
    }

    private static void Write(Utf8JsonWriter json, LossSpike spike)
    {
        json.WriteStartObject("spike");
        json.WriteNumber("deviations", spike.Deviations);
        json.WriteNumber("sequence", spike.Sequence);
        json.WriteNumber("sequence_loss", spike.SequenceLoss);
        json.WriteStartArray("places");
        foreach (var place in spike.Places)
            json.WriteNumberValue(place);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static TrainingReport? Read(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 8 });
            double? Number(string name) => document.RootElement.TryGetProperty(name, out var value) ? value.GetDouble() : null;
            return new TrainingReport(document.RootElement.GetProperty("step").GetInt32(), Number("train_loss") ?? 0, Number("val_loss"), false, (float)(Number("lr") ?? 0), Number("gradient_norm") ?? 0, Number("tokens_per_second") ?? 0);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}
