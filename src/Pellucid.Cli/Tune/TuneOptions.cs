using System.CommandLine;
using Pellucid.Tuning;

namespace Pellucid.Cli.Tune;

/// <summary>Words that all methods of <c>pellucid tune</c> understand.</summary>
internal static class TuneOptions
{
    private static readonly TuningOptions Defaults = new();

    public static readonly Argument<string> Model = new("MODEL")
    {
        Description = "A model folder, or BASE+ADAPTER to go on with an adapter; with --resume the run's own, and not needed",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static readonly Option<string[]> Data = new("--data")
    {
        Description = "Files of examples: a JSON list or an object a line, .gz or not; columns are told by their names",
        AllowMultipleArgumentsPerToken = true,
    };

    public static readonly Option<string[]> EvalData = new("--eval-data")
    {
        Description = "Files of examples to evaluate with", AllowMultipleArgumentsPerToken = true,
    };

    public static readonly Option<string?> Config = new("--config")
    {
        Description = "A JSON file of options by their names without dashes, and of the model; what is given beside it counts",
    };

    public static readonly Option<string?> Out = new("--out") { Description = "Folder of what is learned", Required = true };
    public static readonly Option<string?> Template = new("--template")
    {
        Description = "A chat template (.jinja) for a model that has none; saved with what is learned",
    };

    public static readonly Option<int> Batch = Number("--batch", "Examples of a step", Defaults.Batch);
    public static readonly Option<int> MicroBatch = Number("--micro-batch",
        "Most examples computed together: more is faster and takes memory; the result is the same to the bit", 1);
    public static readonly Option<int> Steps = Number("--steps", "Updates; 0 for as many as --epochs", 0);
    public static readonly Option<double> Epochs = Number("--epochs", "How often all examples come, where --steps is 0", 1.0);
    public static readonly Option<float> Rate = Number("--lr", "Largest learning rate", Defaults.LearningRate);
    public static readonly Option<RateSchedule> Schedule =
        Number("--schedule", "How the learning rate goes on after its rise", RateSchedule.Cosine);
    public static readonly Option<int> Warmup = Number("--warmup", "Steps over which the learning rate rises", 0);
    public static readonly Option<float> Decay = Number("--weight-decay", "Weight decay of matrices", 0f);
    public static readonly Option<float> Clip = Number("--clip", "Largest norm of the gradient; 0 for any", Defaults.Clip);
    public static readonly Option<bool> InOrder =
        new("--in-order") { Description = "Take examples as they stand in the files, unshuffled" };
    public static readonly Option<bool> AsTrl = new("--as-trl")
    {
        Description = "Compute what TRL does where that is not what the paper says; docs/tuning.md tells where",
    };
    public static readonly Option<string> Weights = CommonOptions.NewWeights();
    public static readonly Option<int> MaxLength =
        Number("--max-length", "Tokens of an example; what is longer is cut; 0 for the model's context", 0);
    public static readonly Option<int> EvalEvery = Number("--eval-every", "Steps between evaluations", Defaults.EvaluateEvery);
    public static readonly Option<int> Patience =
        Number("--patience", "Evaluations without a better one after which the run ends; 0 for any number", 0);
    public static readonly Option<int> SampleEvery = Number("--sample-every", "Steps between answers that are shown; 0 for none", 0);
    public static readonly Option<int> SaveEvery = Number("--save-every", "Steps between saves", Defaults.SaveEvery);
    public static readonly Option<int> KeepEvery =
        Number("--keep-every", "Steps between adapters that are kept for good, under checkpoints/ beside the last one; 0 for none", 0);
    public static readonly Option<int> Inspect = Number("--inspect", "Show so many examples as tokens, with what is learned, and end", 0);
    public static readonly Option<bool> Resume = new("--resume")
    {
        Description = "Go on with the run in the folder --out, to the same bytes as if it had never stopped; all else is as the run began",
    };
    public static readonly Option<bool> Recompute = new("--recompute")
    {
        Description = "Keep of each block only what it reads, and compute the rest again on the way back: less memory, more time, the same "
            + "bits",
    };
    public static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static readonly Option[] All = [Data, EvalData, Config, Out, Template, .. LoraOptions.All, Batch,
        MicroBatch, Steps, Epochs, Rate, Schedule, Warmup, Decay, Clip, InOrder, MaxLength, EvalEvery, Patience, SampleEvery, SaveEvery,
        KeepEvery, Weights, CommonOptions.Activations, Recompute, Inspect, Resume, Seed];

    /// <summary>Files of examples; a run that goes on has them in its own words.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static string[] DataOf(ParseResult words) => words.GetValue(Data) is { Length: > 0 } files ? files
        : throw new ArgumentException($"{Data.Name} is missing: files of examples");

    /// <summary>How it is tuned, of so many items.</summary>
    public static TuningOptions Of(ParseResult words, int items)
    {
        var batch = words.GetValue(Batch);
        if (words.GetValue(Steps) < 0)
            throw new ArgumentException($"{Steps.Name} ({words.GetValue(Steps)}) must be at least 0");
        if (words.GetValue(Steps) == 0 && !(words.GetValue(Epochs) > 0))
            throw new ArgumentException($"{Epochs.Name} ({words.GetValue(Epochs)}) must be above 0, or {Steps.Name} given");
        var steps = words.GetValue(Steps) is > 0 and var given ? given
            : (int)Math.Max(1, Math.Ceiling(words.GetValue(Epochs) * items / Math.Max(1, batch)));
        if (words.GetValue(KeepEvery) < 0)
            throw new ArgumentException($"{KeepEvery.Name} ({words.GetValue(KeepEvery)}) must be at least 0");
        var options = new TuningOptions
        {
            Steps = steps, Batch = batch, MicroBatch = words.GetValue(MicroBatch), LearningRate = words.GetValue(Rate),
            Schedule = words.GetValue(Schedule), Warmup = words.GetValue(Warmup), WeightDecay = words.GetValue(Decay),
            Clip = words.GetValue(Clip), EvaluateEvery = words.GetValue(EvalEvery), SaveEvery = words.GetValue(SaveEvery),
            Patience = words.GetValue(Patience),
            InOrder = words.GetValue(InOrder), Seed = words.GetValue(Seed),
        };
        options.Validate();
        return options;
    }

    public static Option<T> Number<T>(string name, string description, T value) where T : struct =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
