using System.Numerics.Tensors;

namespace Pellucid.Looking.Features;

/// <summary>Rows as the encoder reads them, and the way back for what is written in their place.</summary>
internal sealed class RowNormalization
{
    private const float Epsilon = 1e-5f;

    private readonly float[] _means, _scales; // of each row; none where nothing is done
    private readonly int _width;
    private readonly float _epsilon; // of the divisor

    public RowNormalization(FeatureConfig config, ReadOnlySpan<float> rows)
    {
        (_width, Rows) = (config.Width, rows.ToArray());
        _epsilon = config.Normalization == FeatureNormalization.LayerNorm ? Epsilon : 0;
        var count = config.Normalization is FeatureNormalization.LayerNorm or FeatureNormalization.ConstantNorm
            ? rows.Length / config.Width : 0;
        (_means, _scales) = (new float[count], new float[count]);
        for (var row = 0; row < count; row++)
        {
            var x = Rows.AsSpan(row * _width, _width);
            if (config.Normalization == FeatureNormalization.ConstantNorm)
                _scales[row] = Length(x) / MathF.Sqrt(_width);
            else
            {
                var mean = 0.0;
                foreach (var value in x)
                    mean += value;
                _means[row] = (float)(mean / _width);
                TensorPrimitives.Subtract(x, _means[row], x);
                _scales[row] = Length(x) / MathF.Sqrt(_width - 1);
            }
            TensorPrimitives.Divide(x, DivisorOf(row), x);
        }
    }

    /// <summary>(rows, width).</summary>
    public float[] Rows { get; }

    /// <summary>By what a row was divided.</summary>
    public float DivisorOf(int row) => _scales.Length == 0 ? 1 : _scales[row] + _epsilon;

    /// <summary>By what the way back multiplies a row.</summary>
    public float ScaleOf(int row) => _scales.Length == 0 ? 1 : _scales[row];

    /// <summary>Brings rows of the same width back, the scale without what kept it from 0.</summary>
    public void Undo(float[] written)
    {
        for (var row = 0; row < _scales.Length; row++)
        {
            var y = written.AsSpan(row * _width, _width);
            TensorPrimitives.Multiply(y, _scales[row], y);
            TensorPrimitives.Add(y, _means[row], y);
        }
    }

    private static float Length(ReadOnlySpan<float> x)
    {
        var sum = 0.0;
        foreach (var value in x)
            sum += (double)value * value;
        return (float)Math.Sqrt(sum);
    }
}
