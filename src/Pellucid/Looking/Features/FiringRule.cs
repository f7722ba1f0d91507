using System.Numerics.Tensors;

namespace Pellucid.Looking.Features;

/// <summary>Which features of a row fire, and how strongly, from what the encoder says.</summary>
internal sealed class FiringRule
{
    private readonly FeatureConfig _config;
    private readonly float[] _norms = [], _thresholds = [], _gateBias = [], _magnitudeBias = [], _magnitudeScale = [];
    private readonly TopOfRow _top;

    public FiringRule(FeatureDictionary dictionary)
    {
        (_config, _top) = (dictionary.Config, new TopOfRow(dictionary.Config.K));
        if (_config.RescalesByDecoderNorm)
            _norms = dictionary.DecoderNorms();
        if (_config.Architecture == FeatureArchitecture.JumpRelu)
            _thresholds = dictionary.Values(FeatureDictionary.Threshold);
        if (_config.Architecture != FeatureArchitecture.Gated)
            return;
        _gateBias = dictionary.Values(FeatureDictionary.GateBias);
        _magnitudeBias = dictionary.Values(FeatureDictionary.MagnitudeBias);
        _magnitudeScale = [.. dictionary.Values(FeatureDictionary.MagnitudeScale).Select(value => (float)Math.Exp(value))];
    }

    /// <summary>In place: from h, of gated ones without any bias, to activations.</summary>
    public void Apply(Span<float> h)
    {
        if (_norms.Length > 0)
            TensorPrimitives.Multiply(h, _norms, h);
        switch (_config.Architecture)
        {
            case FeatureArchitecture.TopK:
                _top.Keep(h);
                break;
            case FeatureArchitecture.JumpRelu:
                for (var feature = 0; feature < h.Length; feature++)
                    h[feature] = h[feature] > _thresholds[feature] ? Math.Max(h[feature], 0) : 0;
                break;
            case FeatureArchitecture.Gated:
                for (var feature = 0; feature < h.Length; feature++)
                    h[feature] = h[feature] + _gateBias[feature] > 0
                        ? Math.Max(h[feature] * _magnitudeScale[feature] + _magnitudeBias[feature], 0) : 0;
                break;
            default:
                TensorPrimitives.Max(h, 0, h);
                break;
        }
    }
}
