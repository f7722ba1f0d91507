using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Looking.Features;
using Pellucid.Models;

namespace Pellucid.Cli.Look.Features;

/// <summary><c>pellucid look features train</c>.</summary>
internal static class TrainFeatures
{
    private const string StateFile = "resume.safetensors";
    private const int DefaultTimesWidth = 8, StepsBetweenLines = 100;

    private static readonly FeatureTrainingOptions Defaults = new() { Features = 1 };

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<int[]> Layers = new("--layer")
    {
        Description = "The layer, from 0; of several each is learned by itself, into a folder layer-N",
        AllowMultipleArgumentsPerToken = true, Required = true,
    };
    private static readonly Option<string> Read = new("--activation")
    {
        Description = "The activation that is read: resid_pre, resid_mid, resid_post, attn_out, mlp_out, z, q, k, v, ln2, mlp_pre, "
            + "mlp_post",
        DefaultValueFactory = _ => "resid_post",
    };
    private static readonly Option<string?> Written = new("--writes")
    {
        Description = "Another activation of the layer that is to be written, which makes a transcoder: --activation ln2 (or "
            + "resid_mid) --writes mlp_out stands for the feed-forward layer",
    };
    private static readonly Option<string[]> Data = TrainingText.NewData();
    private static readonly Option<string> Out = new("--out") { Description = "The folder to write", Required = true };
    private static readonly Option<string> Architecture = new Option<string>("--architecture")
    {
        Description = "topk, which keeps so many of a row, or jumprelu, whose features have thresholds of their own; "
            + "jumprelu alone for transcoders",
        DefaultValueFactory = _ => "topk",
    }.AcceptOnlyFromAmong("topk", "jumprelu");
    private static readonly Option<int?> Features =
        new("--features") { Description = $"How many features there are; {DefaultTimesWidth} times the model's width if not given" };
    private static readonly Option<int> Active = new("--active")
    {
        Description = "Features that fire on a token: the k of topk, the mean that jumprelu is drawn towards",
        DefaultValueFactory = _ => Defaults.Active,
    };
    private static readonly Option<int> Steps = new("--steps") { Description = "Steps", DefaultValueFactory = _ => Defaults.Steps };
    private static readonly Option<int> Rows =
        new("--rows") { Description = "Tokens of a step", DefaultValueFactory = _ => Defaults.Rows };
    private static readonly Option<int?> Context =
        new("--context") { Description = "Tokens of a window of text; the model's context, at most 128, if not given" };
    private static readonly Option<float> Rate =
        new("--lr") { Description = "Largest learning rate", DefaultValueFactory = _ => Defaults.LearningRate };
    private static readonly Option<int> DeadAfter = new("--dead-after")
    {
        Description = "Tokens without firing after which a feature is dead, and revived",
        DefaultValueFactory = _ => Defaults.DeadAfter,
    };
    private static readonly Option<int> SaveEvery = new("--save-every")
    {
        Description = $"Steps between states that --resume goes on from, in {StateFile}", DefaultValueFactory = _ => 500,
    };
    private static readonly Option<bool> Resume =
        new("--resume") { Description = "Go on in the folder, by the same words; the bytes are those of a run that never stopped" };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("train", "Learns features of an activation while the model reads a text, and measures them on the "
            + "text's last tenth, which they are not learned from.")
        {
            Model, Layers, Read, Written, Data, TrainingText.TextField, Out, Architecture, Features, Active, Steps, Rows, Context, Rate,
            DeadAfter, SaveEvery, Resume, Seed, PromptOptions.BeginOfText,
        }.WithExample("pellucid look features train tiny --layer 2 --activation mlp_out --data micro-world --steps 2000 --out features");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var (output, layers) = (new Output(words.GetValue(CommonOptions.Json)), words.GetValue(Layers)!);
        if (words.GetValue(SaveEvery) < 1)
            throw new ArgumentException("--save-every must be at least 1");
        if (layers.Distinct().Count() < layers.Length)
            throw new ArgumentException($"--layer has a layer twice: {string.Join(" ", layers)}");
        var target = words.GetValue(Out)!;
        var folders = layers.Select(layer => layers.Length == 1 ? target : Path.Combine(target, $"layer-{layer}")).ToList();
        foreach (var folder in folders)
            if (!words.GetValue(Resume)
                && (File.Exists(Path.Combine(folder, SaeLensFolder.ConfigFile)) || File.Exists(Path.Combine(folder, StateFile))))
                throw new IOException($"{folder} already holds features; choose another folder, remove it, or go on with --resume");
        using var subject = Subject.Load(words, Model);
        foreach (var layer in layers)
            ActivationCache.RequirePlace(subject.Gpt.Config, Activations.Parse(words.GetValue(Read)!), layer);
        using var text = new FeatureText(words, output, subject, subject.Begin, words.GetValue(Data)!,
            words.GetValue(Context) ?? Math.Min(subject.Gpt.Context, 128), cancellation);
        var trained = layers.Zip(folders, (layer, folder) => Learn(words, output, subject, text, layer, folder, cancellation)).ToList();
        if (trained.Count == 1)
            output.Json(trained[0], Results.Default.TrainedFeatures);
        else
            output.Json(new TrainedLayers(trained), Results.Default.TrainedLayers);
        return PellucidCommand.Done;
    }

    private static TrainedFeatures Learn(ParseResult words, Output output, Subject subject, FeatureText text, int layer, string folder,
        CancellationToken cancellation)
    {
        var (state, options) = (Path.Combine(folder, StateFile), Options(words, subject.Gpt.Config));
        var reads = new FeaturePlace(Activations.Parse(words.GetValue(Read)!), layer);
        FeaturePlace? writes = words.GetValue(Written) is { } written ? new FeaturePlace(Activations.Parse(written), layer) : null;
        using var trainer = new FeatureTrainer(subject.Gpt, reads, writes, text.Windows, options,
            (subject.Path, string.Join(", ", words.GetValue(Data)!), subject.Begin is not null));
        Directory.CreateDirectory(folder);
        if (words.GetValue(Resume) && File.Exists(state))
            trainer.Resume(state);
        var (begun, clock) = (trainer.Step, Stopwatch.StartNew());
        while (trainer.Step < options.Steps && !cancellation.IsCancellationRequested)
        {
            var step = trainer.Next();
            if (step.Step % StepsBetweenLines == 0 || step.Step == options.Steps)
                output.Line(Told(step, options, clock.Elapsed / (step.Step - begun)));
            if (step.Step % words.GetValue(SaveEvery) == 0)
                trainer.Save(state);
        }
        trainer.Save(state);
        if (cancellation.IsCancellationRequested)
            throw new OperationCanceledException($"interrupted at step {trainer.Step}; the same words with --resume go on");
        var seconds = clock.Elapsed.TotalSeconds;
        using var dictionary = trainer.ToDictionary();
        SaeLensFolder.Write(folder, dictionary);
        var measures = FeatureMeasures.Of(subject.Gpt, dictionary, text.Windows, cancellation: cancellation);
        var trained = new TrainedFeatures(Meanings.Of("look features train"), subject.Path, reads.Activation.Name(),
            writes?.Activation.Name(), layer, words.GetValue(Architecture)!, options.Steps, trainer.RowsOfStep, options.Seed, seconds,
            (trainer.Step - begun) * (long)trainer.RowsOfStep / seconds, folder, MeasuredNumbers.Of(measures));
        trained.Measures.Show(output);
        output.Line($"{trained.Steps - begun} steps of {trained.Rows} tokens in {Units.Number(seconds, 0)} s, "
            + $"{Units.Count(trained.TokensPerSecond)} tokens a second; written to {folder}");
        return trained;
    }

    private static FeatureTrainingOptions Options(ParseResult words, GptConfig config) => new()
    {
        Architecture = words.GetValue(Architecture) == "topk" ? FeatureArchitecture.TopK : FeatureArchitecture.JumpRelu,
        Features = words.GetValue(Features) ?? DefaultTimesWidth * config.Width,
        Active = words.GetValue(Active),
        Steps = words.GetValue(Steps),
        Rows = words.GetValue(Rows),
        LearningRate = words.GetValue(Rate),
        DeadAfter = words.GetValue(DeadAfter),
        Seed = words.GetValue(Seed),
    };

    private static string Told(FeatureStep step, FeatureTrainingOptions options, TimeSpan each) =>
        $"step {Units.Count(step.Step)} of {Units.Count(options.Steps)}: {Reports.Percent(1 - step.Loss)} of the variance explained, "
        + $"{Units.Number(step.Active, 1)} features a token, {Units.Count(step.Dead)} dead, "
        + $"{Units.Duration(each * (options.Steps - step.Step))} left";
}

/// <summary>Features that have been learned.</summary>
internal sealed record TrainedFeatures(IReadOnlyDictionary<string, string> Meanings, string Model, string Activation,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Writes, int Layer, string Architecture, int Steps,
    int Rows, ulong Seed, double Seconds, double TokensPerSecond, string Out, MeasuredNumbers Measures);

/// <summary>Features of several layers.</summary>
internal sealed record TrainedLayers(IReadOnlyList<TrainedFeatures> Layers);
