using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using Pellucid.Cli.Terminal;
using Pellucid.Conversations;
using Pellucid.Distributed;
using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Training;
using Pellucid.Tuning;
using Pellucid.Tuning.Data;
using Pellucid.Tuning.Methods;
using Pellucid.Tuning.Policies;

namespace Pellucid.Cli.Tune;

/// <summary>A run of <c>pellucid tune</c>: from words and files to an adapter on disk.</summary>
internal sealed class TuneRun
{
    private readonly Output _output;
    private readonly Replicas _replicas;
    private readonly RunRecord? _record;
    private readonly string _method, _out, _model, _fingerprint;
    private readonly bool _hasHead;
    private readonly List<IDisposable> _made = [];
    private readonly Adapter _adapter;
    private string? _ofTemplate; // what is to be said of its tokens, once examples were read

    public TuneRun(ParseResult words, string method, bool hasHead, Replicas replicas, Output output)
    {
        (_method, _hasHead, _output, _replicas) = (method, hasHead, output, replicas);
        _out = words.GetValue(TuneOptions.Out)!;
        _record = words.GetValue(TuneOptions.Resume) ? RunRecord.Read(_out) : null;
        var backend = Made(CommonOptions.CreateBackend(words));
        Words = _record?.Words(words, TuneOptions.Out, TuneOptions.Resume, TuneOptions.Inspect) ?? words;
        _model = Words.GetValue(TuneOptions.Model) ?? throw new ArgumentException(
            $"pellucid tune {method} needs {TuneOptions.Model.Name}. See pellucid tune {method} --help");
        TunePolicies.RequireReward(Words, method);
        Files = TuneOptions.DataOf(Words);
        EvalFiles = Words.GetValue(TuneOptions.EvalData) is { Length: > 0 } files ? files : null;
        _fingerprint = Fingerprint(Files.Concat(EvalFiles ?? []));
        if (_record is not null && _record.Data != _fingerprint)
            throw new InvalidDataException($"{string.Join(", ", Files)}: these are not the examples that the run in {_out} began with");
        if (_record is null)
            RunRecord.RequireFree(_out);
        var parts = ModelFolder.Parts(_model);
        Gpt = Made(ModelFolder.LoadGpt(parts?.Base ?? _model, backend, CommonOptions.WeightType(Words, TuneOptions.Weights)));
        CommonOptions.SetActivations(Words, Gpt);
        Tokenizer = ModelFolder.LoadTokenizer(_model, Gpt.Config);
        Specials = ModelFolder.LoadSpecials(_model, Tokenizer, Gpt.Config);
        _adapter = Made(NewAdapter(parts));
        MaxLength = Words.GetValue(TuneOptions.MaxLength) switch
        {
            < 0 and var length => throw new ArgumentException($"{TuneOptions.MaxLength.Name} ({length}) must be at least 0"),
            0 => Gpt.Context,
            var length => Math.Min(length, Gpt.Context),
        };
        Data = new TuningData(Tokenizer, Specials, Template(), MaxLength);
    }

    public ParseResult Words { get; }
    public Gpt Gpt { get; }
    public Adapter Adapter => _adapter;
    public string[] Files { get; }
    public string[]? EvalFiles { get; }
    public TuningData Data { get; }
    public int MaxLength { get; }
    public SpecialTokens Specials { get; }
    public Tokenizer Tokenizer { get; }

    /// <summary>Where the model lies that stays as it is.</summary>
    public string BasePath => ModelFolder.Parts(_model)?.Base ?? _model;

    /// <summary>What is compared with: the model as it was, or another one. Null for the model without an adapter.</summary>
    public TuningStep? Reference(string? path)
    {
        var (own, other) = (ModelFolder.Parts(_model), ModelFolder.Parts(path ?? _model));
        var temperature = TunePolicies.TemperatureOf(Words, _method);
        if (path is not null && (other?.Base ?? path) != (own?.Base ?? _model))
        {
            var reference = Made(ModelFolder.LoadGpt(path, Gpt.Backend));
            if (ModelFolder.LoadTokenizer(path, reference.Config).Fingerprint() != Tokenizer.Fingerprint())
                throw new ArgumentException($"the reference {path} reads other tokens than the model that learns");
            if (reference.Context < MaxLength)
                throw new ArgumentException($"the reference {path} reads {reference.Context} tokens, and examples may have "
                    + $"{MaxLength}; {TuneOptions.MaxLength.Name} makes them shorter");
            return Made(new TuningStep(reference, null, temperature));
        }
        return other is { } parts ? Made(new TuningStep(Gpt, Made(AdapterFolder.Read(parts.Adapter, Gpt)), temperature)) : null;
    }

