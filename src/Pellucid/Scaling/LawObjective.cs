namespace Pellucid.Scaling;

/// <summary>
/// How badly a law fits, as Hoffmann et al. (2022) measure it and Besiroglu et al. (2024) sum it: the Huber loss (δ = 0.001) of
/// ln L, over all runs. The law is in the form ln L = ln(exp(a − α x) + exp(b − β y) + exp(e)), where x and y are ln N and ln D less
/// their means: so what the coefficients do hardly depends on the exponents, and the search is short.
/// </summary>
internal sealed class LawObjective
{
    /// <summary>Where the Huber loss goes from squares to distances.</summary>
    public const double Delta = 1e-3;

    /// <summary>The objective is multiplied by it, so that tolerances mean what they say.</summary>
    public const double Scale = 1e3;

    /// <summary>Numbers that are fit: a, b, e, α, β.</summary>
    public const int Count = 5;

    private readonly double[] _x, _y, _logLoss, _weights;
    private readonly double _meanX, _meanY;

    public LawObjective(IReadOnlyList<ScalingRun> runs)
    {
        _x = [.. runs.Select(run => Math.Log(run.Parameters))];
        _y = [.. runs.Select(run => Math.Log(run.Tokens))];
        _logLoss = [.. runs.Select(run => Math.Log(run.Loss))];
        _weights = new double[runs.Count];
        Array.Fill(_weights, 1);
        (_meanX, _meanY) = (_x.Average(), _y.Average());
        for (var i = 0; i < _x.Length; i++)
            (_x[i], _y[i]) = (_x[i] - _meanX, _y[i] - _meanY);
    }

    /// <summary>How often each run counts: for runs that are drawn anew.</summary>
    public Span<double> Weights => _weights;

    public double Value(ReadOnlySpan<double> p, Span<double> gradient)
    {
        gradient.Clear();
        var (sum, e) = (0.0, p[2]);
        for (var i = 0; i < _x.Length; i++)
        {
            if (_weights[i] == 0)
                continue;
            var (u, v) = (p[0] - p[3] * _x[i], p[1] - p[4] * _y[i]);
            var top = Math.Max(u, Math.Max(v, e));
            var (eu, ev, ee) = (Math.Exp(u - top), Math.Exp(v - top), Math.Exp(e - top));
            var all = eu + ev + ee;
            var residual = top + Math.Log(all) - _logLoss[i];
            var isSquare = Math.Abs(residual) <= Delta;
            sum += _weights[i] * (isSquare ? residual * residual / 2 : Delta * (Math.Abs(residual) - Delta / 2));
            var slope = Scale * _weights[i] * (isSquare ? residual : Delta * Math.Sign(residual)) / all;
            gradient[0] += slope * eu;
            gradient[1] += slope * ev;
            gradient[2] += slope * ee;
            gradient[3] -= slope * eu * _x[i];
            gradient[4] -= slope * ev * _y[i];
        }
        return Scale * sum;
    }

    public ScalingLaw Law(ReadOnlySpan<double> p) =>
        new(Math.Exp(p[2]), Math.Exp(p[0] + p[3] * _meanX), Math.Exp(p[1] + p[4] * _meanY), p[3], p[4]);

    public double[] Point(ScalingLaw law) => [Math.Log(law.A) - law.Alpha * _meanX, Math.Log(law.B) - law.Beta * _meanY,
        Math.Log(law.E), law.Alpha, law.Beta];

    /// <summary>ln of what the law expects over ln of what was, run by run.</summary>
    public static double[] Residuals(ScalingLaw law, IReadOnlyList<ScalingRun> runs) =>
        [.. runs.Select(run => Math.Log(law.Loss(run.Parameters, run.Tokens)) - Math.Log(run.Loss))];

    /// <summary>The objective of a law, unscaled.</summary>
    public static double Of(ScalingLaw law, IReadOnlyList<ScalingRun> runs) => Residuals(law, runs).Sum(residual =>
        Math.Abs(residual) <= Delta ? residual * residual / 2 : Delta * (Math.Abs(residual) - Delta / 2));
}
