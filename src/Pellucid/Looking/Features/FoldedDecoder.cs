using System.Numerics.Tensors;

namespace Pellucid.Looking.Features;

/// <summary>The same dictionary in other units: what a feature writes is made longer as its activation is made smaller.</summary>
internal static class FoldedDecoder
{
    /// <summary>
    /// Directions of length 1, so that activations are lengths of what is written: SAELens's <c>fold_W_dec_norm</c>. What is
    /// reconstructed stays as it is.
    /// </summary>
    /// <exception cref="NotSupportedException">Features compete by what they read, and others would win.</exception>
    public static void Fold(FeatureDictionary dictionary)
    {
        if (dictionary.Config is { Architecture: FeatureArchitecture.TopK, RescalesByDecoderNorm: false })
            throw new NotSupportedException("of top-k features the largest are kept as they are read: in other units others would be");
        Rescale(dictionary, dictionary.DecoderNorms());
    }

    /// <summary>Activations times a factor each, and directions divided by it.</summary>
    internal static void Rescale(FeatureDictionary dictionary, float[] factors)
    {
        var (S, width) = (dictionary.Config.Features, dictionary.Config.OutputWidth);
        var (encoder, decoder) = (dictionary.Values(FeatureDictionary.Encoder), dictionary.Values(FeatureDictionary.Decoder));
        for (var row = 0; row < dictionary.Config.Width; row++)
            TensorPrimitives.Multiply(encoder.AsSpan(row * S, S), factors, encoder.AsSpan(row * S, S));
        for (var feature = 0; feature < S; feature++)
            TensorPrimitives.Divide(decoder.AsSpan(feature * width, width), factors[feature], decoder.AsSpan(feature * width, width));
        dictionary.Set(FeatureDictionary.Encoder, encoder);
        dictionary.Set(FeatureDictionary.Decoder, decoder);
        string[] perFeature = dictionary.Config.Architecture switch
        {
            FeatureArchitecture.Gated => [FeatureDictionary.GateBias, FeatureDictionary.MagnitudeBias],
            FeatureArchitecture.JumpRelu => [FeatureDictionary.EncoderBias, FeatureDictionary.Threshold],
            _ => [FeatureDictionary.EncoderBias],
        };
        foreach (var name in perFeature)
        {
            var values = dictionary.Values(name);
            TensorPrimitives.Multiply(values, factors, values);
            dictionary.Set(name, values);
        }
    }
}
