using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Models.Weights.Gguf;
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
    public static void CheckRunning(ParseResult words, GptConfig config, ElementType? weights, int sequences, int context) =>
        CheckRunning(words, config, WeightsOf(config, weights, null), sequences, context);

    /// <summary>The same of a model's files, before its weights are read, for one text of a whole context.</summary>
    /// <exception cref="NotSupportedException">It cannot fit.</exception>
    public static void CheckRunning(ParseResult words, string model, ElementType? weights)
    {
        if (words.CommandResult.Command.Options.Contains(Force) && ShapeOf(model) is { } shape)
            CheckRunning(words, shape, WeightsOf(shape, weights, model), 1, CommonOptions.ContextOf(words) ?? shape.Context);
    }

    /// <summary>Bytes that a model takes, about: its weights, and one text of a context, its own if not given; 0 where its files do
    /// not tell.</summary>
    public static long BytesOf(string model, ElementType? weights, int? context = null) => ShapeOf(model) is not { } shape ? 0
        : MemoryPlan.Of(shape, 1, context ?? shape.Context).KeyValues + WeightsOf(shape, weights, model).Bytes;

    /// <summary>Bytes of a model's weights, about; 0 where its files do not tell.</summary>
    public static long WeightBytesOf(string model, ElementType? weights) =>
        ShapeOf(model) is { } shape ? WeightsOf(shape, weights, model).Bytes : 0;

    /// <summary>Texts of a whole context, the model's own if not given, whose keys and values fit into this machine's memory beside other
    /// bytes: one at least, and so many at most; as many where a model's files do not tell.</summary>
    public static int TextsBeside(long bytes, string model, ElementType keyValues, int? context, int most) =>
        ShapeOf(model) is not { } shape ? most : (int)Math.Clamp((GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - bytes)
            / MemoryPlan.Of(shape, 1, context ?? shape.Context, keyValues).KeyValues, 1, most);

    /// <summary>How weights lie in memory where a model only computes, and their bytes.</summary>
    /// <param name="config">The model.</param>
    /// <param name="weights">How weights are stored; as in training if null, or where there are no files to store them as.</param>
    /// <param name="model">Whose files there are; null if none.</param>
    public static (string Name, long Bytes) WeightsOf(GptConfig config, ElementType? weights, string? model)
    {
        if (weights == ElementType.Mixed && model is not null)
            return ("weights as they are stored", BytesStored(model));
        var type = weights is null or ElementType.Mixed ? ElementType.Float32 : weights.Value;
        return ($"weights as {type.Name()}", (long)(config.Parameters * type.BitsPerWeight() / 8));
    }

    // The shape that a model's files tell, if they do.
    private static GptConfig? ShapeOf(string model)
    {
        var path = ModelFolder.Resolve(model);
        return File.Exists(path) || File.Exists(Path.Combine(path, Checkpoint.ConfigFile)) ? Checkpoint.LoadConfig(path) : null;
    }

    // Bytes of a model's files of weights, and of those of its adapter.
    private static long BytesStored(string model)
    {
        if (ModelFolder.Parts(model) is { } parts)
            return BytesStored(parts.Base) + BytesStored(parts.Adapter);
        var path = ModelFolder.Resolve(model);
        if (!GgufReader.IsGguf(path))
            return Directory.EnumerateFiles(path, "*.safetensors").Sum(FileSize.Of);
        using var reader = new GgufReader(path); // of one file or several
        return reader.Tensors.Sum(tensor => tensor.Bytes);
    }

    private static void CheckRunning(ParseResult words, GptConfig config, (string, long) weights, int sequences, int context) =>
        Check(words, "this model", weights, ($"keys and values of {Units.Count((double)sequences * context)} tokens",
            MemoryPlan.Of(config, sequences, context).KeyValues));

    private static string Fewer(ParseResult words) =>
        words.CommandResult.Command.Options.Contains(CommonOptions.Context) ? "--context takes fewer tokens, " : "";

    private static void Check(ParseResult words, string what, params (string Name, long Bytes)[] parts)
    {
        var (needed, there) = (parts.Sum(part => part.Bytes), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (needed > there && !words.GetValue(Force))
            throw new NotSupportedException($"{what} needs {Units.Bytes(needed)} of memory ("
                + string.Join(", ", parts.Select(part => $"{part.Name} {Units.Bytes(part.Bytes)}"))
                + $"), and this machine has {Units.Bytes(there)}; {Fewer(words)}--force begins all the same");
    }
}
