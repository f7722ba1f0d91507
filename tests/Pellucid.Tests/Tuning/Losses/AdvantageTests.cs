using System.Text.Json;
using Pellucid.Tuning.Losses;

namespace Pellucid.Tests.Tuning.Losses;

/// <summary>Advantages, by hand and by TRL.</summary>
public sealed class AdvantageTests
{
    [Theory]
    [InlineData(1, 0.95, new[] { 0.34675, 0.365, 0.7 })]
    [InlineData(1, 1, new[] { 0.4, 0.4, 0.7 })]
    [InlineData(1, 0, new[] { 0, -0.3, 0.7 })]
    [InlineData(0.9, 0.8, new[] { 0.08528, 0.174, 0.7 })]
    public void Generalised_advantages_are_those_computed_by_hand(double gamma, double lambda, double[] expected)
    {
        var (advantages, returns) = (new double[3], new double[3]);
        double[] values = [0.5, 0.4, 0.3];
        Advantages.Generalised([0.1, -0.2, 1], values, gamma, lambda, advantages, returns);
        for (var t = 0; t < 3; t++)
        {
            Assert.Equal(expected[t], advantages[t], 1e-14);
            Assert.Equal(expected[t] + values[t], returns[t], 1e-14);
        }
    }

    [Theory]
    [InlineData(false, false, new[] { -0.7625528528302039, -0.6501712412758199, 1.4127240941060248 })]
    [InlineData(false, true, new[] { -0.6226218364619241, -0.5308626290694872, 1.1534844655314123 })]
    [InlineData(true, true, new[] { -0.15203850312859096, -0.06027929573615404, 1.6240677988647454 })]
    public void Whitened_advantages_are_those_computed_by_hand(bool keepMean, bool unbiased, double[] expected)
    {
        double[] advantages = [0.34675, 0.365, 0.7];
        Advantages.Whiten(advantages, keepMean, unbiased);
        for (var t = 0; t < 3; t++)
            Assert.Equal(expected[t], advantages[t], 1e-12);
    }

    [Fact]
    public void Advantages_of_groups_are_those_of_TRL()
    {
        foreach (var each in TrlCases.Open("grpo").GetProperty("advantages").EnumerateArray())
        {
            var options = each.GetProperty("options");
            if (options.TryGetProperty("multi_objective_aggregation", out _))
                continue; // rewards of several functions, each normalised before they are summed, are not offered
            var rewards = each.GetProperty("rewards")[0].ValueKind == JsonValueKind.Array
                ? Weighted(each.Rows("rewards"), options.Numbers("reward_weights")) : each.Numbers("rewards");
            var scale = !options.TryGetProperty("scale_rewards", out var named) ? RewardScale.Group
                : Enum.Parse<RewardScale>(named.GetString()!, ignoreCase: true);
            var advantages = Advantages.OfGroups(rewards, each.GetProperty("num_generations").GetInt32(), scale);
            foreach (var (expected, actual) in each.Numbers("advantages").Zip(advantages))
                Assert.Equal(expected, actual, 1e-12);
        }
    }

    [Fact]
    public void Equal_rewards_have_no_advantage_and_ones_apart_are_known()
    {
        Assert.Equal(new double[5], Advantages.OfGroups([3, 3, 3, 3, 3], 5, RewardScale.Group));
        var advantages = Advantages.OfGroups([1, 0, 0, 1, 1], 5, RewardScale.Group);
        Assert.Equal(0.7301634343, advantages[0], 1e-9);
        Assert.Equal(-1.0952451515, advantages[1], 1e-9);
        var leftOut = Advantages.LeaveOneOut([1, 0, 0, 1, 1], 5);
        Assert.Equal([0.5, -0.75, -0.75, 0.5, 0.5], leftOut);
    }

    [Theory]
    [InlineData("rloo")]
    [InlineData("rloo-a-missing-reward")]
    public void Advantages_over_the_others_are_those_of_TRL(string name)
    {
        var each = TrlCases.Case(TrlCases.Open("rloo"), name);
        foreach (var (expected, actual) in each.Numbers("advantages").Zip(Advantages.LeaveOneOut(each.Numbers("rewards"), 3)))
            Assert.Equal(expected, actual, 1e-12);
    }

    [Fact]
    public void Estimates_of_divergence_have_their_means_and_their_gradients()
    {
        double[] policy = [0.6, 0.3, 0.1], reference = [0.5, 0.3, 0.2];
        // The mean gradient by the logits of a loss E[k(ln π)] with samples that stay: Σ π_i k'_i (1[i = j] − π_j).
        foreach (var (estimate, mean, gradient) in ((KlEstimate, double, double[])[])[
            (KlEstimate.K1, 0.04007821602037823, [0, 0, 0]),
            (KlEstimate.K2, 0.03399499571744143, [0.08534600446414582, -0.012023464806113467, -0.07332253965803236]),
            (KlEstimate.K3, 0.04007821602037823, [0.1, 0, -0.1])])
        {
            var of = policy.Select((p, i) => estimate.Of(Math.Log(p), Math.Log(reference[i]))).ToArray();
            Assert.Equal(mean, policy.Select((p, i) => p * of[i].Value).Sum(), 1e-15);
            var slopes = policy.Select((p, i) => p * of[i].Slope).Sum();
            for (var j = 0; j < 3; j++)
                Assert.Equal(gradient[j], policy[j] * of[j].Slope - policy[j] * slopes, 1e-15);
            Differences.Assert([-1.3], at => estimate.Of(at[0], -0.8).Value, [estimate.Of(-1.3, -0.8).Slope]);
        }
    }

    private static double[] Weighted(double[][] rewards, double[] weights) =>
        [.. rewards[0].Select((_, i) => rewards.Select((each, function) => weights[function] * each[i]).Sum())];
}
