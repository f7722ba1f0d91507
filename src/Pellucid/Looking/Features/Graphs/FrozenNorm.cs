using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>
/// A normalisation of some rows that divides each by what it divided it by: (x − mean) / deviation · gain + bias, which is linear in x.
/// </summary>
internal sealed class FrozenNorm
{
    private readonly bool _takesMeansOff;
    private readonly double[] _deviations; // of each row; none where it divides by 1
    private readonly float[]? _gain, _bias;

    private FrozenNorm(bool takesMeansOff, double[] deviations, float[]? gain, float[]? bias) =>
        (_takesMeansOff, _deviations, _gain, _bias) = (takesMeansOff, deviations, gain, bias);

    /// <summary>One of the model's own: the gain and the bias of these roles, over rows (rows, C) of the stream.</summary>
    public static FrozenNorm OfModel(Weights weights, ParameterRole gain, ParameterRole bias, int layer, float[] rows)
    {
        var (width, config) = (weights.Config.Width, weights.Config);
        if (!(layer < 0 ? config.HasFinalNorm : config.Norm.OfInput))
            return new FrozenNorm(false, [], null, null);
        return new FrozenNorm(config.Norm.Kind == NormKind.LayerNorm,
            [.. Enumerable.Range(0, rows.Length / width).Select(row => weights.Deviation(rows.AsSpan(row * width, width)))],
            weights.Find(gain, layer), weights.Find(bias, layer));
    }

    /// <summary>What a dictionary does with rows (rows, width) before its encoder reads them.</summary>
    public static FrozenNorm OfDictionary(FeatureConfig config, float[] rows)
    {
        if (config.Normalization is not (FeatureNormalization.LayerNorm or FeatureNormalization.ConstantNorm))
            return new FrozenNorm(false, [], null, null);
        var normalization = new RowNormalization(config, rows);
        return new FrozenNorm(config.Normalization == FeatureNormalization.LayerNorm,
            [.. Enumerable.Range(0, rows.Length / config.Width).Select(row => (double)normalization.DivisorOf(row))], null, null);
    }

    /// <summary>Takes a change of a row, (width), to the change of what it is made to, in place.</summary>
    public void Apply(Span<float> change, int row)
    {
        if (_takesMeansOff)
            TensorPrimitives.Subtract(change, TensorPrimitives.Sum<float>(change) / change.Length, change);
        if (_deviations.Length > 0)
            TensorPrimitives.Divide(change, (float)_deviations[row], change);
        if (_gain is not null)
            TensorPrimitives.Multiply(change, _gain, change);
    }

    /// <summary>Takes a gradient of what a row is made to, (width), back to the row itself, in place.</summary>
    /// <returns>What the bias adds to what the gradient is of.</returns>
    public double Back(Span<float> gradient, int row)
    {
        var constant = _bias is null ? 0 : TensorPrimitives.Dot<float>(gradient, _bias);
        if (_gain is not null)
            TensorPrimitives.Multiply(gradient, _gain, gradient);
        if (_takesMeansOff)
            TensorPrimitives.Subtract(gradient, TensorPrimitives.Sum<float>(gradient) / gradient.Length, gradient);
        if (_deviations.Length > 0)
            TensorPrimitives.Divide(gradient, (float)_deviations[row], gradient);
        return constant;
    }
}
