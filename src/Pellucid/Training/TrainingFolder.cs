using System.Text;
using System.Text.Json;
using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Training;

/// <summary>What a training run leaves on disk: the last weights, the best ones under <c>best</c>, the tokenizer beside both, and <c>log.jsonl</c>.</summary>
public sealed class TrainingFolder : IDisposable
{
    /// <summary>Name of the log: one JSON object a step.</summary>
    public const string LogFile = "log.jsonl";

    private readonly StreamWriter _log;
    private readonly MemoryStream _line = new();
    private readonly Gpt _gpt;
    private readonly int _saveEvery;
    private readonly string _path;

    /// <summary>Starts a run in a folder, which is made if need be.</summary>
    /// <exception cref="IOException">The folder holds a model already, or cannot be written to.</exception>
    public TrainingFolder(string path, Gpt gpt, Tokenizer tokenizer, int saveEvery)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (IsTaken(path))
            throw new IOException($"{path} already holds a model; choose another folder or remove it");
        (_path, _gpt, _saveEvery) = (path, gpt, saveEvery);
        Directory.CreateDirectory(BestPath);
        tokenizer.Save(path);
        tokenizer.Save(BestPath);
        _log = new StreamWriter(new FileStream(Path.Combine(path, LogFile), FileMode.Create, FileAccess.Write, FileShare.Read), new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };
    }

    /// <summary>Folder of the best weights.</summary>
    public string BestPath => Path.Combine(_path, "best");

    /// <summary>Whether a folder holds a model.</summary>
    public static bool IsTaken(string path) => File.Exists(Path.Combine(path, Checkpoint.WeightsFile));

    /// <summary>Logs a step, and saves where it is time to.</summary>
    public void Report(TrainingReport report)
    {
        Log(report);
        if (report.IsBest)
            Checkpoint.Save(BestPath, _gpt);
        if (report.Step % _saveEvery == 0 || report.ValidationLoss is not null)
            Save();
    }

    /// <summary>Saves the last weights.</summary>
    public void Save() => Checkpoint.Save(_path, _gpt);

    /// <summary>Closes the log.</summary>
    public void Dispose()
    {
        _log.Dispose();
        _line.Dispose();
    }

    private void Log(in TrainingReport report)
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
            json.WriteEndObject();
        }
        _log.WriteLine(Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length));
    }
}
