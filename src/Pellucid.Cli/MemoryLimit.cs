using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Cli;

/// <summary>Refuses, before it begins, what cannot fit into this machine's memory, with the numbers of the plan.</summary>
internal static class MemoryLimit
{
    public static readonly Option<bool> Force = new("--force")
    {
        Description = "Begin even what cannot fit into this machine's memory",
    };

    /// <summary>Of training.</summary>
    /// <param name="words">Whether to do it all the same.</param>
    /// <param name="config">The model.</param>
    /// <param name="sequences">Computed at a time.</param>
    /// <param name="context">Tokens of each.</param>
    /// <exception cref="NotSupportedException">It cannot fit.</exception>
    public static void CheckTraining(ParseResult words, GptConfig config, int sequences, int context)
    {
        var plan = MemoryPlan.Of(config, sequences, context);
        Check(words, "training", ("weights", plan.Weights), ("gradients and moments", plan.Training),
            ($"activations of {Units.Count((double)sequences * context)} tokens", plan.Activations));
    }

    /// <summary>Of writing and reading.</summary>
    /// <param name="words">Whether to do it all the same.</param>
    /// <param name="config">The model.</param>
    /// <param name="weights">How weights are stored; as in training if null.</param>
    /// <param name="sequences">Held at a time.</param>
    /// <param name="context">Tokens of each.</param>
    /// <exception cref="NotSupportedException">It cannot fit.</exception>
    public static void CheckRunning(ParseResult words, GptConfig config, ElementType? weights, int sequences, int context)
    {
        var type = weights ?? ElementType.Float32;
        CheckRunning(words, config, $"weights as {type.Name()}", (long)(config.Parameters * type.BitsPerWeight() / 8), sequences, context);
    }

    /// <summary>The same of a model's files, before its weights are read, for one text of a whole context.</summary>
    /// <exception cref="NotSupportedException">It cannot fit.</exception>
    public static void CheckRunning(ParseResult words, string model, ElementType? weights)
    {
        var path = ModelFolder.Resolve(model);
        if (!words.CommandResult.Command.Options.Contains(Force)
            || !(File.Exists(path) || File.Exists(Path.Combine(path, Checkpoint.ConfigFile))))
            return;
        var shape = Checkpoint.LoadConfig(path);
        if (weights == ElementType.Mixed)
            CheckRunning(words, shape, "weights as they are stored", BytesOfWeights(path), 1, shape.Context);
        else
            CheckRunning(words, shape, weights, 1, shape.Context);
    }

    /// <summary>Bytes that a model takes, about: its weights, and one text of a whole context; 0 where its files do not tell.</summary>
    public static long BytesOf(string model, ElementType? weights)
    {
        var path = ModelFolder.Resolve(model);
        if (!(File.Exists(path) || File.Exists(Path.Combine(path, Checkpoint.ConfigFile))))
            return 0;
        var shape = Checkpoint.LoadConfig(path);
        return MemoryPlan.Of(shape, 1, shape.Context).KeyValues + (weights == ElementType.Mixed ? BytesOfWeights(path)
            : (long)(shape.Parameters * (weights ?? ElementType.Float32).BitsPerWeight() / 8));
    }

    /// <summary>Bytes of a model's files of weights.</summary>
    public static long BytesOfWeights(string path) => File.Exists(path) ? FileSize.Of(path)
        : Directory.EnumerateFiles(path, "*.safetensors").Sum(FileSize.Of);

    private static void CheckRunning(ParseResult words, GptConfig config, string weights, long bytes, int sequences, int context) =>
        Check(words, "this model", (weights, bytes), ($"keys and values of {Units.Count((double)sequences * context)} tokens",
            MemoryPlan.Of(config, sequences, context).KeyValues));

    private static void Check(ParseResult words, string what, params (string Name, long Bytes)[] parts)
    {
        var (needed, there) = (parts.Sum(part => part.Bytes), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (needed > there && !words.GetValue(Force))
            throw new NotSupportedException($"{what} needs {Units.Bytes(needed)} of memory ("
                + string.Join(", ", parts.Select(part => $"{part.Name} {Units.Bytes(part.Bytes)}"))
                + $"), and this machine has {Units.Bytes(there)}; --force begins all the same");
    }
}
