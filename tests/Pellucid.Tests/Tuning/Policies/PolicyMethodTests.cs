using Pellucid.Distributed;
using Pellucid.Tensors;
using Pellucid.Tests.Models;
using Pellucid.Tokens;
using Pellucid.Tuning;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Policies;

namespace Pellucid.Tests.Tuning.Policies;

/// <summary>Whole steps of policies on a small model, that is paid for saying what is below half of its vocabulary.</summary>
public sealed class PolicyMethodTests
{
    private static readonly TuningOptions Options = new() { Steps = 4, Batch = 4, MicroBatch = 2, LearningRate = 3e-3f };

    public static TheoryData<string> Methods => ["ppo", "grpo", "rloo", "reinforce"];

    [Theory, MemberData(nameof(Methods))]
    public void P17_the_first_ratio_is_1_exactly(string kind)
    {
        using var run = new Run(kind);
        var first = run.Tuner.TuneStep(TestContext.Current.CancellationToken).Measures.ToDictionary();
        Assert.Equal(1, first["ratio_first"]);
        Assert.Equal(0, first["objective/kl"]);
        if (kind is not ("rloo" or "reinforce")) // these make one update, of answers as they were written
            return;
        Assert.Equal(1, first["val/ratio"]);
        Assert.Equal(0, first["policy/approxkl_avg"]);
        Assert.Equal(0, first["policy/clipfrac_avg"]);
    }

    [Theory, MemberData(nameof(Methods))]
    public void Rewards_rise(string kind)
    {
        using var run = new Run(kind, Options with { Steps = 30, LearningRate = 1e-2f });
        var scores = new List<double>();
        run.Tuner.Run(report => scores.Add(report.Measures.ToDictionary()["objective/scores"]), TestContext.Current.CancellationToken);
        Assert.True(scores.TakeLast(5).Average() > scores.Take(5).Average() + 0.15, string.Join(' ', scores));
    }

    [Theory, MemberData(nameof(Methods))]
    public void P13_a_run_that_is_resumed_has_the_bits_of_one_that_never_stopped(string kind)
    {
        using var folder = new TemporaryFolder();
        using var whole = new Run(kind);
        var losses = new List<double?>();
        whole.Tuner.Run(report => losses.Add(report.Loss), TestContext.Current.CancellationToken);
        using (var begun = new Run(kind))
        {
            using var saved = TuningFolder.Begin(folder.Path, begun.Model.Gpt, begun.Model.Adapter, SpecialTokens.None, _ => { });
            for (var step = 1; step <= 3; step++)
                saved.Report(begun.Tuner.TuneStep(TestContext.Current.CancellationToken), step == 2 ? begun.Tuner.Progress : null);
        }
        using var resumed = new Run(kind);
        using (TuningFolder.Resume(folder.Path, resumed.Model.Gpt, resumed.Model.Adapter, SpecialTokens.None, resumed.Tuner))
        {
            var after = new List<double?>();
            resumed.Tuner.Run(report => after.Add(report.Loss), TestContext.Current.CancellationToken);
            Assert.Equal(losses[2..], after);
        }
        Assert.Equal(whole.Model.Trained(), resumed.Model.Trained());
    }

    [Fact]
    public void P19_the_score_is_the_last_tokens_whether_it_ends_the_answer_or_not()
    {
        using var run = new Run("ppo");
        run.Method.Prepare([0, 1, 2, 3], 1, TestContext.Current.CancellationToken);
        foreach (var answer in run.Written)
        {
            // Values are 0 at first and the divergence is 0: with λ = 1 and γ = 1 the return of each token is the score.
            Assert.All(answer.Returns, value => Assert.Equal(answer.Score, value, 1e-12));
            Assert.Equal(answer.HasEnded ? answer.Length - 1 : answer.Length, answer.Said.Length);
        }
        Assert.Contains(run.Written, answer => answer.HasEnded);
        Assert.Contains(run.Written, answer => !answer.HasEnded);
    }

