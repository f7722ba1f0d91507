namespace Pellucid.Scaling;

/// <summary>
/// L(N, D) = ((N_c / N)^(α_N / α_D) + D_c / D)^α_D (Kaplan et al. 2020, equation 1.5): no loss that cannot be got below, and N without
/// the tables of tokens and positions.
/// </summary>
/// <param name="Parameters">N_c.</param>
/// <param name="Tokens">D_c.</param>
/// <param name="AlphaN">α_N.</param>
/// <param name="AlphaD">α_D.</param>
public sealed record KaplanLaw(double Parameters, double Tokens, double AlphaN, double AlphaD)
{
    /// <summary>The law as Kaplan et al. (2020) printed it (table 2).</summary>
    public static KaplanLaw Published { get; } = new(6.4e13, 1.8e13, 0.076, 0.103);

    /// <summary>How N* grows with the least budget as they found it (table 6): N* ∝ C^0.73.</summary>
    public const double PublishedExponent = 0.73;

    /// <summary>The expected loss, in nats a token.</summary>
    public double Loss(double parameters, double tokens) =>
        Math.Pow(Math.Pow(Parameters / parameters, AlphaN / AlphaD) + Tokens / tokens, AlphaD);

    /// <summary>Fits a law to runs: squares of ln L, by BFGS from the published one and from straight lines.</summary>
    /// <exception cref="ArgumentException">There are too few runs.</exception>
    public static KaplanLaw Fit(IReadOnlyList<ScalingRun> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count < 5)
            throw new ArgumentException($"a law of four numbers needs at least 5 runs; there are {runs.Count}");
        var (n, d) = (runs.Average(run => Math.Log(run.Parameters)), runs.Average(run => Math.Log(run.Tokens)));
        double Value(ReadOnlySpan<double> p, Span<double> gradient)
        {
            gradient.Clear();
            var (alphaN, alphaD, sum) = (Math.Exp(p[2]), Math.Exp(p[3]), 0.0);
            foreach (var run in runs)
            {
                // u = α_N / α_D (ln N_c − ln N), v = ln D_c − ln D; ln L = α_D ln(exp u + exp v).
                var (x, y) = (p[0] + n - Math.Log(run.Parameters), p[1] + d - Math.Log(run.Tokens));
                var (u, v) = (alphaN / alphaD * x, y);
                var top = Math.Max(u, v);
                var (eu, ev) = (Math.Exp(u - top), Math.Exp(v - top));
                var log = top + Math.Log(eu + ev);
                var residual = alphaD * log - Math.Log(run.Loss);
                var share = eu / (eu + ev);
                sum += residual * residual / 2;
                gradient[0] += residual * alphaN * share;
                gradient[1] += residual * alphaD * (1 - share);
                gradient[2] += residual * alphaN * x * share;
                gradient[3] += residual * alphaD * (log - u * share);
            }
            return sum;
        }
        var best = Starts(n, d)
            .Select(start => (Value: QuasiNewton.Minimise(Value, start, 1e-12), Start: start))
            .MinBy(one => one.Value).Start;
        return new KaplanLaw(Math.Exp(best[0] + n), Math.Exp(best[1] + d), Math.Exp(best[2]), Math.Exp(best[3]));
    }

    private static IEnumerable<double[]> Starts(double n, double d) => from alphaN in (double[])[0.05, 0.1, 0.3]
        from alphaD in (double[])[0.05, 0.1, 0.3]
        from ahead in (double[])[0, 5, 10]
        select new[] { Math.Log(Published.Parameters) - n - 10 + ahead, Math.Log(Published.Tokens) - d - 10 + ahead,
            Math.Log(alphaN), Math.Log(alphaD) };
}
