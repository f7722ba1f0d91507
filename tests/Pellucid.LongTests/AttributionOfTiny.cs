using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Pellucid.Looking;
using Pellucid.Looking.Features;
using Pellucid.Looking.Features.Graphs;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;
using Pellucid.Words;

namespace Pellucid.LongTests;

/// <summary>Poland → Warsaw in the built-in model: transcoders of all layers are learned, and the model judges the graph.</summary>
internal static class AttributionOfTiny
{
    private const int Characters = 20_000_000;

    private const double Tenth = 0.1;

    public static int Run(int steps, int threads, string? folder)
    {
        using var backend = CpuBackend.Create(threads);
        using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend);
        var tokenizer = Tokenizer.Load(BuiltInModel.Folder);
        var start = Stopwatch.GetTimestamp();
        var windows = folder is null ? FeaturesOfTiny.Windows(gpt, tokenizer, Characters) : null;
        var transcoders = Enumerable.Range(0, gpt.Config.Layers).Select(layer => windows is null
            ? SaeLensFolder.Read(Path.Combine(folder!, $"layer-{layer}"), backend) : Learn(gpt, layer, windows, steps)).ToList();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var tracer = new AttributionTracer(gpt, transcoders, tokenizer.Encode("The capital of Poland is"));
        var graph = tracer.Trace(tokenizer.Encode(" Warsaw")[0]);
        var check = AttributionCheck.Of(tracer, graph);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{folder ?? $"{steps} steps of {gpt.Config.Layers} layers"} in {seconds:0} s; "
            + $"{100 * graph.ShareOfTokens:0.0} % goes back to tokens, "
            + $"{100 * graph.ShareOfErrors:0.0} % to what features leave unsaid; "
            + $"correlation {check.Correlation:0.000} over {check.Each.Count} features, of ranks {check.RankCorrelation:0.000}, "
            + $"with attention and norms as they were {check.CorrelationHeld:0.000}"));
        foreach (var share in (double[])[1, Tenth])
        {
            var (free, unscaled) = Apart(gpt, transcoders, graph, [.. check.Each.Select(one => graph.Nodes[one.Nodes[0]])], share);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{share:0.0} of what each writes taken away, nothing held: "
                + $"correlation {free:0.000}; the same forwards, the last normalisation dividing by what it divided by: {unscaled:0.000}"));
        }
        transcoders.ForEach(one => one.Dispose());
        return check.Passes ? 0 : 1;
    }

    // Correlations of what the graph predicts with what the answer changes by, and with that of the stream that it is read from.
    private static (double Free, double Unscaled) Apart(Gpt gpt, IReadOnlyList<FeatureDictionary> transcoders, AttributionGraph graph,
        IReadOnlyList<AttributionNode> features, double share)
    {
        var (T, C, L, prompts) = (graph.Tokens.Count, gpt.Config.Width, gpt.Config.Layers, new Prompts([[.. graph.Tokens]]));
        using var frozen = new FrozenModel(gpt, prompts[0], transcoders);
        using var arena = new Arena(gpt.Backend);
        var direction = AnswerDirection.Of(gpt, graph.Right, graph.Wrong);
        using var before = Record([]);
        var norm = FrozenNorm.OfModel(new Weights(gpt), ParameterRole.FinalNormGain, ParameterRole.FinalNormBias, -1,
            [.. Enumerable.Range(0, T).SelectMany(at => before.Row(Activation.ResidPost, L - 1, 0, at))]);
        var (free, unscaled) = (new List<double>(), new List<double>());
        foreach (var node in features)
        {
            var feature = frozen.Features[node.Layer]!.Active.First(one => (one.Position, one.Feature) == (node.Position, node.Feature));
            var rows = new float[T * C];
            TensorPrimitives.Multiply(feature.Direction, (float)(-share * feature.Activation), rows.AsSpan(node.Position * C, C));
            arena.Reset();
            var source = arena.Allocate(new Shape(T, C));
            gpt.Backend.Write(rows, source);
            using var after = Record([new TapEdit(Activation.MlpOut, node.Layer, EditOperation.Add, source)]);
            free.Add(Changed(Activation.LnFinal, L, after, null));
            unscaled.Add(Changed(Activation.ResidPost, L - 1, after, norm));
        }
        var predicted = features.Select(node => -node.Effect).ToArray();
        return (SimilarityScore.Correlation(predicted, [.. free]), SimilarityScore.Correlation(predicted, [.. unscaled]));

        ActivationCache Record(TapEdit[] edits) => ActivationCache.Record(gpt, prompts, (activation, layer) =>
            activation == Activation.LnFinal || (activation == Activation.ResidPost && layer == L - 1), edits);

        double Changed(Activation activation, int layer, ActivationCache after, FrozenNorm? divisor)
        {
            var (was, now) = (before.Row(activation, layer, 0, T - 1), after.Row(activation, layer, 0, T - 1));
            TensorPrimitives.Subtract(now, was, now);
            divisor?.Apply(now, T - 1);
            return TensorPrimitives.Dot<float>(now, direction);
        }
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
