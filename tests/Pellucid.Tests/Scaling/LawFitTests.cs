using Pellucid.Files;
using Pellucid.Scaling;
using Pellucid.Tensors;

namespace Pellucid.Tests.Scaling;

/// <summary>The law of losses, against published fits, finite differences, and laws that are known.</summary>
public sealed class LawFitTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    /// <summary>The 240 points of figure 4 of Hoffmann et al. (2022) that Besiroglu et al. (2024) fit.</summary>
    internal static IReadOnlyList<ScalingRun> Chinchilla(int dropped = 5) =>
        [.. SeparatedValues.ReadTable(SharedData.Path("scaling/chinchilla-points/svg_extracted_data.csv"), ["Model Size"])
            .Select(row => (N: Number(row["Model Size"]), C: Number(row["Training FLOP"]), L: Number(row["loss"])))
            .OrderByDescending(row => row.L).Skip(dropped).Select(row => new ScalingRun(row.N, row.C / 6 / row.N, row.L))];

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void Of_the_points_of_Chinchilla_comes_the_law_that_Besiroglu_et_al_found()
    {
        var fit = LawFit.Of(Chinchilla(), bootstrap: 400, cancellation: Ended);
        Assert.Equal(1.0182740178e-3, fit.Objective, 1e-9);
        Near(477.8259, fit.Law.A, 1e-5);
        Near(2143.4174, fit.Law.B, 1e-5);
        Near(1.81721810, fit.Law.E, 1e-7);
        Near(0.34731050, fit.Law.Alpha, 1e-7);
        Near(0.36717243, fit.Law.Beta, 1e-7);
        Near(0.36717243 / (0.34731050 + 0.36717243), fit.Exponent.Value, 1e-7);
        // Their 4,000 resamples: a 0.513 with standard error 0.020; E from 1.769 to 1.871; alpha from 0.317 to 0.373.
        var (e, alpha) = (fit.Of(law => law.E), fit.Of(law => law.Alpha));
        Assert.InRange((fit.Exponent.High - fit.Exponent.Low) / 3.92, 0.013, 0.026);
        Assert.InRange(e.Low, 1.75, 1.79);
        Assert.InRange(e.High, 1.85, 1.89);
        Assert.InRange(alpha.Low, 0.305, 0.33);
        Assert.InRange(alpha.High, 0.36, 0.39);
    }

    [Fact]
    public void Five_points_more_move_the_exponent_by_a_twentieth()
    {
        var law = LawFit.Of(Chinchilla(dropped: 0), bootstrap: 0, cancellation: Ended).Law;
        Near(495.7, law.A, 1e-3);
        Near(12846, law.B, 1e-3);
        Near(1.8913, law.E, 1e-4);
        Near(0.3493, law.Alpha, 2e-4);
        Near(0.4530, law.Beta, 2e-4);
        Near(0.5646, law.Exponent, 2e-4);
    }

    // What McLeish et al. (2025) publish for their Gemstones with the same loss and the same delta.
    [Theory]
    [InlineData("cool_end", 1.9640865e-3, 0.3002728, 0.5802411, 0.7297863, 5e-4)]
    [InlineData("hot_sampled_like_chinchilla", 2.173794e-4, 0.2751061, 0.4580954, 0.7095285, 5e-3)] // a flat valley
    [InlineData("slim_chinchilla", 1.204363e-4, 0.2137761, 0.5260073, 0.4684500, 3e-3)]
    public void Of_the_Gemstones_comes_their_published_law(string table, double objective, double alpha, double beta, double logE,
        double near)
    {
        var runs = RunTable.Read(SharedData.Path($"scaling/gemstones/wandb_df_for_fitting_{table}.jsonl"),
            new RunColumns(Parameters: "params_active_precise", Loss: "final_loss"), []);
        var fit = LawFit.Of(runs, bootstrap: 0, cancellation: Ended);
        Assert.InRange(fit.Objective, 0.999 * objective, objective * (1 + 1e-5)); // as low as theirs, or lower
        Near(alpha, fit.Law.Alpha, near);
        Near(beta, fit.Law.Beta, near);
        Near(logE, Math.Log(fit.Law.E), near);
    }

    // Gadre et al. (2024): of 104 models that were trained for a twentieth to thirty-two times as long as is best, reducible loss falls
    // by one power of size and of length, which is 2η in their tables.
    [Theory]
    [InlineData("c4_original", 34, 0.121)]
    [InlineData("rpj", 35, 0.136)]
    [InlineData("rw_original", 35, 0.127)]
    public void Models_that_are_trained_for_longer_than_is_best_follow_one_power(string dataset, int count, double eta)
    {
        var runs = RunTable.Read(SharedData.Path("scaling/overtraining-104/models.csv"),
            new RunColumns(Parameters: "params", Loss: "loss:c4_val"), [("dataset", dataset)]);
        Assert.Equal(count, runs.Count);
        var law = LawFit.Of(runs, bootstrap: 0, cancellation: Ended).Law;
        Assert.Equal(2 * eta, (law.Alpha + law.Beta) / 2, 0.02);
        Assert.InRange(LawObjective.Residuals(law, runs).Select(Math.Abs).Order().ElementAt(count / 2), 0, 0.02);
    }

    [Fact]
    public void Published_constants_fit_the_same_points_as_badly_as_was_found()
    {
        var runs = Chinchilla();
        Assert.Equal(4.1210e-3, LawObjective.Of(ScalingLaw.Hoffmann, runs), 1e-7);
        Assert.Equal(0.0167, LawObjective.Residuals(ScalingLaw.Hoffmann, runs).Average(), 1e-4);
        Assert.Equal(1.2312e-3, LawObjective.Of(ScalingLaw.HoffmannUnrounded, runs), 1e-7);
    }

    [Theory]
    [InlineData(1e18, 25.9)]
    [InlineData(1e20, 22.8)]
    [InlineData(1e22, 20.1)]
    [InlineData(3.14e23, 18.2)]
    [InlineData(5.76e23, 17.9)]
    [InlineData(3.8e25, 16.0)]
    public void Tokens_per_parameter_at_the_optimum(double flop, double ratio) =>
        Assert.Equal(ratio, ScalingLaw.Besiroglu.Optimum(flop).TokensPerParameter, 0.051);

    [Fact]
    public void The_optimum_has_the_lowest_loss_of_its_budget_and_the_published_size()
    {
        var law = ScalingLaw.Besiroglu;
        var best = law.Optimum(3.14e23);
        Near(53.6e9, best.Parameters, 2e-3);
        Near(977e9, best.Tokens, 2e-3);
        Near(1.992, best.Loss, 3e-4);
        foreach (var other in (double[])[0.9, 0.99, 1.01, 1.1])
            Assert.True(law.Loss(best.Parameters * other, best.Tokens / other) > best.Loss);
        Assert.Equal(58.9, ScalingLaw.HoffmannUnrounded.Optimum(5.76e23).TokensPerParameter, 0.05); // against their own 20
        Assert.True(law.Loss(70e9, 1.4e12) < law.Loss(280e9, 300e9)); // Chinchilla below Gopher
    }

    [Theory]
    [InlineData(124e6, 10e9, 3.012)]
    [InlineData(1.5e9, 40e9, 2.402)]
    [InlineData(175e9, 300e9, 2.008)]
    [InlineData(70e9, 1.4e12, 1.973)]
    [InlineData(280e9, 300e9, 1.999)]
    public void Losses_that_the_law_expects(double parameters, double tokens, double loss) =>
        Assert.Equal(loss, ScalingLaw.Besiroglu.Loss(parameters, tokens), 5e-4);

    [Fact]
    public void Gradients_are_those_of_finite_differences()
    {
        var runs = Simulated(ScalingLaw.Besiroglu, 0.003, 3);
        var objective = new LawObjective(runs);
        var point = objective.Point(new ScalingLaw(1.9, 300, 900, 0.3, 0.32));
        var (gradient, unused) = (new double[5], new double[5]);
        objective.Value(point, gradient);
        for (var i = 0; i < 5; i++)
        {
            double At(double step)
            {
                var moved = (double[])point.Clone();
                moved[i] += step;
                return objective.Value(moved, unused);
            }
            Assert.Equal((At(1e-6) - At(-1e-6)) / 2e-6, gradient[i], 1e-5 * Math.Max(1, Math.Abs(gradient[i])));
        }
    }

    [Fact]
    public void A_law_without_noise_is_found_again()
    {
        var law = new ScalingLaw(1.4, 200, 5000, 0.29, 0.41);
        var found = LawFit.Of(Simulated(law, 0, 1), bootstrap: 0, cancellation: Ended).Law;
        Near(law.E, found.E, 1e-4);
        Near(law.Alpha, found.Alpha, 1e-4);
        Near(law.Beta, found.Beta, 1e-4);
        Near(law.A, found.A, 2e-3);
        Near(law.B, found.B, 2e-3);
    }

    [Fact]
    public void The_same_seed_gives_the_same_intervals_on_any_number_of_threads()
    {
        var runs = Simulated(ScalingLaw.Besiroglu, 0.005, 2);
        Assert.Equal(LawFit.Of(runs, 50, 1, Ended).Exponent, LawFit.Of(runs, 50, 1, Ended).Exponent);
        Assert.NotEqual(LawFit.Of(runs, 50, 1, Ended).Exponent, LawFit.Of(runs, 50, 2, Ended).Exponent);
    }

    [Fact]
    public void Runs_that_tell_no_law_are_refused()
    {
        var runs = Simulated(ScalingLaw.Besiroglu, 0, 1);
        void Refused(IReadOnlyList<ScalingRun> bad, string why) =>
            Assert.Contains(why, Assert.Throws<ArgumentException>(() => LawFit.Of(bad, cancellation: Ended)).Message,
                StringComparison.Ordinal);
        Refused(runs.Take(5).ToList(), "needs at least 6 runs; there are 5");
        Refused([.. runs.Select(run => run with { Parameters = 1e8 })], "the same number of parameters");
        Refused([.. runs.Select(run => run with { Loss = run == runs[0] ? double.NaN : run.Loss })], "is none");
        Assert.Throws<ArgumentException>(() => ScalingLaw.Besiroglu.Optimum(0));
    }

    /// <summary>Runs of a law, eight sizes at six budgets, with normal noise of the logarithm.</summary>
    internal static IReadOnlyList<ScalingRun> Simulated(ScalingLaw law, double noise, ulong seed) =>
        [.. from size in Enumerable.Range(0, 8) from length in Enumerable.Range(0, 6)
            let parameters = 1e7 * Math.Pow(3, size)
            let tokens = 3e8 * Math.Pow(4, length)
            let chance = CounterRandom.Normal(seed, 1, 0, (ulong)(size * 6 + length))
            select new ScalingRun(parameters, tokens, law.Loss(parameters, tokens) * Math.Exp(noise * chance),
                $"{parameters} on {tokens}")];

    private static void Near(double expected, double actual, double relative) =>
        Assert.Equal(expected, actual, relative * Math.Abs(expected));
}
