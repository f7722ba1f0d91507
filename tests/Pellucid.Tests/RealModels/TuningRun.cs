using System.Text.Json;
using Pellucid.Generation;
using Pellucid.Models.Adapters;
using Pellucid.Tuning;
using Pellucid.Tuning.Data;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Methods;

namespace Pellucid.Tests.RealModels;

/// <summary>The run that PEFT and torch recorded, with a model of ours: the same first adapter, batches and rates.</summary>
internal sealed class TuningRun : IDisposable
{
    public const int Batch = 8, Pairs = 4;

    private const string Folder = "real-models/tuning/", Data = "instructions/rasbt-instruction-data-with-preference.json";

    private readonly List<TuningRecord> _records;
    private readonly ExampleEncoder _encoder;

    /// <param name="model">Is tuned.</param>
    /// <param name="adapter">Folder of the adapter that the run begins with; the recorded first one if left out.</param>
    public TuningRun(LanguageModel model, string? adapter = null)
    {
        Model = model;
        _encoder = new ExampleEncoder(model.Tokenizer, model.Specials, model.Chat);
        _records = [.. TuningFile.Read(SharedData.Path(Data)).SelectMany(row => Columns.Read(row.Entry, row.Place))];
        adapter ??= Path.GetDirectoryName(SharedData.Path(Folder + "adapter-first/adapter_config.json"))!;
        Adapter = AdapterFolder.Read(adapter, model.Gpt);
        Step = new TuningStep(model.Gpt, Adapter);
    }

    public LanguageModel Model { get; }
    public Adapter Adapter { get; }
    public TuningStep Step { get; }

    public static JsonElement Recorded(string name) =>
        JsonDocument.Parse(File.ReadAllBytes(SharedData.Path($"{Folder}{name}.json"))).RootElement;

    public static double[] Numbers(JsonElement of, string field) =>
        [.. of.GetProperty(field).EnumerateArray().Select(value => value.GetDouble())];

    /// <summary>Rows as examples to imitate.</summary>
    public TuningExample[] Examples(Range rows) => [.. _records[rows].Select(_encoder.Imitated)];

    public Imitation Imitation(Range rows) => new(Step, Model.Gpt.Backend, [.. Examples(rows).Select(example => new[] { example })]);

    public Preferences Preferences(Range rows, TuningStep reference) => new(Step, Model.Gpt.Backend,
        [.. _records[rows].Select(_encoder.Preferred).Select(pair => new PreferencePair(pair.Chosen, pair.Rejected))],
        new PreferenceLoss(PreferenceKind.Sigmoid) { Beta = 0.1 }, reference: reference);

    public static TuningOptions Options(int steps, int batch, float rate) => new()
    {
        Steps = steps, Batch = batch, MicroBatch = batch, LearningRate = rate, Schedule = RateSchedule.Constant, Clip = 0,
        InOrder = true,
    };

    /// <summary>The mean loss of learned tokens of rows.</summary>
    public double Loss(Range rows)
    {
        using var method = Imitation(rows);
        return new Tuner(Model.Gpt, Adapter, method, Options(1, Batch, 1), method).Evaluate();
    }

    /// <summary>Of some rows the share of margins above 0, and their mean.</summary>
    public (double Share, double Mean) Margins(Range rows, TuningStep reference)
    {
        using var method = Preferences(rows, reference);
        method.Measures.Clear();
        new Tuner(Model.Gpt, Adapter, method, Options(1, Pairs, 1), method).Evaluate();
        var means = method.Measures.Means.ToDictionary();
        return (means["accuracy"], means["margin"]);
    }

    public void Dispose()
    {
        Step.Dispose();
        Adapter.Dispose();
    }
}
