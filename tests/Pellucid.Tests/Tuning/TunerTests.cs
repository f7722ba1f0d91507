using Pellucid.Distributed;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tests.Models;
using Pellucid.Tokens;
using Pellucid.Tuning;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Methods;

namespace Pellucid.Tests.Tuning;

/// <summary>Whole runs of tuning on a small model.</summary>
public sealed class TunerTests
{
    private static readonly TuningOptions Options = new() { Steps = 6, Batch = 4, MicroBatch = 2, LearningRate = 1e-2f, Warmup = 1 };

    [Fact]
    public void P14_the_first_loss_of_DPO_is_ln_2_and_its_margins_are_0()
    {
        using var run = new TuningModel();
        using var method = new Preferences(run.Step, run.Backend, Pairs(), new PreferenceLoss(PreferenceKind.Sigmoid));
        var tuner = new Tuner(run.Gpt, run.Adapter, method, Options with { Batch = 1, MicroBatch = 1 });
        var report = tuner.TuneStep(TestContext.Current.CancellationToken);
        Assert.Equal(Math.Log(2), report.Loss);
        Assert.Equal(0, report.Measures.ToDictionary()["margin"]);
    }

    [Theory]
    [InlineData("sft")]
    [InlineData("dpo")]
    [InlineData("kto")]
    [InlineData("orpo")]
    [InlineData("simpo")]
    [InlineData("reward")]
    public void P13_a_run_that_is_resumed_has_the_bits_of_one_that_never_stopped(string kind)
    {
        using var folder = new TemporaryFolder();
        using var whole = new TuningModel(kind == "reward");
        using var wholeMethod = Method(kind, whole);
        var losses = new List<double?>();
        new Tuner(whole.Gpt, whole.Adapter, wholeMethod, Options).Run(report => losses.Add(report.Loss),
            TestContext.Current.CancellationToken);
        Assert.True(losses[^1] < losses[0], string.Join(' ', losses));

        using (var begun = new TuningModel(kind == "reward"))
        using (var method = Method(kind, begun))
        {
            var tuner = new Tuner(begun.Gpt, begun.Adapter, method, Options);
            using var run = TuningFolder.Begin(folder.Path, begun.Gpt, begun.Adapter, SpecialTokens.None, _ => { });
            for (var step = 1; step <= 3; step++)
                run.Report(tuner.TuneStep(TestContext.Current.CancellationToken), step == 2 ? tuner.Progress : null);
        }
        using var resumed = new TuningModel(kind == "reward");
        using var resumedMethod = Method(kind, resumed);
        var rest = new Tuner(resumed.Gpt, resumed.Adapter, resumedMethod, Options);
        using (TuningFolder.Resume(folder.Path, resumed.Gpt, resumed.Adapter, SpecialTokens.None, rest))
        {
            Assert.Equal(2, rest.Step);
            var after = new List<double?>();
            rest.Run(report => after.Add(report.Loss), TestContext.Current.CancellationToken);
            Assert.Equal(losses[2..], after);
        }
        Assert.Equal(whole.Trained(), resumed.Trained());
    }

    [Fact]
    public void P8_texts_in_one_row_learn_as_if_alone()
    {
        using var run = new TuningModel();
        TuningExample[] texts = [.. Examples().Take(3)];
        using var alone = new Imitation(run.Step, run.Backend, [.. texts.Select(text => new[] { text })]);
        using var together = new Imitation(run.Step, run.Backend, [texts]);
        Assert.True(alone.Begin([0, 1, 2]) && together.Begin([0]));
        var losses = Enumerable.Range(0, 3).Select(i => alone.Evaluate([i])).ToArray();
        Assert.Equal(losses.Sum(), together.Evaluate([0]), 1e-12);
    }