    /// <summary>Answers of the model with what it has learned so far.</summary>
    public Rollouts Rollouts(RolloutOptions options) => Made(new Rollouts(Gpt, _adapter, options));

    /// <summary>Says something to who watches.</summary>
    public void Tell(string line) => _output.Line(line);

    /// <summary>Keeps something to be disposed of in the end.</summary>
    public T Made<T>(T made) where T : IDisposable
    {
        _made.Add(made);
        return made;
    }

    /// <summary>Tunes.</summary>
    public int Run(Func<TuneRun, TuneItems> choose, CancellationToken cancellation)
    {
        try
        {
            var items = choose(this);
            if (_ofTemplate is not null)
                Tell(_ofTemplate);
            if (Words.GetValue(TuneOptions.Inspect) is > 0 and var count)
                return new TuneInspection(Tokenizer, _output).Show(items.Shown.Take(count));
            var step = Made(new TuningStep(Gpt, _adapter, TunePolicies.TemperatureOf(Words, _method),
                Words.GetValue(TuneOptions.Recompute)));
            using var method = items.Method(step);
            using var evaluation = items.Evaluation?.Invoke(step);
            return Tune(items, method, evaluation, cancellation);
        }
        finally
        {
            for (var i = _made.Count - 1; i >= 0; i--)
                _made[i].Dispose();
        }
    }

    private int Tune(TuneItems items, TuningMethod method, TuningMethod? evaluation, CancellationToken cancellation)
    {
        var options = TuneOptions.Of(Words, method.Count);
        if (method is PolicyMethod && _replicas.Count > 1)
            throw new ArgumentException($"tune {_method} writes answers of its own, which ranks do not share: run it in one process");
        if (options.Batch < _replicas.Count)
            throw new ArgumentException($"{_replicas.Count} ranks cannot share a step of {options.Batch}: --batch must be at least "
                + $"{_replicas.Count}");
        var tuner = new Tuner(Gpt, _adapter, method, options, evaluation, _replicas);
        Agreement.Require(_replicas, [.. Ranks.Facts(Gpt.Backend), ("options", $"{options}"), ("the examples", _fingerprint),
            ("the model", $"{_model} {Gpt.Config}"), ("--out", _out)]);
        using var held = RunLock.Take(_out, begins: _record is null, _replicas);
        if (_record is null && _replicas.Rank == 0)
            new RunRecord(Words, _fingerprint).Write(_out);
        using var samples = _replicas.Rank == 0 ? TuneSamples.Of(this, items.Shown) : null;
        using var folder = _record is not null && TuningFolder.CanResume(_out)
            ? TuningFolder.Resume(_out, Gpt, _adapter, Specials, tuner, _replicas)
            : TuningFolder.Begin(_out, Gpt, _adapter, Specials, WriteBeside, _replicas);
        (folder.KeepsBest, folder.KeepEvery) = (evaluation is not null, Words.GetValue(TuneOptions.KeepEvery));
        using var standing = new StandingRun(_replicas.Rank == 0 ? _out : null, _method, options.Steps,
            tuner.Step > 0 ? tuner.Step : null);
        _output.Line($"{Units.Count(_adapter.TrainedCount)} of {Units.Count(Gpt.Config.Parameters)} parameters learn "
            + $"from {method.Count} items of {Data.Counts.Read} entries; {Data.Counts.Cut} were cut to {MaxLength} tokens, "
            + $"{Data.Counts.Dropped} dropped"
            + (Data.OwnTemplate is not null ? "; conversations are written by a template of our own, since the model has none, saved with "
                + "what is learned" : "")
            + (Data.Empty > 0 ? $"; {Data.Empty} have an answer that is empty, so that ending at once is learned" : "")
            + (Data.Unread.Count > 0 ? $"; columns not read: {string.Join(", ", Data.Unread)}" : ""));
        var (learned, isDone) = (_adapter.CopiesAll ? _out : $"{BasePath}+{_out}", tuner.HasEnded);
        if (isDone)
            _output.Line($"There is nothing to do: the run ended after step {tuner.Step}; to tune further, begin another one with "
                + learned);
        else if (tuner.Step > 0)
            _output.Line($"goes on after step {tuner.Step}");
        var view = new TuneView(_output, options, TunePolicies.KlBudgetOf(Words, _method), tuner.Step);
        try
        {
            view.Run(show => tuner.Run(report =>
            {
                folder.Report(report, report.Step % options.SaveEvery == 0 || tuner.HasEnded ? tuner.Progress : null);
                show(report);
                samples?.Show(report.Step, view.Tell, _out);
            }, cancellation));
        }
        catch (RewardException error)
        {
            folder.Save(tuner.Progress);
            throw new InvalidDataException($"{error.Message}; what was learned up to step {tuner.Step} is saved");
        }
        catch (TrainingDivergedException)
        {
            folder.Save(tuner.Progress); // as before the step
            standing.End(RunEnd.Diverged);
            throw;
        }
        catch (OperationCanceledException)
        {
            folder.Save(tuner.Progress);
            standing.End(RunEnd.Interrupted);
            throw new OperationCanceledException(
                $"interrupted at step {tuner.Step}; pellucid tune {_method} {_model} --resume --out {_out} goes on");
        }
        standing.End(RunEnd.Done);
        if (!isDone)
            view.Conclude(_adapter.TrainedCount, isOfTokens: _method == "sft");
        if (_replicas.Rank == 0)
            TunePictures.Save(_out);
        var use = _hasHead ? $"tune grpo {BasePath} --data prompts.jsonl --reward {_out} --out policy"
            : $"generate {learned} \"A prompt\"";
        _output.Line($"What was learned is in {_out}. Try it: pellucid {use}");
        _output.Json(json =>
        {
            view.Write(json);
            json.WriteNumber("trainable_parameters", _adapter.TrainedCount);
            json.WriteNumber("items", method.Count);
            json.WriteNumber("cut", Data.Counts.Cut);
            json.WriteNumber("dropped", Data.Counts.Dropped);
            json.WriteNumber("empty_answers", Data.Empty);
            json.WriteNumber("peak_memory_bytes", Process.GetCurrentProcess().PeakWorkingSet64);
            json.WriteString("out", _out);
            Ranks.Write(json, _replicas);
        });
        return PellucidCommand.Done;
    }