    [Fact]
    public void P23_the_first_loss_of_a_group_is_0_while_it_learns()
    {
        using var run = new Run("grpo", passes: 1);
        var before = run.Model.Trained();
        var report = run.Tuner.TuneStep(TestContext.Current.CancellationToken);
        Assert.Equal(0, report.Loss!.Value, 1e-12);
        Assert.True(report.GradientNorm > 0);
        Assert.NotEqual(before, run.Model.Trained());
    }

    [Theory, MemberData(nameof(Methods))]
    public void P26_how_many_answers_are_computed_together_changes_no_bit(string kind)
    {
        (float[], double?, double[]) Of(int microBatch)
        {
            TuningExample[]? texts = kind == "ppo" ? [.. Enumerable.Range(0, 5).Select(i => TuningExample.OfText(
                SmallGpt.Tokens(4 + 3 * i, salt: 30 + i)))] : null;
            using var run = new Run(kind, Options with { MicroBatch = microBatch }, texts: texts);
            run.Tuner.TuneStep(TestContext.Current.CancellationToken);
            var report = run.Tuner.TuneStep(TestContext.Current.CancellationToken);
            return (run.Model.Trained(), report.Loss, [.. report.Measures
                .Where(each => !each.Key.EndsWith("per_second", StringComparison.Ordinal)).Select(each => each.Value)]);
        }

        var alone = Of(1);
        foreach (var (weights, loss, told) in ((int[])[2, 3, 8]).Select(Of))
        {
            Assert.Equal(alone.Item2, loss);
            Assert.Equal(alone.Item3, told);
            Assert.Equal(alone.Item1, weights);
        }
    }

    [Theory]
    [InlineData("ppo")]
    [InlineData("grpo")]
    public void P26_replicas_make_the_same_bytes_and_measure_the_same(string kind)
    {
        var cancellation = TestContext.Current.CancellationToken;
        (float[], double[])[] Of(int count)
        {
            var outcomes = new (float[], double[])[count];
            ThreadReplicas.Run(count, replicas =>
            {
                using var run = new Run(kind, replicas: replicas);
                run.Tuner.TuneStep(cancellation);
                var measures = run.Tuner.TuneStep(cancellation).Measures;
                outcomes[replicas.Rank] = (run.Model.Trained(),
                    [.. measures.Where(each => !each.Key.EndsWith("per_second", StringComparison.Ordinal) && each.Key[..3] is not "val")
                        .Select(each => each.Value)]);
            });
            return outcomes;
        }

        var (weights, measured) = Of(1)[0];
        foreach (var count in (int[])[2, 3, 4])
            foreach (var (others, theirs) in Of(count))
            {
                Assert.Equal(weights, others);
                Assert.Equal(measured, theirs);
            }
    }

    [Fact]
    public void A_reward_that_is_not_a_number_is_told_and_leaves_all_as_it_was()
    {
        using var run = new Run("grpo", score: _ => double.NaN);
        var before = run.Model.Trained();
        var error = Assert.Throws<RewardException>(() => run.Tuner.TuneStep(TestContext.Current.CancellationToken));
        Assert.Equal("the reward low of an answer of step 1 is not a number (NaN)", error.Message);
        Assert.Equal(before, run.Model.Trained());
        Assert.Equal(0, run.Tuner.Step);
    }

    [Fact]
    public void P22_a_reward_for_length_is_seen_in_its_correlation()
    {
        using var run = new Run("reinforce", score: sample => sample.Tokens.Count);
        Assert.True(run.Tuner.TuneStep(TestContext.Current.CancellationToken).Measures.ToDictionary()["length_correlation"] > 0.95);
    }

