using System.Text;
using System.Text.Json;
using Pellucid.Distributed;
using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tokens;
using Pellucid.Training;

namespace Pellucid.Tuning;

/// <summary>
/// What tuning leaves on disk: the adapter, or the whole model where that was tuned; tokenizer and chat template beside it;
/// <c>log.jsonl</c>, a line a step; and what it needs to resume.
/// </summary>
internal sealed class TuningFolder : IDisposable
{
    private readonly string _path;
    private readonly Gpt _gpt;
    private readonly Adapter _adapter;
    private readonly SpecialTokens _specials;
    private readonly Replicas _replicas;
    private readonly StreamWriter _log;

    private TuningFolder(string path, Gpt gpt, Adapter adapter, SpecialTokens specials, FileMode mode, Replicas replicas)
    {
        (_path, _gpt, _adapter, _specials, _replicas) = (path, gpt, adapter, specials, replicas);
        var stream = new FileStream(RunLog.PathOf(path, replicas.Rank), mode, FileAccess.Write, FileShare.Read);
        _log = new StreamWriter(stream, new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };
    }

    /// <summary>Whether a folder holds an adapter or a model.</summary>
    public static bool IsTaken(string path) => AdapterFolder.Exists(path) || TrainingFolder.IsTaken(path);

    /// <summary>Whether the run in a folder can be resumed: it has saved at least once.</summary>
    public static bool CanResume(string path) => File.Exists(Path.Combine(path, TrainingState.FileName));

    /// <summary>Begins a run in a folder, which is made if need be.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="gpt">The model.</param>
    /// <param name="adapter">What is learned.</param>
    /// <param name="specials">Where texts begin and end.</param>
    /// <param name="writeBeside">Writes, into a folder, tokenizer and template.</param>
    /// <param name="replicas">
    /// Those who tune together, all of whom call everything here: the first writes, and each a log of its own.
    /// </param>
    public static TuningFolder Begin(string path, Gpt gpt, Adapter adapter, SpecialTokens specials, Action<string> writeBeside,
        Replicas? replicas = null)
    {
        replicas ??= new OneReplica();
        Directory.CreateDirectory(path);
        if (replicas.Rank == 0)
            writeBeside(path);
        return new(path, gpt, adapter, specials, FileMode.Create, replicas);
    }

    /// <summary>Resumes the run in a folder: sets adapter and moments as they were at the last save, and the tuner to its step.</summary>
    /// <exception cref="InvalidDataException">What was saved is damaged, or of another model.</exception>
    public static TuningFolder Resume(string path, Gpt gpt, Adapter adapter, SpecialTokens specials, Tuner tuner,
        Replicas? replicas = null)
    {
        replicas ??= new OneReplica();
        var (step, _) = TrainingState.Load(Path.Combine(path, TrainingState.FileName), adapter.Parameters, gpt.Backend);
        tuner.Resume(step);
        KeepLines(RunLog.PathOf(path, replicas.Rank), step);
        return new(path, gpt, adapter, specials, FileMode.Append, replicas);
    }

    /// <summary>Logs a step, and saves where it is time to.</summary>
    public void Report(TuningReport report, bool saves)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteNumber("step", report.Step);
            if (report.Loss is { } loss)
                json.WriteNumber("loss", loss);
            if (report.Evaluation is { } evaluation)
                json.WriteNumber("eval", evaluation);
            json.WriteNumber("lr", report.LearningRate);
            json.WriteNumber("gradient_norm", report.GradientNorm);
            foreach (var (name, value) in report.Measures)
                json.WriteNumber(name, value);
            json.WriteNumber("tokens_per_second", report.TokensPerSecond);
            json.WriteEndObject();
        }
        _log.WriteLine(Encoding.UTF8.GetString(line.ToArray()));
        if (saves)
            Save(report.Step);
    }

    /// <summary>Saves what was learned, and what it needs to resume from here.</summary>
    public void Save(int step)
    {
        if (_replicas.Rank > 0)
        {
            // It has a part in the moments alone.
        }
        else if (_adapter.CopiesAll)
        {
            using var whole = AdapterMerge.Merge(_gpt, _adapter);
            Checkpoint.Save(_path, whole, specials: _specials);
        }
        else
            AdapterFolder.Write(_path, _adapter, _gpt);
        TrainingState.Save(Path.Combine(_path, TrainingState.FileName), _adapter.Parameters, _gpt.Backend, step, double.PositiveInfinity,
            _replicas);
    }

    /// <summary>Closes the log.</summary>
    public void Dispose() => _log.Dispose();

    // What was logged after the last save comes again.
    private static void KeepLines(string path, int steps)
    {
        if (File.Exists(path))
            SafeFile.Write(path, stream =>
            {
                foreach (var line in Lines.Of(path).Take(steps))
                {
                    stream.Write(line.Span);
                    stream.WriteByte((byte)'\n');
                }
            });
    }
}