    private bool HasValueHead => _method == "ppo";

    private Adapter NewAdapter((string Base, string Adapter)? parts)
    {
        if (parts is { } both)
        {
            LoraOptions.Refuse(Words, $"in going on with {both.Adapter}, which is as it was begun", LoraOptions.Dropout);
            var adapter = AdapterFolder.Read(both.Adapter, Gpt, HasValueHead, Words.GetValue(LoraOptions.Dropout));
            return adapter.Config.HasHead == _hasHead ? adapter
                : throw new ArgumentException($"{both.Adapter} is {(_hasHead ? "not " : "")}a reward model's adapter");
        }
        var made = LoraOptions.New(Words, Gpt, _model, Tokenizer, _hasHead ? [] : NewTokens(), _hasHead, HasValueHead);
        made.Initialize(Words.GetValue(TuneOptions.Seed));
        return made;
    }

    private ChatTemplate Template() => Words.GetValue(TuneOptions.Template) is { } path ? ChatTemplate.Parse(PlainText.ReadAll(path))
        : ModelFolder.LoadTemplate(_model);

    // By which a template marks who speaks, of a model that had none: as such it never met them.
    private IReadOnlyList<int> NewTokens()
    {
        if (!ReferenceEquals(ModelFolder.LoadTemplate(_model), ChatTemplate.Plain) || Words.GetValue(LoraOptions.Rank) == 0)
            return [];
        var template = Words.GetValue(TuneOptions.Template) is { } path ? PlainText.ReadAll(path)
            : TuningData.HasConversations(Files) ? BaseTemplate.Of(Tokenizer, Specials) : null;
        int[] tokens = template is null ? [] : [.. Enumerable.Range(0, Math.Min(Tokenizer.VocabularySize, Gpt.Config.VocabularySize))
            .Where(token => Tokenizer.SpecialName(token) is { } name && template.Contains(name, StringComparison.Ordinal))];
        if (tokens.Length > 0)
            _ofTemplate = "The model has no chat template, so rows of its tokens are learned too: "
                + string.Join(", ", tokens.Select(Tokenizer.SpecialName));
        return tokens;
    }

    // What a conversation is written with, now and when it is served.
    private void WriteBeside(string target)
    {
        ModelFolder.CopyCompanions(_model, target);
        if (!_adapter.CopiesAll)
            (Gpt.Config with { Family = Gpt.Config.Family.Saved }).Save(Path.Combine(target, Checkpoint.ConfigFile), Specials);
        if (Words.GetValue(TuneOptions.Template) is { } path)
            File.Copy(path, Path.Combine(target, CompanionFiles.TemplateFile), overwrite: true);
        else if (Data.OwnTemplate is { } own)
            File.WriteAllText(Path.Combine(target, CompanionFiles.TemplateFile), own);
    }

    private static string Fingerprint(IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
            hash.AppendData(File.ReadAllBytes(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
