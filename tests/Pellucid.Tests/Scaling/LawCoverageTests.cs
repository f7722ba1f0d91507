namespace Pellucid.Tests.Scaling;

/// <summary>A few data sets; docs/long-tests.md says what two hundred gave.</summary>
public sealed class LawCoverageTests
{
    [Fact]
    public void Intervals_hold_the_truth_about_as_often_as_they_say()
    {
        // Of twelve sets a right interval of 95 % misses four or more once in 460 times.
        Assert.All(LawCoverage.Of(sets: 12, seed: 1, TestContext.Current.CancellationToken),
            number => Assert.True(number.Share >= 9 / 12.0, $"{number}"));
    }
}
