using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>How finely the residual stream is cut into what was added to it.</summary>
public enum Parts
{
    /// <summary>Attention and feed-forward of each layer.</summary>
    Layers,

    /// <summary>Each head, and the feed-forward layers whole.</summary>
    Heads,

    /// <summary>Each head and each neuron.</summary>
    Neurons,
}

/// <summary>One thing that was added to the residual stream.</summary>
/// <param name="Name">Such as <c>embedding</c>, <c>head 9.6</c>, <c>mlp 3</c>, <c>neuron 3.1024</c>, <c>bias of attention 9</c>.</param>
/// <param name="Layer">0-based; −1 for the embedding.</param>
/// <param name="Head">The head, where it is one; else −1.</param>
/// <param name="Vector">What was added, (C).</param>
public sealed record ResidualPart(string Name, int Layer, int Head, float[] Vector);

/// <summary>
/// The residual stream at one position as the sum it is (Elhage et al. 2021): token and position vectors, every head's
/// z · W_O, biases, and every neuron's activation times its output row. The parts add up to the stream, to rounding. Where what a
/// layer says is normalised before it joins the stream, or scaled, so are its parts, by what the whole was divided by. A model that
/// normalises the stream itself after every layer has no such sum, and is refused.
/// </summary>
public static class ResidualDecomposition
{
    /// <summary>Whether an activation must be in the cache for <see cref="Of"/>.</summary>
    public static bool Needs(Activation activation, int layer, Parts parts) => activation switch
    {
        Activation.ResidPre => layer == 0,
        Activation.AttnOut => parts == Parts.Layers,
        Activation.Z => parts != Parts.Layers,
        Activation.MlpOut => parts != Parts.Neurons,
        Activation.MlpPost => parts == Parts.Neurons,
        _ => false,
    };

    /// <summary>The parts of the stream at one position before block <paramref name="untilLayer"/>;
    /// at the end when it is the number of layers.</summary>
    /// <exception cref="ArgumentException">The model normalises the stream after every layer.</exception>
    public static IReadOnlyList<ResidualPart> Of(Gpt gpt, ActivationCache cache, int prompt, int position, Parts parts, int untilLayer)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(cache);
        return Cut(new Weights(gpt), cache, prompt, position, parts, untilLayer);
    }

    internal static IReadOnlyList<ResidualPart> Cut(Weights weights, ActivationCache cache, int prompt,
        int position, Parts parts, int untilLayer)
    {
        var config = weights.Config;
        Weights.RequireAdding(config, "a decomposition of it");
        if (parts == Parts.Neurons && config.FeedForwardWidth > 0)
            ActivationCache.RequirePlace(config, Activation.MlpPost, 0);
        float[] Row(Activation activation, int layer) => cache.Row(activation, layer, prompt, position);
        var result = new List<ResidualPart> { new("embedding", -1, -1, Row(Activation.ResidPre, 0)) };
        for (var layer = 0; layer < untilLayer; layer++)
        {
            if (parts == Parts.Layers)
                result.Add(new($"attention {layer}", layer, -1, Row(Activation.AttnOut, layer)));
            else
                result.AddRange(Heads(weights, layer, Row(Activation.Z, layer)));
            if (config.FeedForwardWidth == 0)
                continue;
            if (parts == Parts.Neurons)
                AddNeurons(weights, layer, Row(Activation.MlpPost, layer), result);
            else
                result.Add(new($"mlp {layer}", layer, -1, Row(Activation.MlpOut, layer)));
        }
        return result;
    }

    /// <summary>What heads of a layer add to the stream, one after another, and the bias of what they write, where there is one.</summary>
    internal static List<ResidualPart> Heads(Weights weights, int layer, float[] z)
    {
        var (C, D, parts) = (weights.Config.Width, weights.Config.HeadWidth, new List<ResidualPart>());
        for (var head = 0; head < weights.Config.Heads; head++)
            parts.Add(new($"head {layer}.{head}", layer, head, Weights.Multiply(z.AsSpan(head * D, D), weights.Output(layer, head), C)));
        if (weights.OutputBias(layer) is { } bias)
            parts.Add(new($"bias of attention {layer}", layer, -1, bias));
        Join(weights, ParameterRole.AttentionOutputNormGain, layer, parts, 0);
        return parts;
    }

    private static void AddNeurons(Weights weights, int layer, float[] post, List<ResidualPart> parts)
    {
        var (C, first) = (weights.Config.Width, parts.Count);
        for (var neuron = 0; neuron < post.Length; neuron++)
        {
            var vector = new float[C];
            TensorPrimitives.Multiply(weights.Neuron(layer, neuron), post[neuron], vector);
            parts.Add(new($"neuron {layer}.{neuron}", layer, -1, vector));
        }
        if (weights.NeuronsBias(layer) is { } bias)
            parts.Add(new($"bias of mlp {layer}", layer, -1, bias));
        Join(weights, ParameterRole.FeedForwardOutputNormGain, layer, parts, first);
    }

    // From a layer's first part on.
    private static void Join(Weights weights, ParameterRole gain, int layer, List<ResidualPart> parts, int first)
    {
        if (weights.Joining(gain, layer, parts.Skip(first).Select(part => part.Vector)) is not { } factors)
            return;
        for (var i = first; i < parts.Count; i++)
        {
            var vector = new float[factors.Length];
            TensorPrimitives.Multiply(parts[i].Vector, factors, vector);
            parts[i] = parts[i] with { Vector = vector };
        }
    }
}