    [Fact]
    public void The_price_of_divergence_is_steered_to_its_target_and_goes_on_where_it_was()
    {
        using var run = new Run("ppo", own: new ProximalOptions { KlTarget = 5, KlHorizon = 100 });
        run.Tuner.TuneStep(TestContext.Current.CancellationToken);
        Assert.Equal(0.05 * (1 - 0.2 * 8 / 100), run.Method.State!.Value, 1e-12); // no divergence yet: a fifth at most
        using var folder = new TemporaryFolder();
        using (var saved = TuningFolder.Begin(folder.Path, run.Model.Gpt, run.Model.Adapter, SpecialTokens.None, _ => { }))
            saved.Save(run.Tuner.Progress);
        using var resumed = new Run("ppo", own: new ProximalOptions { KlTarget = 5, KlHorizon = 100 });
        using (TuningFolder.Resume(folder.Path, resumed.Model.Gpt, resumed.Model.Adapter, SpecialTokens.None, resumed.Tuner))
            Assert.Equal(run.Method.State, resumed.Method.State);
    }

    [Fact]
    public void Texts_beside_are_not_forgotten()
    {
        TuningExample[] texts = [.. Enumerable.Range(0, 3).Select(i => TuningExample.OfText(SmallGpt.Tokens(12, salt: 30 + i)))];
        double Forgotten(double weight)
        {
            using var run = new Run("ppo", Options with { Steps = 10 }, own: new ProximalOptions { TextWeight = weight }, texts: texts);
            var losses = new List<double>();
            run.Tuner.Run(report => losses.Add(report.Measures.ToDictionary()["loss/text"]), TestContext.Current.CancellationToken);
            return losses[^1] - losses[0];
        }

        Assert.True(Forgotten(5) < Forgotten(0) - 0.1);
        Assert.True(Forgotten(5) < 0);
    }

    private sealed class Run : IDisposable
    {
        private readonly Rollouts _rollouts;
        private readonly Reward _reward;
        private readonly NamelessTokenizer _tokenizer = new(37);

        public Run(string kind, TuningOptions? options = null, int passes = 2, Func<Sample, double>? score = null,
            ProximalOptions? own = null, TuningExample[]? texts = null, Replicas? replicas = null)
        {
            options ??= Options;
            Model = new PolicyModel();
            _rollouts = new Rollouts(Model.Gpt, Model.Adapter, new RolloutOptions { MaxTokens = 6, Ends = [5, 11], Seed = options.Seed });
            _reward = new SampleReward("low", _tokenizer, score ?? (sample => sample.Tokens.Count == 0 ? 0
                : sample.Tokens.Average(token => token < 18 ? 1.0 : 0.0)));
            var parts = new PolicyParts(Model.Step, Model.Backend, _rollouts, _reward, PolicyModel.Prompts);
            var policy = new PolicyOptions { Answers = 2, Seed = options.Seed };
            Method = kind switch
            {
                "ppo" => new ProximalPolicy(parts, policy with { Passes = passes,
                    KlInReward = 0.05 }, own ?? new ProximalOptions { Lambda = 1 }, texts),
                "grpo" => new GroupPolicy(parts, policy with { Passes = passes, Weights = TokenWeights.Grpo,
                    Loss = new() { KlWeight = 0.04 } }, Baseline.Group, RewardScale.Group),
                "rloo" => new GroupPolicy(parts, policy with { KlInReward = 0.05, Weights = TokenWeights.Answers,
                    Loss = new() { Ratio = RatioOf.Answer } }, Baseline.Others),
                _ => new GroupPolicy(parts, policy, Baseline.Step),
            };
            Tuner = new Tuner(Model.Gpt, Model.Adapter, Method, options, replicas: replicas);
        }

        public PolicyModel Model { get; }
        public PolicyMethod Method { get; }
        public Tuner Tuner { get; }
        public Rollout[] Written => Method.Written;

        public void Dispose()
        {
            Method.Dispose();
            _rollouts.Dispose();
            _reward.Dispose();
            Model.Dispose();
        }
    }
}
