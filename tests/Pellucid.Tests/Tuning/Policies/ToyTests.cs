using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tuning;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Policies;

namespace Pellucid.Tests.Tuning.Policies;

/// <summary>
/// A model that says one of three things, with probabilities (.5, .3, .2), and is paid (1, 2, 0) for them: what is best is known,
/// π* = reference · e^(reward / β) / Z, and every method has to reach it.
/// </summary>
public sealed class ToyTests
{
    private static readonly double[] Reference = [0.5, 0.3, 0.2], Rewards = [1, 2, 0];

    [Theory]
    [InlineData("ppo", 1)]
    [InlineData("ppo", 0.5)]
    [InlineData("grpo", 1)]
    [InlineData("grpo", 0.5)]
    [InlineData("rloo", 1)]
    [InlineData("rloo", 0.5)]
    [InlineData("reinforce", 1)]
    public void Policies_reach_the_optimum_of_reward_less_divergence(string method, double beta)
    {
        // A mean that an answer is part of itself moves with it: of 8 answers 7 / 8 of the reward counts against the loss's divergence.
        var price = method == "grpo" ? beta * 8 / 7 : beta;
        var best = Reference.Zip(Rewards, (p, r) => p * Math.Exp(r / price)).ToArray();
        var policy = Learned(method, beta);
        var error = best.Zip(policy, (wanted, is_) => Math.Abs(wanted / best.Sum() - is_)).Max();
        Assert.True(error < 0.02, $"{string.Join(' ', policy)}: {error}");
    }

    [Fact]
    public void GRPO_with_its_own_estimate_of_divergence_reaches_the_optimum_of_the_other_direction()
    {
        // Where KL(reference‖π) is the price, r + β reference / π is the same for all: π = β reference / (λ − r).
        const double price = 8.0 / 7;
        var (low, high) = (2.0, 10.0);
        double[] At(double lambda) => [.. Reference.Zip(Rewards, (p, r) => price * p / (lambda - r))];
        for (var i = 0; i < 60; i++)
            (low, high) = At((low + high) / 2).Sum() > 1 ? ((low + high) / 2, high) : (low, (low + high) / 2);
        var error = At(low).Zip(Learned("grpo-k3", 1), (wanted, is_) => Math.Abs(wanted - is_)).Max();
        Assert.True(error < 0.02, $"{error}");
    }

    [Fact]
    public void P21_without_a_price_of_divergence_a_policy_says_one_thing_only()
    {
        var policy = Learned("rloo", 0, steps: 250);
        Assert.True(policy[1] > 0.99, string.Join(' ', policy));
        var divergence = policy.Zip(Reference, (p, q) => p > 0 ? p * Math.Log(p / q) : 0).Sum();
        Assert.Equal(Math.Log(1 / 0.3), divergence, 0.05);
    }

    // Of two tokens each pair is paid for: a state is worth V(s) = β ln Σ reference e^(V(s') / β), and what comes next has probability
    // reference e^((V(s') − V(s)) / β).
    [Fact]
    public void A_policy_of_two_tokens_reaches_the_optimum_and_its_critic_the_soft_values()
    {
        const double beta = 1;
        double[][] rewards = [[1, 0, 2], [0, 1, 0], [2, 1, 0]];
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = Toy(backend, width: 16);
        using var adapter = Adapter.Whole(gpt, hasValueHead: true);
        adapter.Initialize(1);
        using var step = new TuningStep(gpt, adapter);
        using var rollouts = new Rollouts(gpt, adapter, new RolloutOptions { MaxTokens = 2, MostRunning = 256 });
        using var reward = new AnswerReward(answer => rewards[answer[0]][answer[1]]);
        using var policy = new ProximalPolicy(new PolicyParts(step, backend, rollouts, reward, [[0]]),
            new PolicyOptions { Answers = 8, Passes = 2, KlInReward = beta }, new ProximalOptions { Lambda = 1, ValueWeight = 0.5 });
        new Tuner(gpt, adapter, policy, new TuningOptions
        {
            Steps = 150, Batch = 32, MicroBatch = 256, LearningRate = 0.02f, Schedule = RateSchedule.Linear, Clip = 0,
        }).Run(_ => { }, TestContext.Current.CancellationToken);
        double Worth(IEnumerable<double> next) => beta * Math.Log(Reference.Zip(next, (p, value) => p * Math.Exp(value / beta)).Sum());
        double[] worth = [.. rewards.Select(Worth)];
        using var batch = new AnswerBatch(backend);
        for (var pair = 0; pair < 9; pair++)
            batch.Add(TuningExample.Of([0], [pair / 3, pair % 3]));
        step.Read(batch, adapter, wantsValues: true);
        for (var pair = 0; pair < 9; pair++)
        {
            var (first, rows) = (pair / 3, batch.Answers[pair]);
            var wanted = Reference[first] * Reference[pair % 3] * Math.Exp((rewards[first][pair % 3] - Worth(worth)) / beta);
            Assert.Equal(wanted, Math.Exp(rows.Sum(step.LogProbabilities)), 0.04);
            Assert.Equal(Worth(worth), step.Values[rows.First], 0.15);
            Assert.Equal(worth[first], step.Values[rows.First + 1], 0.2);
        }
    }

