using Pellucid.Files;
using Pellucid.Scaling;

namespace Pellucid.Tests.Scaling;

/// <summary>The first and the second approach, Kaplan's law, and what joins them.</summary>
public sealed class ApproachTests
{
    // Of runs that are not marked as outliers; the exponents that the data's own check finds.
    [Theory]
    [InlineData("epochai_chinchilla", "massivetext", 0.5414)]
    [InlineData("ml_scalefit", "massivetext", 0.5415)]
    [InlineData("marin_202603", "comma", 0.4264)]
    [InlineData("marin_202603", "dclm", 0.4317)]
    [InlineData("marin_202603", "nemotron", 0.4443)]
    [InlineData("misfitting", "fineweb_c4", 0.5234)]
    [InlineData("llama_3", "raw_loss", 0.5)]
    [InlineData("llama_3", "exp_loss", 0.4953)]
    public void Exponents_of_published_experiments_with_one_budget(string source, string dataset, double exponent)
    {
        var rows = SeparatedValues.ReadTable(SharedData.Path("scaling/isoflop-collection/isoflops.csv"), ["source", "params", "loss"])
            .Where(row => row["source"] == source && row["experiment"].Contains(dataset, StringComparison.Ordinal)
                && row["outlier"] != "True");
        var fit = IsoFlopFit.Of([.. rows.Select(row => new ScalingRun(Number(row["params"]), Number(row["tokens"]), Number(row["loss"]),
            Budget: Number(row["budget"])))], 200);
        Assert.Equal(exponent, fit.Exponent.Value, 2e-4);
        Assert.InRange(fit.Exponent.Value, fit.Exponent.Low, fit.Exponent.High);
    }

    [Fact]
    public void Parabolas_find_the_exponent_of_a_law_that_is_known()
    {
        var law = new ScalingLaw(1.7, 400, 400, 0.34, 0.34);
        ScalingRun[] runs = [.. from budget in (double[])[1e18, 1e19, 1e20, 1e21] let best = law.Optimum(budget).Parameters
            from step in Enumerable.Range(-3, 7) let parameters = best * Math.Pow(1.3, step) let tokens = budget / 6 / parameters
            select new ScalingRun(parameters, tokens, law.Loss(parameters, tokens))];
        var fit = IsoFlopFit.Of(runs, bootstrap: 0);
        Assert.Equal(0.5, fit.Exponent.Value, 1e-9);
        Assert.All(fit.Budgets, budget => Assert.Equal(law.Optimum(budget.Flop).Parameters, budget.Parameters, 1e-3 * budget.Parameters));
        Assert.Equal(law.Optimum(1e22).Parameters, fit.Optimum(1e22), 1e-3 * fit.Optimum(1e22));
        Assert.Contains("have 2", Assert.Throws<ArgumentException>(() => IsoFlopFit.Of(runs[..14])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lowest_curve_finds_the_exponent_of_a_law_that_is_known()
    {
        var law = new ScalingLaw(1.7, 400, 400, 0.34, 0.34);
        ScalingRun[] runs = [.. from size in Enumerable.Range(0, 30) from length in Enumerable.Range(0, 40)
            let parameters = 1e7 * Math.Pow(1.3, size) let tokens = 1e7 * Math.Pow(1.3, length)
            select new ScalingRun(parameters, tokens, law.Loss(parameters, tokens))];
        Assert.Equal(0.5, EnvelopeFit.Of(runs, bootstrap: 0).Exponent.Value, 0.03);
        Assert.Throws<ArgumentException>(() => EnvelopeFit.Of(runs[..40]));
    }

    [Fact]
    public void Kaplan_finds_his_own_law_again()
    {
        var law = KaplanLaw.Published;
        ScalingRun[] runs = [.. from size in Enumerable.Range(0, 8) from length in Enumerable.Range(0, 6)
            let parameters = 1e5 * Math.Pow(4, size) let tokens = 2e7 * Math.Pow(5, length)
            select new ScalingRun(parameters, tokens, law.Loss(parameters, tokens))];
        var found = KaplanLaw.Fit(runs);
        Assert.Equal(law.AlphaN, found.AlphaN, 1e-5);
        Assert.Equal(law.AlphaD, found.AlphaD, 1e-5);
        Assert.Equal(1, found.Parameters / law.Parameters, 1e-2);
        Assert.Equal(1, found.Tokens / law.Tokens, 1e-2);
    }

    // Pearce and Song (2024).
    [Fact]
    public void Counted_as_Kaplan_counted_the_law_of_Chinchilla_gives_his_exponent()
    {
        // Theirs; how sizes are spaced within the range moves it by less than a hundredth.
        Assert.Equal(0.7519, KaplanReconciled.Exponent(ScalingLaw.HoffmannUnrounded), 1e-2);
        Assert.Equal(0.7856, KaplanReconciled.Exponent(ScalingLaw.Besiroglu), 1e-2);
        foreach (var (parameters, exponent) in (ReadOnlySpan<(double, double)>)[(1e3, 0.764), (1e5, 0.831), (1e7, 0.854),
            (1e9, 0.537), (1e11, 0.515)])
            Assert.Equal(exponent, KaplanReconciled.LocalExponent(ScalingLaw.Besiroglu, parameters), 1.5e-3);
        // A size is the best of its budget: those beside it have a higher loss.
        var (law, best) = (ScalingLaw.Besiroglu, 3e6);
        var flop = KaplanReconciled.Budget(law, best);
        double Loss(double parameters) => law.Loss(KaplanReconciled.All(parameters), flop / 6 / parameters);
        Assert.True(Loss(best) < Loss(best * 1.05) && Loss(best) < Loss(best / 1.05));
    }

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
