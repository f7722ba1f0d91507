using System.Diagnostics;
using System.Globalization;
using Pellucid.Looking.Features;
using Pellucid.Looking.Features.Graphs;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.LongTests;

/// <summary>Poland → Warsaw in the built-in model: transcoders of all layers are learned, and the model judges the graph.</summary>
internal static class AttributionOfTiny
{
    private const int Characters = 20_000_000;

    public static int Run(int steps, int threads)
    {
        using var backend = CpuBackend.Create(threads);
        using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend);
        var tokenizer = Tokenizer.Load(BuiltInModel.Folder);
        var windows = FeaturesOfTiny.Windows(gpt, tokenizer, Characters);
        var start = Stopwatch.GetTimestamp();
        var transcoders = Enumerable.Range(0, gpt.Config.Layers).Select(layer => Learn(gpt, layer, windows, steps)).ToList();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var tracer = new AttributionTracer(gpt, transcoders, tokenizer.Encode("The capital of Poland is"));
        var graph = tracer.Trace(tokenizer.Encode(" Warsaw")[0]);
        var check = AttributionCheck.Of(tracer, graph);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{steps} steps of {gpt.Config.Layers} layers in {seconds:0} s; "
            + $"{100 * graph.ShareOfTokens:0.0} % goes back to tokens, {100 * graph.ShareOfErrors:0.0} % to what features leave unsaid; "
            + $"correlation {check.Correlation:0.000} over {check.Each.Count} features, of ranks {check.RankCorrelation:0.000}, "
            + $"with attention and norms as they were {check.CorrelationHeld:0.000}"));
        transcoders.ForEach(one => one.Dispose());
        return check.Passes ? 0 : 1;
    }

    private static FeatureDictionary Learn(Gpt gpt, int layer, TokenWindows windows, int steps)
    {
        using var trainer = new FeatureTrainer(gpt, new FeaturePlace(Activation.Ln2, layer), new FeaturePlace(Activation.MlpOut, layer),
            windows, new FeatureTrainingOptions
            {
                Architecture = FeatureArchitecture.JumpRelu, Features = 8 * gpt.Config.Width, Active = 100, Steps = steps,
                LearningRate = 3e-3f,
            });
        while (trainer.Step < steps)
            trainer.Next();
        var dictionary = trainer.ToDictionary();
        var measures = FeatureMeasures.Of(gpt, dictionary, windows);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"layer {layer}: {100 * measures.LossRecovered:0.0} % of the loss "
            + $"recovered at an L0 of {measures.Active:0.0}, {100 * measures.ExplainedVariance:0.0} % of the variance explained"));
        return dictionary;
    }
}
