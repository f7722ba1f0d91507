using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>One parameter of a model: what it is for, where, and how it begins.</summary>
/// <param name="Role">What it is for.</param>
/// <param name="Layer">Of which layer, counted from 0; −1 for what the model has once.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Form">What it is to matrix multiplication.</param>
/// <param name="Deviation">Standard deviation of the normal distribution that it is drawn from;
/// 0 for one that begins at <paramref name="Start"/>.</param>
/// <param name="Start">What every element of it begins at, where nothing is drawn: 1 for gains, 0 for biases.</param>
public sealed record Parameter(ParameterRole Role, int Layer, Shape Shape, WeightForm Form = WeightForm.None,
    float Deviation = 0, float Start = 0)
{
    // GPT-2's (Radford et al. 2019).
    private const float InitialDeviation = 0.02f;

    /// <summary>Of which of a layer's experts, counted from 0; −1 for what is no expert's.</summary>
    public int Expert { get; init; } = -1;

    /// <summary>What tells it from the model's others.</summary>
    internal (ParameterRole Role, int Layer, int Expert) Place => (Role, Layer, Expert);

    /// <summary>Whether AdamW's weight decay applies to it: matrices yes, biases and gains no.</summary>
    public bool Decays => Shape.Rank > 1;

    /// <summary>All parameters of a shape, in the order in which a forward meets them. Weights are (in, out), tables (tokens, C).</summary>
    public static IEnumerable<Parameter> Of(GptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Enumerate(config);
    }

    private static IEnumerable<Parameter> Enumerate(GptConfig config)
    {
        var C = config.Width;
        yield return Drawn(ParameterRole.TokenTable, -1, new(config.VocabularySize, C), WeightForm.OutIn);
        if (config.LearnedPositions)
            yield return Drawn(ParameterRole.PositionTable, -1, new(config.Context, C), WeightForm.None);
        for (var layer = 0; layer < config.Layers; layer++)
            foreach (var parameter in OfAttention(config, layer).Concat(OfFeedForward(config, layer)))
                yield return parameter;
        if (config.HasFinalNorm)
            foreach (var parameter in OfNorm(config.Norm, ParameterRole.FinalNormGain, -1, C))
                yield return parameter;
        if (!config.TiedOutput)
            yield return Drawn(ParameterRole.OutputTable, -1, new(config.VocabularySize, C), WeightForm.OutIn);
    }

    private static IEnumerable<Parameter> OfAttention(GptConfig config, int layer)
    {
        var (block, C) = (config.Block(layer), config.Width);
        var attention = block.Attention;
        foreach (var parameter in OfLayerNorms(block.Norm, ParameterRole.AttentionNormGain,
            ParameterRole.AttentionOutputNormGain, layer, C))
            yield return parameter;
        yield return Drawn(ParameterRole.AttentionInput, layer, new(C, attention.InputWidth), WeightForm.InOut);
        if (block.AttentionBiases != AttentionBiases.None)
            yield return new(ParameterRole.AttentionInputBias, layer, new(attention.InputWidth));
        if (block.HeadNorm != HeadNorm.None)
            yield return new(ParameterRole.QueryNormGain, layer,
                new(block.HeadNorm == HeadNorm.EachHead ? attention.HeadWidth : attention.QueryWidth), Start: 1);
        if (block.HeadNorm != HeadNorm.None)
            yield return new(ParameterRole.KeyNormGain, layer,
                new(block.HeadNorm == HeadNorm.EachHead ? attention.HeadWidth : attention.KeyValueWidth), Start: 1);
        if (config.Sinks)
            yield return new(ParameterRole.AttentionSinks, layer, new(attention.Heads));
        yield return Drawn(ParameterRole.AttentionOutput, layer, new(attention.QueryWidth, C), WeightForm.InOut, Written(config));
        if (block.AttentionBiases == AttentionBiases.All)
            yield return new(ParameterRole.AttentionOutputBias, layer, new(C));
    }

    private static IEnumerable<Parameter> OfFeedForward(GptConfig config, int layer)
    {
        var (block, C) = (config.Block(layer), config.Width);
        if (block.FeedForward is not { } feedForward)
            yield break;
        foreach (var parameter in OfLayerNorms(block.Norm, ParameterRole.FeedForwardNormGain,
            ParameterRole.FeedForwardOutputNormGain, layer, C))
            yield return parameter;
        if (feedForward.Experts is { } experts)
        {
            // A router is small, and decides: it stays as precise as activations are.
            yield return Drawn(ParameterRole.Router, layer, new(C, experts.Count), WeightForm.None);
            if (feedForward.HasBiases)
                yield return new(ParameterRole.RouterBias, layer, new(experts.Count));
        }
        for (var expert = 0; expert < (feedForward.Experts?.Count ?? 1); expert++)
            foreach (var parameter in OfNeurons(config, feedForward, layer))
                yield return feedForward.Experts is null ? parameter : parameter with { Expert = expert };
    }

    private static IEnumerable<Parameter> OfNeurons(GptConfig config, FeedForwardShape feedForward, int layer)
    {
        var C = config.Width;
        if (feedForward.Gated)
            yield return Drawn(ParameterRole.FeedForwardGate, layer, new(C, feedForward.Width), WeightForm.InOut);
        if (feedForward is { Experts: not null, HasBiases: true })
            yield return new(ParameterRole.FeedForwardGateBias, layer, new(feedForward.Width));
        yield return Drawn(ParameterRole.FeedForwardInput, layer, new(C, feedForward.Width), WeightForm.InOut);
        if (feedForward.HasBiases)
            yield return new(ParameterRole.FeedForwardInputBias, layer, new(feedForward.Width));
        yield return Drawn(ParameterRole.FeedForwardOutput, layer, new(feedForward.Width, C), WeightForm.InOut, Written(config));
        if (feedForward.HasBiases)
            yield return new(ParameterRole.FeedForwardOutputBias, layer, new(C));
    }

    private static IEnumerable<Parameter> OfLayerNorms(NormShape norm, ParameterRole gain, ParameterRole outputGain, int layer, int C)
    {
        if (norm.OfInput || norm is { Exists: true, Place: NormPlace.Stream })
            foreach (var parameter in OfNorm(norm, gain, layer, C))
                yield return parameter;
        if (norm.OfOutput)
            yield return new(outputGain, layer, new(C), Start: 1);
    }

    private static IEnumerable<Parameter> OfNorm(NormShape norm, ParameterRole gain, int layer, int C)
    {
        if (norm.Exists)
            yield return new(gain, layer, new(C), Start: 1);
        if (norm.Exists && norm.HasBias)
            yield return new(gain + 1, layer, new(C)); // a bias follows its gain in the list of roles
    }

    // What is written into the residual stream is added up 2 L times, and begins so much smaller.
    private static float Written(GptConfig config) => InitialDeviation / MathF.Sqrt(2 * config.Layers);

    private static Parameter Drawn(ParameterRole role, int layer, Shape shape, WeightForm form, float deviation = InitialDeviation) =>
        new(role, layer, shape, form, deviation);
}