    [Fact]
    public void P9_a_token_of_a_long_text_counts_as_much_as_one_of_a_short_one()
    {
        using var run = new TuningModel(dropout: 0);
        var (one, eight) = (TuningExample.Of(SmallGpt.Tokens(5), SmallGpt.Tokens(1, salt: 1)),
            TuningExample.Of(SmallGpt.Tokens(5), SmallGpt.Tokens(8, salt: 2)));
        double Loss(params TuningExample[][] rows)
        {
            using var method = new Imitation(run.Step, run.Backend, rows);
            int[] all = [.. Enumerable.Range(0, rows.Length)];
            method.Begin(all);
            return method.Evaluate(all);
        }

        var mean = (Loss([one]) + 8 * Loss([eight])) / 9; // not a mean of means
        Assert.Equal(mean, Loss([one], [eight]), 1e-6);
        Assert.Equal(mean, Loss([one, eight]), 1e-6); // packed or not
    }

    [Fact]
    public void P5_what_a_user_says_is_not_learned()
    {
        using var run = new TuningModel();
        var example = TuningExample.Of(SmallGpt.Tokens(9), SmallGpt.Tokens(4, salt: 2));
        using var batch = new AnswerBatch(run.Backend);
        batch.Add(example);
        run.Step.Learn(batch, default);
        Assert.All(run.Step.LogProbabilities[..8].ToArray(), value => Assert.Equal(0, value));
        Assert.All(run.Step.LogProbabilities[8..].ToArray(), value => Assert.True(value < 0));
        // The last thing a user says decides about the answer, but its own probability does not count.
        run.Adapter.Parameters.ClearGradients();
        run.Step.Back([.. Enumerable.Repeat(1f, 8), 0, 0, 0, 0]);
        Assert.Equal(0, run.Backend.SquaredNorm(run.Adapter.Parameters.AllGradients));
    }

    [Fact]
    public void P4_a_step_without_anything_to_learn_is_passed_over()
    {
        using var run = new TuningModel();
        using var method = new Imitation(run.Step, run.Backend, [[new TuningExample([1, 2, 3], [false, false, false])]]);
        var report = new Tuner(run.Gpt, run.Adapter, method, Options with { Batch = 1, MicroBatch = 1 })
            .TuneStep(TestContext.Current.CancellationToken);
        Assert.Null(report.Loss);
        Assert.Equal(1, report.Step);
    }

    [Fact]
    public void P20_a_score_is_of_the_last_token_whatever_the_company()
    {
        using var run = new TuningModel(hasHead: true);
        TuningExample[] texts = [TuningExample.OfText([4, 0, 7, 0]), TuningExample.OfText([5, 6]), TuningExample.OfText([0])];
        float[] Scores(params TuningExample[] together)
        {
            using var batch = new AnswerBatch(run.Backend);
            foreach (var text in together)
                batch.Add(text, withLast: true);
            run.Step.Read(batch, run.Adapter, wantsTokens: false, wantsValues: true);
            var scores = new float[together.Length];
            for (var i = 0; i < scores.Length; i++)
                scores[i] = run.Step.Values[batch.Answers[i].Last];
            return scores;
        }

        var all = Scores(texts);
        for (var i = 0; i < texts.Length; i++)
            Assert.Equal(all[i], Scores(texts[i])[0]);
    }

    [Theory]
    [InlineData("sft")]
    [InlineData("weighed")]
    [InlineData("packed")]
    [InlineData("whole")]
    [InlineData("dora")]
    [InlineData("tables")]
    [InlineData("tokens")]
    [InlineData("recomputed")]
    [InlineData("dpo")]
    [InlineData("orpo")]
    [InlineData("simpo")]
    [InlineData("kto")]
    [InlineData("reward")]
    public void P26_micro_batches_and_replicas_leave_the_same_bytes(string kind)
    {
        var cancellation = TestContext.Current.CancellationToken;
        (float[] Weights, double[] Told) Of(int microBatch, Replicas replicas)
        {
            using var run = new TuningModel(kind);
            using var method = Method(kind, run);
            using var evaluation = Method(kind, run);
            var tuner = new Tuner(run.Gpt, run.Adapter, method, Options with { Steps = 2, Batch = 10, MicroBatch = microBatch,
                EvaluateEvery = 1 }, evaluation, replicas);
            var reports = new[] { tuner.TuneStep(cancellation), tuner.TuneStep(cancellation) };
            return (run.Trained(), [.. reports.SelectMany(report => report.Measures.Select(each => each.Value)
                .Concat([report.Loss!.Value, report.Evaluation!.Value, report.GradientNorm]))]);
        }

        var alone = Of(1, Replicas.One);
        Assert.NotEqual(0, alone.Told[^1]);
        foreach (var together in (int[])[2, 3, 8, 16])
        {
            var (weights, told) = Of(together, Replicas.One);
            Assert.Equal(alone.Told, told);
            Assert.Equal(alone.Weights, weights);
        }
        foreach (var count in (int[])[2, 3, 4])
        {
            var outcomes = new (float[] Weights, double[] Told)[count];
            ThreadReplicas.Run(count, replicas => outcomes[replicas.Rank] = Of(replicas.Rank + 1, replicas));
            Assert.All(outcomes, outcome =>
            {
                Assert.Equal(alone.Told, outcome.Told);
                Assert.Equal(alone.Weights, outcome.Weights);
            });
        }
    }

