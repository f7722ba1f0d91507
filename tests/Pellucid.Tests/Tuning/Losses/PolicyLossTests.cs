using Pellucid.Tuning.Losses;

namespace Pellucid.Tests.Tuning.Losses;

/// <summary>The clipped surrogate, by hand, by finite differences, and by TRL.</summary>
public sealed class PolicyLossTests
{
    /// <summary>TRL's cases of GRPO.</summary>
    public static TheoryData<string> Groups { get; } =
    [
        "grpo", "dr_grpo", "dapo", "dapo-clip-higher", "grpo-kl", "dr_grpo-kl", "dapo-kl", "grpo-kl-corrected", "dapo-kl-corrected",
        "grpo-on-policy", "grpo-on-policy-corrected", "dapo-on-policy", "grpo-sequence", "grpo-sequence-kl",
        "grpo-sequence-kl-corrected", "grpo-two-sided", "grpo-temperature", "grpo-accumulated", "dapo-accumulated", "dapo-left-pads",
        "dapo-lora", "dapo-lora-left-pads",
    ];

    /// <summary>TRL's cases of RLOO.</summary>
    public static TheoryData<string> Answers { get; } =
    [
        "rloo", "rloo-kl", "rloo-on-policy", "rloo-normalised", "rloo-clipped-rewards", "rloo-clip-higher", "rloo-a-missing-reward",
    ];

    [Theory]
    [InlineData(1.5, 1, -1.2, 0)]
    [InlineData(1.5, -1, 1.5, 1.5)]
    [InlineData(0.5, 1, -0.5, -0.5)]
    [InlineData(0.5, -1, 0.8, 0)]
    [InlineData(1.1, 1, -1.1, -1.1)]
    [InlineData(1.1, -1, 1.1, 1.1)]
    [InlineData(1, 2, -2, -2)]
    public void A_ratio_is_clipped_on_the_side_that_would_gain(double ratio, double advantage, double loss, double byLogProbability)
    {
        var gradients = new double[1];
        Assert.Equal(loss, new PolicyLoss().Of([Math.Log(ratio)], [0], [], [advantage], 1, gradients), 1e-14);
        Assert.Equal(byLogProbability, gradients[0], 1e-14);
        Assert.Equal(byLogProbability == 0, new PolicyLoss().Clips(ratio, advantage));
    }

    [Theory]
    [InlineData(0.9, 1, 0.045, 0)]
    [InlineData(0.9, 0.6, 0.045, 0.3)]
    [InlineData(0.1, 0, 0.045, 0)]
    [InlineData(0.55, 1, 0.10125, -0.45)]
    public void A_value_is_clipped_around_what_it_was(double value, double wanted, double loss, double slope)
    {
        var of = new ValueLoss().Of(value, 0.5, wanted);
        Assert.Equal(loss, of.Loss, 1e-15);
        Assert.Equal(slope, of.Slope, 1e-15);
    }

    [Fact]
    public void Derivatives_equal_finite_differences()
    {
        double[] now = [-1, -2.2, -0.7, -1.6], old = [-1.1, -1.9, -0.75, -1.5], reference = [-1.3, -2, -0.9, -1.2];
        double[] advantages = [1, -0.5, 2, 0.3];
        foreach (var ratio in Enum.GetValues<RatioOf>())
            foreach (var estimate in Enum.GetValues<KlEstimate>())
                foreach (var timesRatio in (bool[])[false, true])
                {
                    var loss = new PolicyLoss { Ratio = ratio, Kl = estimate, KlWeight = 0.3, KlTimesRatio = timesRatio, ClipBelow = 0.24 };
                    var gradients = new double[4];
                    loss.Of(now, old, reference, advantages, 0.25, gradients);
                    Differences.Assert(now, at => loss.Of(at, old, reference, advantages, 0.25, new double[4]), gradients);
                }
    }

