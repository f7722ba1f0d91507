using System.Globalization;
using Pellucid.Distributed;
using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Training;

/// <summary>
/// What a training run leaves on disk: the last weights, the best ones under <c>best</c>, the tokenizer beside both,
/// <c>log.jsonl</c>, and what it needs to resume.
/// </summary>
public sealed class TrainingFolder : IDisposable
{
    /// <summary>The file by which the command knows how it began a run.</summary>
    public const string RecordFile = "run.json";

    // What runs of all kinds write, beside weights, tokenizers and pictures.
    private static readonly string[] OfRuns =
    [
        Checkpoint.ConfigFile, AdapterFolder.ConfigFile, RunLog.FileName, RunStatus.FileName, "samples.jsonl", "loss.png", "loss.svg",
    ];

    private const string Best = "best";

    private readonly RunLog _log;
    private readonly Gpt _gpt;
    private readonly int _saveEvery;
    private readonly string _path;
    private readonly SpecialTokens _specials;
    private readonly Replicas _replicas;
    private int _step;
    private double _best = double.PositiveInfinity;

    private TrainingFolder(string path, Gpt gpt, SpecialTokens specials, int saveEvery, RunLog log, Replicas replicas) =>
        (_path, _gpt, _specials, _saveEvery, _log, _replicas) = (path, gpt, specials, saveEvery, log, replicas);

    /// <summary>Folder of the best weights.</summary>
    public string BestPath => Path.Combine(_path, Best);

    /// <summary>Steps that were done before; none in a new run.</summary>
    public IReadOnlyList<TrainingReport> Before { get; private init; } = [];

    /// <summary>Steps between weights that are kept for good, a folder each under <c>checkpoints</c>; 0 for none.</summary>
    public int KeepEvery { get; set; }

    /// <summary>Whether a folder holds a model, in whatever files, or others that a run would write over. What was left by a run that
    /// had not saved yet is nothing that one would miss.</summary>
    public static bool IsTaken(string path) => TakenBy(path) is not null;