    [Fact]
    public void P1_a_model_that_knows_twenty_answers_stops_where_they_end()
    {
        using var run = new TuningModel(isWhole: true);
        const int end = 0;
        var answers = Enumerable.Range(0, 20).Select(i => (Prompt: (int[])[1 + i, 30],
            Answer: (int[])[.. Enumerable.Range(0, 1 + i % 5).Select(t => 21 + (i + 3 * t) % 8), end])).ToArray();
        using var method = new Imitation(run.Step, run.Backend,
            [.. answers.Select(each => new[] { TuningExample.Of(each.Prompt, each.Answer) })]);
        var tuner = new Tuner(run.Gpt, run.Adapter, method, new TuningOptions
        {
            Steps = 250, Batch = 20, MicroBatch = 20, LearningRate = 5e-3f, Warmup = 5,
        });
        tuner.Run(_ => { }, TestContext.Current.CancellationToken);
        using var tuned = AdapterMerge.Merge(run.Gpt, run.Adapter);
        foreach (var (prompt, answer) in answers)
        {
            using var generator = new Generator(tuned);
            var sampler = new Sampler(new SamplingOptions { Temperature = 0 }, tuned.Config.VocabularySize, [end]);
            Assert.Equal(answer[..^1], generator.Generate(prompt, sampler, 12, [end]));
        }
    }

    private static TuningMethod Method(string kind, TuningModel run) => kind switch
    {
        "dpo" => new Preferences(run.Step, run.Backend, Pairs(), new PreferenceLoss(PreferenceKind.Sigmoid), likelihoodWeight: 0.1),
        "orpo" => new Preferences(run.Step, run.Backend, Pairs(), new PreferenceLoss(PreferenceKind.Orpo), likelihoodWeight: 1),
        "simpo" => new Preferences(run.Step, run.Backend, Pairs(), new PreferenceLoss(PreferenceKind.SimPo) { TargetMargin = 1 }),
        "kto" => new Desirability(run.Step, run.Backend, [.. Examples().Select((each, i) =>
            new LabelledAnswer(each.Tokens[..5], each.Tokens[5..], i % 2 == 0))], new DesirabilityLoss()),
        "reward" => new Ranking(run.Step, run.Backend, Pairs(), new RankingLoss()),
        "weighed" => new Imitation(run.Step, run.Backend, [.. Examples().Select((text, i) => new[]
        {
            text with { Weights = [.. Enumerable.Range(0, text.Tokens.Length).Select(t => 0.5f + i + t % 3)] },
        })]),
        "packed" => new Imitation(run.Step, run.Backend, [.. Examples().Select(text => new[] { text, Examples().Last(), text })]),
        _ => new Imitation(run.Step, run.Backend, [.. Examples().Select(text => new[] { text })]),
    };

    private static IEnumerable<TuningExample> Examples() => Enumerable.Range(0, 4)
        .Select(i => TuningExample.Of(SmallGpt.Tokens(5, salt: i), SmallGpt.Tokens(3 + i, salt: 10 + i)));

    private static PreferencePair[] Pairs() => [.. Examples().Select((example, i) =>
        new PreferencePair(example, TuningExample.Of(example.Tokens.AsSpan(0, 5), SmallGpt.Tokens(4, salt: 20 + i))))];
}
