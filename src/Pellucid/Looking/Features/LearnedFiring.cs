namespace Pellucid.Looking.Features;

/// <summary>Which features of a row fire while features are learned, and how gradients flow back through that.</summary>
internal abstract class LearnedFiring
{
    /// <summary>Activations of a row from what the encoder says; f is zeros before.</summary>
    public abstract void Fire(ReadOnlySpan<float> h, Span<float> f);

    /// <summary>A row's gradient of activations becomes one of what the encoder says.</summary>
    public abstract void Backward(ReadOnlySpan<float> h, ReadOnlySpan<float> f, Span<float> gradient);
}

/// <summary>The k largest above 0 (Gao et al. 2024, section 2.3).</summary>
internal sealed class TopKFiring(int count) : LearnedFiring
{
    private readonly TopOfRow _top = new(count);

    public override void Fire(ReadOnlySpan<float> h, Span<float> f)
    {
        foreach (var feature in _top.Find(h))
            f[feature] = h[feature];
    }

    public override void Backward(ReadOnlySpan<float> h, ReadOnlySpan<float> f, Span<float> gradient)
    {
        for (var feature = 0; feature < f.Length; feature++)
            if (!(f[feature] > 0))
                gradient[feature] = 0;
    }
}

/// <summary>
/// Above a threshold of the feature's own (Rajamanoharan et al. 2024, JumpReLU): the threshold learns by the straight-through
/// estimator with a rectangle for a kernel (equations 11 and 12), the penalty is λ (L0 / target − 1)² (their appendix on
/// training to a given L0). Features that are dead are drawn to fire by λ_P max(θ − h, 0) (Anthropic, Circuits Updates, January 2025).
/// </summary>
internal sealed class JumpReluFiring : LearnedFiring
{
    public const float FirstThreshold = 0.5f, Bandwidth = 0.2f;
    private const double Penalty = 1, Revival = 1e-3;

    private readonly float[] _thresholds;
    private readonly double[] _gradient;
    private readonly bool[] _dead;
    private readonly double _target;
    private readonly int _rows;
    private double _fired;

    /// <param name="thresholds">Of each feature, above 0.</param>
    /// <param name="dead">Which features have not fired for long.</param>
    /// <param name="target">Features that are to fire on a row.</param>
    /// <param name="rows">Rows of the step.</param>
    public JumpReluFiring(float[] thresholds, bool[] dead, int target, int rows)
    {
        (_thresholds, _dead, _target, _rows) = (thresholds, dead, target, rows);
        _gradient = new double[thresholds.Length];
    }

    /// <summary>The penalty on the step's rows, after all of them have fired.</summary>
    public double SparsityLoss => Penalty * Math.Pow(_fired / _rows / _target - 1, 2);

    /// <summary>Of thresholds, after all rows.</summary>
    public float[] ThresholdGradient => [.. _gradient.Select(value => (float)value)];

    public override void Fire(ReadOnlySpan<float> h, Span<float> f)
    {
        for (var feature = 0; feature < h.Length; feature++)
            if (h[feature] > _thresholds[feature])
            {
                f[feature] = h[feature];
                _fired++;
            }
    }

    public override void Backward(ReadOnlySpan<float> h, ReadOnlySpan<float> f, Span<float> gradient)
    {
        var perFiring = 2 * Penalty * (_fired / _rows / _target - 1) / _target / _rows;
        for (var feature = 0; feature < h.Length; feature++)
        {
            var (beyond, threshold) = (h[feature] - _thresholds[feature], _thresholds[feature]);
            if (Math.Abs(beyond) < Bandwidth / 2)
                _gradient[feature] -= (threshold * gradient[feature] + perFiring) / Bandwidth;
            if (beyond <= 0)
                gradient[feature] = _dead[feature] ? (float)(-Revival / _rows) : 0;
            if (_dead[feature] && beyond <= 0)
                _gradient[feature] += Revival / _rows;
        }
    }
}
