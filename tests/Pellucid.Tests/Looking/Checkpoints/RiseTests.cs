using Pellucid.Looking.Checkpoints;

namespace Pellucid.Tests.Looking.Checkpoints;

public sealed class RiseTests
{
    [Fact]
    public void The_moment_is_where_a_score_rises_fastest_by_step()
    {
        // 0.30 in 100 steps is steeper than 0.40 in 400.
        var rise = Rise.Of([(0, 0.05), (100, 0.1), (200, 0.4), (600, 0.8), (700, 0.85)])!;
        Assert.Equal((100, 200, 0.1, 0.4), (rise.From, rise.To, rise.Before, rise.After));
        Assert.Equal(0.3 / 0.8, rise.Share, 1e-12);
    }

    [Fact]
    public void What_has_not_risen_has_no_moment()
    {
        Assert.Null(Rise.Of([(0, 0.2), (100, 0.3), (200, 0.25)]));
        Assert.Null(Rise.Of([(0, 0.9), (100, 0.5), (200, 0.1)])); // it fell
        Assert.Null(Rise.Of([(0, 0.9)]));
        Assert.Null(Rise.Of([]));
        Assert.NotNull(Rise.Of([(0, 0.9), (100, 0.1), (200, 0.3)])); // from its lowest to what came thereafter
    }

    // Guessing in 150 sentences, at 40 checkpoints, is never taken for a circuit; learning all of it is.
    [Fact]
    public void Chance_forms_nothing()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var guesses = Enumerable.Range(0, 40).Select(step =>
                (step, Enumerable.Range(0, 150).Count(_ => random.Next(2) == 0) / 150.0)).ToArray();
            Assert.Null(Rise.Of(guesses, Rise.LeastOfShares(150)));
            Assert.Equal(40, Rise.Of(guesses.Append((40, 1.0)), Rise.LeastOfShares(150))?.To);
        }
        Assert.Equal(Rise.Least, Rise.LeastOfShares(100_000));
    }

    [Fact]
    public void What_is_no_number_is_passed_over() =>
        Assert.Equal((0, 200), Rise.Of([(0, 0.1), (100, double.NaN), (200, 0.9)]) is { } rise ? (rise.From, rise.To) : default);
}
