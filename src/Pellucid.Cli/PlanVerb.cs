using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Models;
using Pellucid.Tensors;
using Spectre.Console;

namespace Pellucid.Cli;

/// <summary><c>pellucid model plan</c>.</summary>
internal static class PlanVerb
{
    private static readonly Option<int> Batch = new("--batch") { Description = "Sequences at a time", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> Context =
        new("--context") { Description = "Tokens of a sequence; the model's context if not given" };
    private static readonly Option<string> Weights = CommonOptions.NewWeights();
    private static readonly Option<string> KeyValueType = CommonOptions.NewKeyValueType();

    public static Command Create()
    {
        var plan = new Command("plan", "Tells the memory that a model takes to train, in single precision, and to run.")
        {
            ModelCommand.ModelOrNone, ModelCommand.Preset, Batch, Context, Weights, KeyValueType,
        }.WithExample("pellucid model plan --preset gpt2 --batch 4 --context 256");
        plan.SetAction(Run);
        return plan;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var config = ModelCommand.Shape(words);
        var (batch, context) = (words.GetValue(Batch), words.GetValue(Context) ?? config.Context);
        if (batch < 1 || context < 1)
            throw new ArgumentException($"{(batch < 1 ? "--batch" : "--context")} must be at least 1");
        if (words.GetValue(ModelCommand.Preset) is null && context > config.Context)
            throw new ArgumentException($"--context is {context}, but the model's is {config.Context}");
        var (weights, bytes) = MemoryLimit.WeightsOf(config, CommonOptions.WeightType(words, Weights),
            words.GetValue(ModelCommand.ModelOrNone));
        var keyValues = words.GetValue(KeyValueType)!;
        var plan = MemoryPlan.Of(config, batch, context, CommonOptions.KeyValueType(words, KeyValueType)) with { WeightsToRun = bytes };
        var table = new Table().Border(TableBorder.Minimal).HideHeaders().AddColumns(
            new TableColumn(""), new TableColumn("").RightAligned());
        foreach (var (name, size) in (ReadOnlySpan<(string, long)>)
        [
            ("weights, f32", plan.Weights), ("gradients and moments", plan.Training),
            ($"activations of {batch} × {context} tokens", plan.Activations), ("to train", plan.ToTrain),
            (weights, plan.WeightsToRun), ($"keys and values of {batch} × {context} tokens, {keyValues}", plan.KeyValues),
            ("to run", plan.ToRun),
        ])
            table.AddRow(name, Units.Bytes(size));
        output.People.Write(table);
        output.Json(new PlannedMemory(config.Parameters, config.ActiveParameters, plan.Weights, plan.Training, plan.Activations,
            plan.WeightsToRun, plan.KeyValues, plan.ToTrain, plan.ToRun), Results.Default.PlannedMemory);
        return PellucidCommand.Done;
    }
}

/// <summary>What a model takes, in bytes.</summary>
internal sealed record PlannedMemory(long Parameters, long ActiveParameters, long WeightBytes, long GradientAndMomentBytes,
    long ActivationBytes, long WeightBytesToRun, long KeyValueBytes, long BytesToTrain, long BytesToRun);
