using Pellucid.Tuning.Losses;

namespace Pellucid.Tests.Tuning.Losses;

/// <summary>Functions of our own, beside those of the system.</summary>
public sealed class ElementaryTests
{
    [Fact]
    public void Exponential_and_logarithm_are_the_systems_but_for_the_last_bits()
    {
        for (var i = -20000; i <= 20000; i++)
        {
            var x = i * 0.035 + 1e-3 * Math.Sin(i);
            Assert.Equal(1, Elementary.Exp(x) / Math.Exp(x), 4e-15 * (1 + Math.Abs(x) / 8));
            var y = Math.Exp(x);
            Assert.Equal(Math.Log(y), Elementary.Log(y), 4e-16 * Math.Max(1, Math.Abs(x)));
        }
        Assert.Equal(0, Elementary.Exp(-1000));
        Assert.Equal(double.PositiveInfinity, Elementary.Exp(1000));
        Assert.Equal(double.NegativeInfinity, Elementary.Log(0));
        Assert.True(double.IsNaN(Elementary.Log(-1)) && double.IsNaN(Elementary.Exp(double.NaN)));
        Assert.Equal(1e-20, Elementary.Log1P(1e-20));
        Assert.Equal(1e-9 - 5e-19, Elementary.Log1P(1e-9), 1e-24);
    }

    [Fact]
    public void The_logistic_function_is_exact_where_it_matters()
    {
        Assert.Equal(-Math.Log(2), Elementary.LogSigmoid(0));
        Assert.Equal(0.5, Elementary.Sigmoid(0));
        Assert.Equal(-800, Elementary.LogSigmoid(-800));
        Assert.Equal(-Math.Exp(-40), Elementary.LogSigmoid(40), 1e-30);
        foreach (var x in (double[])[-30, -2.5, -1e-8, 0.3, 4, 50])
            Assert.Equal(1, Elementary.Sigmoid(x) + Elementary.Sigmoid(-x), 1e-15);
    }
}
