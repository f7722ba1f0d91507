using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>A feature that fires at a position.</summary>
/// <param name="Position">Where.</param>
/// <param name="Feature">Which.</param>
/// <param name="Activation">How strongly.</param>
/// <param name="Encoder">What its activation is a product with, of the row that the dictionary reads, (width).</param>
/// <param name="Direction">What it writes at an activation of 1, (C).</param>
/// <param name="Bias">What its activation is where everything that is read is 0.</param>
internal sealed record ActiveFeature(int Position, int Feature, double Activation, float[] Encoder, float[] Direction, double Bias);

/// <summary>
/// What stands for a feed-forward layer on one prompt: the features that fire, what they leave unsaid, and what they always say. Without
/// a transcoder all that the layer says is unsaid.
/// </summary>
internal sealed class FrozenFeatures
{
    private readonly FrozenNorm? _modelNorm;
    private readonly FrozenNorm? _dictionaryNorm;
    private readonly float[]? _skip; // (C, width): out of what is read

    /// <param name="said">What the layer said, (T, C).</param>
    public FrozenFeatures(float[] said) => (Errors, Constant, Active) = (said, new float[0], []);

    /// <param name="dictionary">A transcoder of the layer.</param>
    /// <param name="read">What it reads, (T, width).</param>
    /// <param name="said">What the layer said, (T, C).</param>
    /// <param name="norm">The normalisation between the stream and what it reads; null where it reads the stream.</param>
    public FrozenFeatures(FeatureDictionary dictionary, float[] read, float[] said, FrozenNorm? norm)
    {
        var (config, positions) = (dictionary.Config, read.Length / dictionary.Config.Width);
        (_modelNorm, _dictionaryNorm) = (norm, FrozenNorm.OfDictionary(config, read));
        Constant = dictionary.Values(FeatureDictionary.DecoderBias);
        _skip = config.HasSkip ? dictionary.Values(FeatureDictionary.Skip) : null;
        var reading = dictionary.Read(read);
        Errors = new float[said.Length];
        TensorPrimitives.Subtract(said, reading.Reconstruction, Errors);
        var (encoder, bias) = (dictionary.Values(FeatureDictionary.Encoder), dictionary.Values(FeatureDictionary.EncoderBias));
        var decoder = dictionary.Values(FeatureDictionary.Decoder);
        var (S, C) = (config.Features, config.OutputWidth);
        Active = [.. from position in Enumerable.Range(0, positions)
                     from feature in Enumerable.Range(0, S)
                     let activation = reading.Activations[position * S + feature]
                     where activation > 0
                     select new ActiveFeature(position, feature, activation,
                         [.. Enumerable.Range(0, config.Width).Select(i => encoder[i * S + feature])],
                         decoder.AsSpan(feature * C, C).ToArray(), bias[feature])];
    }

    /// <summary>Features that fire, by position and number.</summary>
    public IReadOnlyList<ActiveFeature> Active { get; }

    /// <summary>(T, C): what the layer said and features do not.</summary>
    public float[] Errors { get; }

    /// <summary>(C): what is written whatever fires; empty where nothing is.</summary>
    public float[] Constant { get; }

    /// <summary>Adds the gradient of a feature's activation, times a factor, to one of the stream at its position, (C).</summary>
    /// <returns>What of the activation no row of the stream has made, times the factor.</returns>
    public double Seed(ActiveFeature feature, double factor, Span<float> gradient)
    {
        var own = new float[feature.Encoder.Length];
        TensorPrimitives.Multiply(feature.Encoder, (float)factor, own);
        var constant = feature.Bias * factor + _dictionaryNorm!.Back(own, feature.Position);
        constant += _modelNorm?.Back(own, feature.Position) ?? 0;
        TensorPrimitives.Add(gradient, own, gradient);
        return constant;
    }

    /// <summary>Takes a gradient of the stream behind the layer, (C), to before it, past all features: where a linear map of what is
    /// read is written, there is more than the stream itself.</summary>
    /// <returns>What is written whatever is read.</returns>
    public double Back(Span<float> gradient, int position)
    {
        double constant = Constant.Length == 0 ? 0 : TensorPrimitives.Dot<float>(gradient, Constant);
        if (_skip is null)
            return constant;
        var own = Weights.Multiply(gradient, _skip, _skip.Length / gradient.Length);
        constant += _modelNorm?.Back(own, position) ?? 0;
        TensorPrimitives.Add(gradient, own, gradient);
        return constant;
    }
}