    private static double[] Learned(string method, double beta, int steps = 250)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = Toy(backend);
        using var adapter = Adapter.Whole(gpt, hasValueHead: true);
        adapter.Initialize(1);
        using var step = new TuningStep(gpt, adapter);
        using var rollouts = new Rollouts(gpt, adapter, new RolloutOptions { MaxTokens = 1, MostRunning = 256 });
        using var reward = new AnswerReward(answer => Rewards[answer[0]]);
        var parts = new PolicyParts(step, backend, rollouts, reward, [[0]]);
        var options = new PolicyOptions { Answers = 8, Weights = TokenWeights.Grpo };
        using PolicyMethod policy = method switch
        {
            "ppo" => new ProximalPolicy(parts, options with { Passes = 2, KlInReward = beta }, new ProximalOptions()),
            "grpo" => new GroupPolicy(parts, options with { Loss = new() { KlWeight = beta, Kl = KlEstimate.K2 } }, Baseline.Group),
            "grpo-k3" => new GroupPolicy(parts, options with { Loss = new() { KlWeight = beta } }, Baseline.Group),
            "rloo" => new GroupPolicy(parts,
                options with { KlInReward = beta, Weights = TokenWeights.Answers, Loss = new() { Ratio = RatioOf.Answer } },
                Baseline.Others),
            _ => new GroupPolicy(parts, options with { KlInReward = beta }, Baseline.Step),
        };
        var tuner = new Tuner(gpt, adapter, policy, new TuningOptions
        {
            Steps = steps, Batch = 32, MicroBatch = 256, LearningRate = 0.05f, Schedule = RateSchedule.Linear, Clip = 0,
        });
        tuner.Run(_ => { }, TestContext.Current.CancellationToken);
        using var batch = new AnswerBatch(backend);
        for (var token = 0; token < 3; token++)
            batch.Add(TuningExample.Of([0], [token]));
        step.Read(batch, adapter);
        return [.. step.LogProbabilities.ToArray().Select(value => Math.Exp(value))];
    }

    // Its final norm says (1, 0, …) whatever came before, or, of a wide one, (1, and what came before), and the table's first column is
    // what it holds of each token; the others begin at 0.
    private static Gpt Toy(Backend backend, int width = 4)
    {
        var gpt = new Gpt(new GptConfig
        {
            VocabularySize = 3, Context = 4, Layers = 1, Heads = 1, Width = width, TiedOutput = false,
        }, backend);
        gpt.Initialize(1);
        for (var index = 0; index < gpt.Layout.Count; index++)
            if (gpt.Layout[index].Role == ParameterRole.FinalNormGain)
                gpt.Parameters.Write(index, [0, .. Enumerable.Repeat(width > 4 ? 1f : 0, width - 1)]);
            else if (gpt.Layout[index].Role == ParameterRole.FinalNormBias)
                gpt.Parameters.Write(index, [1, .. new float[width - 1]]);
            else if (gpt.Layout[index].Role == ParameterRole.OutputTable)
                gpt.Parameters.Write(index, [.. Reference.SelectMany(p => (float[])[(float)Math.Log(p), .. new float[width - 1]])]);
        return gpt;
    }

    private sealed class AnswerReward(Func<int[], double> worth) : Reward
    {
        public override string Name => "toy";

        public override double[] Of(IReadOnlyList<Rollout> rollouts) => [.. rollouts.Select(rollout => worth(rollout.Answer))];
    }
}