    /// <summary>What it is in a folder that a run would write over; null where there is nothing.</summary>
    public static string? TakenBy(string path)
    {
        if (!Directory.Exists(path))
            return null;
        string[] names = [.. Directory.EnumerateFiles(path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        if (names.Any(IsOfWeights))
            return AdapterFolder.Exists(path) ? "an adapter" : "a model";
        return names.Contains(RecordFile) || names.Contains(RunOptions.FileName) ? null
            : names.FirstOrDefault(name => OfRuns.Contains(name) || CompanionFiles.Contains(name))
                ?? (KeptCheckpoint.Of(path).Count > 0 || TakenBy(Path.Combine(path, Best)) is not null ? "a model" : null);
    }

    /// <summary>Whether the run in a folder can be resumed: it has saved at least once.</summary>
    public static bool CanResume(string path) => File.Exists(Path.Combine(path, TrainingState.FileName));

    /// <summary>Starts a run in a folder, which is made if need be; whatever an earlier one left there is replaced.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="gpt">The model.</param>
    /// <param name="specials">Where texts begin and end.</param>
    /// <param name="writeBeside">Writes, into a folder, the tokenizer and what else lies beside the weights.</param>
    /// <param name="saveEvery">Steps between checkpoints.</param>
    /// <param name="replicas">
    /// Those who train together, all of whom call everything here: the first writes, and each a log of its own.
    /// </param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static TrainingFolder Begin(string path, Gpt gpt, SpecialTokens specials, Action<string> writeBeside, int saveEvery,
        Replicas? replicas = null)
    {
        ArgumentNullException.ThrowIfNull(specials);
        ArgumentNullException.ThrowIfNull(writeBeside);
        replicas ??= Replicas.One;
        Directory.CreateDirectory(Path.Combine(path, Best));
        if (replicas.Rank == 0)
        {
            writeBeside(path);
            writeBeside(Path.Combine(path, Best));
            KeptCheckpoint.Clear(path);
        }
        return new TrainingFolder(path, gpt, specials, saveEvery, RunLog.Begin(path, replicas.Rank), replicas);
    }

    /// <summary>
    /// Resumes the run in a folder: sets the model's weights and moments as they were at the last save, and the trainer to its step.
    /// </summary>
    /// <exception cref="InvalidDataException">What was saved is damaged, or of another model.</exception>
    public static TrainingFolder Resume(string path, Gpt gpt, SpecialTokens specials, Trainer trainer, int saveEvery,
        Replicas? replicas = null)
    {
        ArgumentNullException.ThrowIfNull(specials);
        ArgumentNullException.ThrowIfNull(trainer);
        replicas ??= Replicas.One;
        var (step, best) = TrainingState.Load(Path.Combine(path, TrainingState.FileName), gpt);
        if (replicas.Rank == 0)
            RemoveBroken(path);
        // Nobody writes beside before that.
        Agreement.Require(replicas, ("the step that they resume", step.ToString(CultureInfo.InvariantCulture)));
        var log = RunLog.Resume(path, step, out var before, replicas.Rank);
        trainer.Resume(step, best, before.Select(report => report.TrainLoss).OfType<double>());
        return new TrainingFolder(path, gpt, specials, saveEvery, log, replicas) { Before = before, _step = step, _best = best };
    }

    /// <summary>Logs a step, and saves where it is time to.</summary>
    public void Report(TrainingReport report)
    {
        _log.Write(report);
        _step = report.Step;
        if (report.IsBest)
        {
            _best = report.ValidationLoss!.Value;
            if (_replicas.Rank == 0)
                Checkpoint.Save(BestPath, _gpt, specials: _specials);
        }
        if (KeepEvery > 0 && report.Step % KeepEvery == 0 && _replicas.Rank == 0)
            Keep(KeptCheckpoint.PathOf(_path, report.Step));
        if (report.Step % _saveEvery == 0 || report.ValidationLoss is not null)
            Save();
    }

    /// <summary>Saves the last weights, and what it needs to resume from here.</summary>
    /// <exception cref="TrainingDivergedException">A weight is not a number; what was saved before stays.</exception>
    public void Save()
    {
        RequireNumbers();
        if (_replicas.Rank == 0)
            Checkpoint.Save(_path, _gpt, specials: _specials);
        TrainingState.Save(Path.Combine(_path, TrainingState.FileName), _gpt.Parameters, _gpt.Backend, _step, _best, _replicas);
    }

    /// <summary>Closes the log.</summary>
    public void Dispose() => _log.Dispose();

    private void Keep(string folder)
    {
        Directory.CreateDirectory(folder);
        CompanionFiles.Copy(_path, folder);
        Checkpoint.Save(folder, _gpt, specials: _specials);
    }

    private static bool IsOfWeights(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal)
        || name.EndsWith(".safetensors.index.json", StringComparison.Ordinal) || name.EndsWith(".gguf", StringComparison.Ordinal)
        || name.StartsWith("pytorch_model", StringComparison.Ordinal) || name == "adapter_model.bin";

    private static void RemoveBroken(string path)
    {
        foreach (var left in Directory.GetFiles(path, SafeFile.BesidePattern, SearchOption.AllDirectories))
            File.Delete(left); // a write that a kill broke off
    }

    // An update may take a weight beyond all numbers before a loss tells.
    private void RequireNumbers()
    {
        for (var index = 0; index < _gpt.Parameters.Count; index++)
        {
            if (!_gpt.Parameters.Trains(index) || double.IsFinite(_gpt.Backend.SquaredNorm(_gpt.Parameters[index])))
                continue;
            var values = new float[_gpt.Parameters[index].Count];
            _gpt.Parameters.Read(index, values);
            if (FiniteNumbers.IndexOfOther(values) >= 0)
                throw new TrainingDivergedException(_step, _gpt.Parameters.NameOf(index));
        }
    }
}
