using System.Text.Json;
using Pellucid.Tests.Tuning.Losses;
using Pellucid.Tokens;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Policies;

namespace Pellucid.Tests.Tuning.Methods;

/// <summary>Losses and gradients of recorded answers through a model, beside those of TRL's policies.</summary>
public sealed class TrlPolicyGradientTests
{
    private const double LossBound = 6e-6;

    // We count real tokens, TRL in this one case those that were padded too.
    public static TheoryData<string> Groups { get; } =
        [.. PolicyLossTests.Groups.Select(row => row.Data).Where(name => name != "dapo-left-pads")];

    [Theory]
    [MemberData(nameof(Groups))]
    public void Gradients_of_groups_are_those_of_TRL(string name)
    {
        var file = TrlCases.Open("grpo");
        var each = TrlCases.Case(file, name);
        var (options, rollouts) = (each.GetProperty("options"), file.GetProperty("rollouts").GetProperty(each.Text("rollouts")));
        var (loss, weights) = PolicyLossTests.Named(options);
        using var model = new TrlModel(file.GetProperty("models").GetProperty(each.Text("models")), (float)options.Number("temperature"));
        var old = (each.Truth("old") ? rollouts : each).Rows(each.Truth("old") ? "old_per_token_logps" : "per_token_logps");
        var written = Answers(rollouts, old);
        for (var i = 0; i < written.Length; i++)
        {
            Array.Fill(written[i].Advantages = new double[written[i].Length], each.Numbers("advantages")[i]);
            if (loss.KlWeight != 0)
                written[i].Reference = each.Rows("ref_per_token_logps")[i][..written[i].Length];
        }
        using var policy = new Recorded(model, options.GetProperty("max_completion_length").GetInt32());
        using var method = new GroupPolicy(policy.Parts, new PolicyOptions { Answers = 3, Loss = loss, Weights = weights }, Baseline.Group);
        AssertStep(method, model, written, each, leaves: name.EndsWith("-accumulated", StringComparison.Ordinal) ? 2 : 1);
    }

    [Theory]
    [MemberData(nameof(PolicyLossTests.Answers), MemberType = typeof(PolicyLossTests))]
    public void Gradients_of_whole_answers_are_those_of_TRL(string name)
    {
        var file = TrlCases.Open("rloo");
        var (each, rollouts) = (TrlCases.Case(file, name), file.GetProperty("rollouts"));
        var (options, epsilon) = (each.GetProperty("options"), each.GetProperty("options").Number("epsilon"));
        using var model = new TrlModel(file.GetProperty("models").GetProperty(each.Text("models")));
        // Of whole answers TRL recorded the sums, which are all that counts.
        var written = Answers(rollouts, [.. each.Numbers("old_logps").Select(sum => (double[])[sum, .. new double[16]])]);
        for (var i = 0; i < written.Length; i++)
            Array.Fill(written[i].Advantages = new double[written[i].Length], each.Numbers("advantages")[i]);
        using var policy = new Recorded(model, 16);
        using var method = new GroupPolicy(policy.Parts, new PolicyOptions
        {
            Answers = 3, Weights = TokenWeights.Answers,
            Loss = new() { Ratio = RatioOf.Answer, ClipBelow = epsilon, ClipAbove = options.Number("epsilon_high", epsilon) },
        }, Baseline.Others);
        AssertStep(method, model, written, each);
    }

    [Theory]
    [InlineData("ppo")]
    [InlineData("ppo-k3-discounted")]
    [InlineData("ppo-left-pads")]
    [InlineData("ppo-whitened-rewards")]
    public void Gradients_of_a_step_of_PPO_are_those_of_TRL(string name)
    {
        var file = TrlCases.Open("ppo");
        var each = TrlCases.Case(file, name);
        var (models, options, step) = (file.GetProperty("models"), each.GetProperty("options"), new TrlPpoStep(each));
        var clip = options.Number("cliprange");
        // TRL's policy and what expects its rewards are two models.
        using (var model = new TrlModel(Named(models.Text("policy")), (float)options.Number("temperature")))
        {
            var written = step.Written((answer, i) => answer.Advantages = step.AdvantagesOf(i));
            using var policy = new Recorded(model, 16);
            using var method = new GroupPolicy(policy.Parts,
                new PolicyOptions { Loss = new() { ClipBelow = clip, ClipAbove = clip } }, Baseline.Step);
            AssertStep(method, model, written, each.Number("policy_loss"), each.GetProperty("gradients_policy"),
                each.Number("gradient_norm_policy"));
        }
        using (var model = new TrlModel(Named(models.Text("value")), head: "ppo:head/value"))
        {
            var weight = options.Number("vf_coef");
            var written = step.WrittenWithTheEnd((answer, i) =>
            {
                (answer.Values, answer.Returns) = step.ExpectedOf(i);
                answer.Advantages = new double[answer.Length];
            });
            using var policy = new Recorded(model, 16);
            using var method = new ProximalPolicy(policy.Parts, new PolicyOptions(),
                new ProximalOptions { ValueWeight = weight, ValueClip = options.Number("cliprange_value") });
            AssertStep(method, model, written, weight * each.Number("value_loss"), each.GetProperty("gradients_value"),
                each.Number("gradient_norm_value"));
        }
    }

    private static JsonElement Named(string model) => JsonSerializer.SerializeToElement(new { model });

    private static void AssertStep(PolicyMethod method, TrlModel model, Rollout[] written, JsonElement each, int leaves = 1) =>
        AssertStep(method, model, written, each.Number("loss"), each.GetProperty("gradients"), each.Number("gradient_norm"), leaves);

    private static void AssertStep(PolicyMethod method, TrlModel model, Rollout[] written, double loss, JsonElement gradients, double norm,
        int leaves = 1)
    {
        method.Written = written;
        int[] all = [.. Enumerable.Range(0, written.Length)];
        model.Adapter.Parameters.ClearGradients();
        Assert.True(method.Begin(all));
        Assert.Equal(loss, all.Chunk(all.Length / leaves).Sum(leaf => method.Learn(leaf, default)), LossBound);
        model.AssertGradients(gradients, norm);
    }

    // Without the padding, on either side.
    private static Rollout[] Answers(JsonElement rollouts, double[][] old)
    {
        var (prompts, answers) = (Real(rollouts, "prompt"), Real(rollouts, "completion"));
        return [.. prompts.Select((prompt, i) => new Rollout(prompt, answers[i], old[i][..answers[i].Length], hasEnded: true))];
    }

    private static int[][] Real(JsonElement rollouts, string kind) => [.. rollouts.IntegerRows(kind + "_ids")
        .Zip(rollouts.IntegerRows(kind + "_mask"), (ids, mask) => ids.Where((_, t) => mask[t] == 1).ToArray())];

    /// <summary>What a policy is made of, whose answers are not written but recorded.</summary>
    private sealed class Recorded : IDisposable
    {
        private readonly Rollouts _rollouts;
        private readonly SampleReward _reward;

        public Recorded(TrlModel model, int maxTokens)
        {
            _rollouts = new Rollouts(model.Gpt, model.Adapter, new RolloutOptions { MaxTokens = maxTokens });
            _reward = SampleReward.Length(new NamelessTokenizer(512));
            Parts = new PolicyParts(model.Step, model.Backend, _rollouts, _reward, []);
        }

        public PolicyParts Parts { get; }

        public void Dispose()
        {
            _rollouts.Dispose();
            _reward.Dispose();
        }
    }
}
