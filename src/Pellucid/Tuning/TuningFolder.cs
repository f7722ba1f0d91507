using System.Globalization;
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
    private const string BestStepKey = "best_step", MethodKey = "method_state";

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
        replicas ??= Replicas.One;
        Directory.CreateDirectory(path);
        if (replicas.Rank == 0)
        {
            writeBeside(path);
            KeptCheckpoint.Clear(path);
        }
        return new(path, gpt, adapter, specials, FileMode.Create, replicas);
    }

    /// <summary>Whether the run is evaluated: then what it leaves is what was best.</summary>
    public bool KeepsBest { get; set; }

    /// <summary>Steps between what is kept for good, a folder each under <c>checkpoints</c>; 0 for none.</summary>
    public int KeepEvery { get; set; }

    /// <summary>Resumes the run in a folder: sets adapter and moments as they were at the last save, and the tuner to its step.</summary>
    /// <exception cref="InvalidDataException">What was saved is damaged, or of another model.</exception>
    public static TuningFolder Resume(string path, Gpt gpt, Adapter adapter, SpecialTokens specials, Tuner tuner,
        Replicas? replicas = null)
    {
        replicas ??= Replicas.One;
        var file = Path.Combine(path, TrainingState.FileName);
        var (step, best) = TrainingState.Load(file, adapter.Parameters, gpt.Backend);
        var notes = TrainingState.Notes(file);
        tuner.Resume(new TuningProgress(step, best, (int)(Note(notes, BestStepKey) ?? 0), Note(notes, MethodKey)));
        KeepLines(RunLog.PathOf(path, replicas.Rank), step);
        return new(path, gpt, adapter, specials, FileMode.Append, replicas);
    }

    /// <summary>Logs a step, keeps what was best, and saves where it is time to.</summary>
    /// <param name="report">Of the step.</param>
    /// <param name="progress">After it; null where it is not yet time to save.</param>
    public void Report(TuningReport report, TuningProgress? progress)
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
            json.WriteNumber("tokens", report.Tokens);
            json.WriteNumber("tokens_per_second", report.TokensPerSecond);
            json.WriteEndObject();
        }
        _log.WriteLine(Encoding.UTF8.GetString(line.ToArray()));
        if (report.IsBest)
            Keep();
        if (KeepEvery > 0 && report.Step % KeepEvery == 0)
            Keep(KeptCheckpoint.PathOf(_path, report.Step));
        if (progress is { } now)
            Save(now);
    }

    /// <summary>Saves what was learned, and what it needs to resume from here.</summary>
    public void Save(TuningProgress progress)
    {
        if (!KeepsBest || double.IsPositiveInfinity(progress.Best))
            Keep();
        TrainingState.Save(Path.Combine(_path, TrainingState.FileName), _adapter.Parameters, _gpt.Backend, progress.Step, progress.Best,
            _replicas,
            [KeyValuePair.Create(BestStepKey, progress.BestStep.ToString(CultureInfo.InvariantCulture)),
                .. progress.MethodState is { } state ? [KeyValuePair.Create(MethodKey, state.ToString("R", CultureInfo.InvariantCulture))]
                    : Array.Empty<KeyValuePair<string, string>>()]);
    }

    // What is there to be used.
    private void Keep() => Keep(_path);

    private void Keep(string folder)
    {
        if (_replicas.Rank > 0)
            return;
        if (folder != _path && _adapter.CopiesAll) // an adapter's texts are its base's
        {
            Directory.CreateDirectory(folder);
            CompanionFiles.Copy(_path, folder);
        }
        if (_adapter.CopiesAll)
        {
            using var whole = AdapterMerge.Merge(_gpt, _adapter);
            Checkpoint.Save(folder, whole, specials: _specials);
        }
        else
            AdapterFolder.Write(folder, _adapter, _gpt);
    }

    private static double? Note(IReadOnlyDictionary<string, string> notes, string key) =>
        double.TryParse(notes.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

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
