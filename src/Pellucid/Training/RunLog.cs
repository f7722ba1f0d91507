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

    private RunLog(string path, FileMode mode)
    {
        var stream = new FileStream(path, mode, FileAccess.Write, FileShare.Read);
        _writer = new StreamWriter(stream, new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };
    }

    /// <summary>An empty log of a replica: the first one's is the run's, that of another has its number in its name.</summary>
    internal static RunLog Begin(string folder, int rank = 0) => new(PathOf(folder, rank), FileMode.Create);

    /// <summary>Takes up after a step; what was logged later, and a last line that a kill broke off, goes.</summary>
    /// <exception cref="InvalidDataException">A line before the last one is damaged.</exception>
    internal static RunLog Resume(string folder, int step, out IReadOnlyList<TrainingReport> before, int rank = 0)
    {
        var path = PathOf(folder, rank);
        var reports = new List<TrainingReport>();
        if (File.Exists(path))
            SafeFile.Write(path, stream =>
            {
                var (number, damaged) = (0, 0);
                foreach (var line in Lines.Of(path))
                {
                    number++;
                    if (damaged > 0)
                        throw new InvalidDataException(
                            $"{path}: line {damaged} is no record of a step; only a last line may be broken off");
                    if (Read(line.Span) is not { } report)
                        damaged = number;
                    else if (report.Step <= step)
                    {
                        reports.Add(report);
                        stream.Write(line.Span);
                        stream.WriteByte((byte)'\n');
                    }
                }
            });
        before = reports;
        return new RunLog(path, FileMode.Append);
    }

    /// <summary>The steps that a run, which may be going on, has logged; of a step that was logged twice the later line.</summary>
    public static IReadOnlyList<TrainingReport> Watch(string folder)
    {
        using var reader = new StreamReader(new FileStream(Path.Combine(folder, FileName), FileMode.Open, FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete));
        var steps = new SortedDictionary<int, TrainingReport>();
        while (reader.ReadLine() is { } line)
            if (Read(Encoding.UTF8.GetBytes(line)) is { } report)
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
            if (report.TrainLoss is { } trainLoss)
                json.WriteNumber("train_loss", trainLoss);
            if (report.ValidationLoss is { } validation)
                json.WriteNumber("val_loss", validation);
            json.WriteNumber("lr", report.LearningRate);
            json.WriteNumber("gradient_norm", report.GradientNorm);
            if (report.Tokens > 0)
                json.WriteNumber("tokens", report.Tokens);
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

    /// <summary>The log of a replica in a run's folder.</summary>
    internal static string PathOf(string folder, int rank) =>
        Path.Combine(folder, rank == 0 ? FileName : Path.ChangeExtension(FileName, $".{rank}.jsonl"));

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

    private static TrainingReport? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = JsonWalk.Begin(line, deepest: 8);
            (int? step, double? trainLoss, double? validationLoss, float rate, double norm, double speed, long tokens) =
                (null, null, null, 0, 0, 0, 0);
            json.Enter(JsonTokenType.StartObject);
            while (json.NextField())
                if (json.ValueTextEquals("step"u8))
                    step = (int)Number(ref json);
                else if (json.ValueTextEquals("train_loss"u8))
                    trainLoss = Number(ref json);
                else if (json.ValueTextEquals("val_loss"u8))
                    validationLoss = Number(ref json);
                else if (json.ValueTextEquals("lr"u8))
                    rate = (float)Number(ref json);
                else if (json.ValueTextEquals("gradient_norm"u8))
                    norm = Number(ref json);
                else if (json.ValueTextEquals("tokens_per_second"u8))
                    speed = Number(ref json);
                else if (json.ValueTextEquals("tokens"u8))
                    tokens = (long)Number(ref json);
                else
                    json.Skip();
            json.End();
            return step is null || (trainLoss ?? validationLoss) is null ? null
                : new TrainingReport(step.Value, step == 0 ? null : trainLoss, validationLoss, false, rate, norm, speed, Tokens: tokens);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static double Number(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetDouble();
    }
}