    [Fact]
    public void Weights_of_tokens_are_those_computed_by_hand()
    {
        double[][] losses = [[1, 3], [2, 2, 2, 6]];
        double Of(TokenWeights weights) => losses.Sum(answer => answer.Sum() * weights.Of(answer.Length, 2, 6, 8));
        Assert.Equal(2.5, Of(TokenWeights.Grpo), 1e-14);
        Assert.Equal(16 / 6.0, Of(TokenWeights.Dapo), 1e-14);
        Assert.Equal(1, Of(TokenWeights.DrGrpo), 1e-14);
        Assert.Equal(8, Of(TokenWeights.Answers), 1e-14);
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void Losses_are_those_of_TRL(string name)
    {
        var file = TrlCases.Open("grpo");
        var each = TrlCases.Case(file, name);
        var (options, rollouts) = (each.GetProperty("options"), file.GetProperty("rollouts").GetProperty(each.Text("rollouts")));
        var (loss, weights) = Named(options);
        var lengths = rollouts.IntegerRows("completion_mask").Select(row => row.Sum()).ToArray();
        var (now, advantages) = (each.Rows("per_token_logps"), each.Numbers("advantages"));
        var old = each.Truth("old") ? rollouts.Rows("old_per_token_logps") : now;
        var reference = loss.KlWeight == 0 ? now : each.Rows("ref_per_token_logps");
        var sum = 0.0;
        for (var i = 0; i < now.Length; i++)
        {
            var (n, of) = (lengths[i], Enumerable.Repeat(advantages[i], lengths[i]).ToArray());
            var weight = weights.Of(n, now.Length, lengths.Sum(), options.GetProperty("max_completion_length").GetInt32());
            sum += loss.Of(now[i].AsSpan(0, n), old[i].AsSpan(0, n), reference[i].AsSpan(0, n), of, weight, new double[n]);
        }
        Assert.Equal(each.Number("loss"), sum, 1e-12);
    }

    [Fact]
    public void P23_the_first_loss_of_a_group_is_0_while_its_gradient_is_not()
    {
        var (loss, advantages) = (new PolicyLoss { KlWeight = 0.04 }, Advantages.OfGroups([1, 0, 0, 1, 1], 5, RewardScale.Group));
        var (sum, gradient) = (0.0, 0.0);
        for (var i = 0; i < 5; i++)
        {
            double[] now = [.. Enumerable.Repeat(-1.5, i + 1)], gradients = new double[i + 1];
            double[] of = [.. Enumerable.Repeat(advantages[i], i + 1)];
            sum += loss.Of(now, now, now, of, TokenWeights.Grpo.Of(i + 1, 5, 15, 5), gradients);
            gradient += gradients.Sum(Math.Abs);
        }
        Assert.Equal(0, sum, 1e-15);
        Assert.True(gradient > 0.5);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void Losses_of_whole_answers_are_those_of_TRL(string name)
    {
        var each = TrlCases.Case(TrlCases.Open("rloo"), name);
        var options = each.GetProperty("options");
        var epsilon = options.Number("epsilon");
        var loss = new PolicyLoss { Ratio = RatioOf.Answer, ClipBelow = epsilon, ClipAbove = options.Number("epsilon_high", epsilon) };
        var (now, advantages) = (each.Numbers("logps"), each.Numbers("advantages"));
        var old = each.Truth("old") ? each.Numbers("old_logps") : now;
        var sum = now.Select((_, i) => loss.Of([now[i]], [old[i]], [], [advantages[i]], 1.0 / now.Length, new double[1])).Sum();
        Assert.Equal(each.Number("loss"), sum, 1e-12);
    }

    [Theory]
    [InlineData("ppo")]
    [InlineData("ppo-k3-discounted")]
    [InlineData("ppo-left-pads")]
    [InlineData("ppo-whitened-rewards")]
    public void A_step_of_PPO_is_that_of_TRL(string name)
    {
        var each = TrlCases.Case(TrlCases.Open("ppo"), name);
        var step = new TrlPpoStep(each);
        Assert.Equal(each.Number("policy_loss"), step.PolicyLoss(), 1e-11);
        Assert.Equal(each.Number("value_loss"), step.ValueLoss(), 1e-11);
    }

    [Theory]
    [InlineData("cispo")]
    [InlineData("sapo")]
    [InlineData("luspo")]
    [InlineData("vespo")]
    [InlineData("bnpo")]
    public void What_is_not_computed_is_refused_by_its_name(string name) =>
        Assert.StartsWith($"the loss '{name}' ", Assert.Throws<ArgumentException>(() => TokenWeighting.Parse(name)).Message);

    internal static (PolicyLoss, TokenWeights) Named(System.Text.Json.JsonElement options)
    {
        var epsilon = options.Number("epsilon");
        var loss = new PolicyLoss
        {
            ClipBelow = epsilon, ClipAbove = options.Number("epsilon_high", epsilon),
            LargestRatio = options.Number("delta", double.PositiveInfinity), KlWeight = options.Number("beta"),
            KlTimesRatio = options.Truth("use_bias_correction_kl"),
            Ratio = options.Text("importance_sampling_level") == "token" ? RatioOf.Token : RatioOf.MeanToken,
        };
        return (loss, TokenWeighting.Parse(options.Text("loss_type")));
    }
}
