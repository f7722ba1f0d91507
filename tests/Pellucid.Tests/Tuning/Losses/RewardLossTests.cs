using Pellucid.Tuning.Losses;

namespace Pellucid.Tests.Tuning.Losses;

/// <summary>Losses of labelled answers and of ranked ones.</summary>
public sealed class RewardLossTests
{
    [Theory]
    [InlineData("kto")]
    [InlineData("kto-swapped")]
    [InlineData("kto-weighted")]
    [InlineData("kto-lora")]
    public void Losses_of_labelled_answers_are_those_of_TRL(string name)
    {
        var each = TrlCases.Case(TrlCases.Open("kto"), name);
        var options = each.GetProperty("options");
        var loss = new DesirabilityLoss
        {
            Beta = options.Number("beta"), DesirableWeight = options.Number("desirable_weight"),
            UndesirableWeight = options.Number("undesirable_weight"),
        };
        double[] Gains(string now, string then) => [.. each.Numbers(now).Zip(each.Numbers(then), (a, b) => a - b)];
        var baseline = DesirabilityLoss.Baseline(Gains("KL_logps", "ref_KL_logps"));
        Assert.Equal(each.Number("kl"), baseline, 1e-12);
        var gains = Gains("completion_logps", "ref_completion_logps");
        var labels = each.GetProperty("inputs").GetProperty("label").EnumerateArray().Select(label => label.GetBoolean()).ToArray();
        Assert.Equal(each.Number("loss"), gains.Zip(labels, (gain, label) => loss.Of(gain, label, baseline).Loss).Average(), 1e-12);
        foreach (var label in labels)
            Differences.Assert(gains[..1], at => loss.Of(at[0], label, baseline).Loss, [loss.Of(gains[0], label, baseline).ByToken]);
    }

    [Fact]
    public void A_baseline_is_never_below_0()
    {
        Assert.Equal(0, DesirabilityLoss.Baseline([-1, 0.5]));
        Assert.Equal(0.25, DesirabilityLoss.Baseline([1, -0.5]));
    }

    [Theory]
    [InlineData(0, 0.6931471805599453)]
    [InlineData(1, 0.31326168751822286)]
    [InlineData(-1, 1.3132616875182228)]
    [InlineData(2, 0.1269280110429725)]
    public void The_loss_of_a_margin_is_known(double margin, double expected) =>
        Assert.Equal(expected, new RankingLoss().Of([margin, 0], new double[2]), 1e-15);

    [Theory]
    [InlineData("plain")]
    [InlineData("margin")]
    [InlineData("centred")]
    [InlineData("margin-centred")]
    [InlineData("llama")]
    public void Losses_of_scores_are_those_of_TRL(string name)
    {
        var each = TrlCases.Case(TrlCases.Open("reward"), name);
        var (better, worse) = (each.Numbers("rewards_chosen"), each.Numbers("rewards_rejected"));
        var margins = each.GetProperty("inputs").TryGetProperty("margin", out var given) ? given.Numbers() : new double[better.Length];
        var centring = each.GetProperty("options").Number("center_rewards_coefficient", 0);
        var sum = 0.0;
        for (var i = 0; i < better.Length; i++)
            sum += new RankingLoss { Margin = margins[i], Centring = centring }.Of([better[i], worse[i]], new double[2]);
        Assert.Equal(each.Number("loss"), sum / better.Length, 1e-12);
    }

    [Fact]
    public void Derivatives_of_a_ranked_list_equal_finite_differences()
    {
        var (loss, gradients) = (new RankingLoss { Margin = 0.2, Centring = 0.05 }, new double[4]);
        double[] scores = [0.7, -0.2, 1.1, 0.1];
        loss.Of(scores, gradients);
        Differences.Assert(scores, at => loss.Of(at, new double[4]), gradients);
    }

    [Fact]
    public void Strengths_of_greatest_likelihood_are_where_the_loss_is_least()
    {
        double[] strengths = [0, 0.6817185760690243, 1.5181350232046353];
        int[][] wins = [[0, 3, 2], [6, 0, 3], [9, 7, 0]];
        var (sum, all, gradient) = (0.0, 0, new double[3]);
        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
            {
                var of = new double[2];
                sum += wins[i][j] * new RankingLoss().Of([strengths[i], strengths[j]], of);
                all += wins[i][j];
                gradient[i] += wins[i][j] * of[0];
                gradient[j] += wins[i][j] * of[1];
            }
        Assert.Equal(0.568440648912239, sum / all, 1e-12);
        Assert.All(gradient, each => Assert.Equal(0, each, 1e-9));
    }
}
