using Pellucid.Generation;
using Pellucid.Tests.Models;
using Pellucid.Tuning;
using Pellucid.Tuning.Policies;

namespace Pellucid.Tests.Tuning.Policies;

/// <summary>Answers that a policy learns from are what training says of them.</summary>
public sealed class RolloutTests
{
    private static readonly RolloutOptions Options = new() { MaxTokens = 12, Ends = [5, 11], Seed = 4 };

    [Theory]
    [InlineData(false, false, false, 1)]
    [InlineData(false, false, true, 1)]
    [InlineData(false, true, true, 1)]
    [InlineData(false, false, true, 0.7f)]
    [InlineData(true, false, false, 1)]
    [InlineData(true, false, true, 1)]
    [InlineData(true, true, true, 1)]
    [InlineData(true, false, true, 1.3f)]
    public void P17_log_probabilities_of_answers_are_those_of_training_to_the_bit(bool isLlama, bool isWhole, bool isRandom,
        float temperature)
    {
        using var model = new PolicyModel(isLlama ? PolicyModel.Llama : null, isWhole, isRandom, temperature);
        using var rollouts = new Rollouts(model.Gpt, model.Adapter, Options with { Temperature = temperature, MostRunning = 4 });
        var answers = rollouts.Write(PolicyModel.Prompts, 1, TestContext.Current.CancellationToken);
        using var together = new AnswerBatch(model.Backend);
        foreach (var answer in answers)
            together.Add(answer.Example);
        model.Step.Learn(together, default, wantsTokens: true, wantsValues: true);
        for (var i = 0; i < answers.Length; i++)
        {
            Assert.Equal(answers[i].HasEnded, Options.Ends.Contains(answers[i].Answer[^1]));
            Assert.True(answers[i].HasEnded || answers[i].Length == Options.MaxTokens);
            var now = model.Step.LogProbabilities.Slice(answers[i].FirstRow(together.Answers[i]), answers[i].Length).ToArray();
            Assert.Equal(answers[i].Old, now.Select(value => (double)value));
        }
        Assert.Contains(answers, answer => answer.HasEnded);
        Assert.Contains(answers, answer => !answer.HasEnded);
    }

    [Fact]
    public void An_answer_follows_from_seed_step_and_place_alone()
    {
        using var model = new PolicyModel(isRandom: true);
        int[][] Answers(int running, int step, ulong seed = 4)
        {
            using var rollouts = new Rollouts(model.Gpt, model.Adapter, Options with { MostRunning = running, Seed = seed });
            rollouts.Write([[7]], 9, TestContext.Current.CancellationToken);
            return [.. rollouts.Write(PolicyModel.Prompts, step, TestContext.Current.CancellationToken).Select(each => each.Answer)];
        }

        var first = Answers(8, 1);
        Assert.Equal(first, Answers(1, 1));
        Assert.NotEqual(first, Answers(8, 2));
        Assert.NotEqual(first, Answers(8, 1, seed: 5));
        Assert.NotEqual(first[^1], first[^2]); // one prompt, two answers
    }

    [Fact]
    public void What_was_read_before_the_adapter_changed_is_read_again()
    {
        using var model = new PolicyModel(isRandom: true);
        using var rollouts = new Rollouts(model.Gpt, model.Adapter, Options);
        var prompts = Enumerable.Repeat(SmallGpt.Tokens(80), 3).ToArray();
        rollouts.Write(prompts, 1, TestContext.Current.CancellationToken);
        model.Adapter.Parameters.Write(1, [.. model.Adapter.Read(1).Select(value => value + 0.3f)]);
        model.Adapter.Refresh();
        using var batch = new AnswerBatch(model.Backend);
        foreach (var answer in rollouts.Write(prompts, 1, TestContext.Current.CancellationToken))
        {
            batch.Clear();
            batch.Add(answer.Example);
            model.Step.Read(batch, model.Adapter);
            Assert.Equal(answer.Old, model.Step.LogProbabilities[^answer.Length..].ToArray().Select(value => (double)value));
        }
    }

    [Fact]
    public void P7_log_probabilities_are_of_the_token_that_comes_next()
    {
        using var model = new PolicyModel();
        using var rollouts = new Rollouts(model.Gpt, null, Options);
        var answer = rollouts.Write([SmallGpt.Tokens(6)], 1, TestContext.Current.CancellationToken)[0];
        using var generator = new SmallGpt(model.Backend);
        var logits = generator.Logits(rows => rows.Add(answer.Example.Tokens));
        for (var t = 0; t < answer.Length; t++)
            Assert.Equal(LogProbabilities.Of(logits[answer.Prompt.Length + t - 1], answer.Answer[t]), answer.Old[t], 1e-5);
    }

    [Fact]
    public void P18_answers_of_the_whole_distribution_have_a_divergence_above_0()
    {
        using var model = new PolicyModel(isRandom: true);
        using var rollouts = new Rollouts(model.Gpt, model.Adapter, Options);
        using var batch = new AnswerBatch(model.Backend);
        var answers = rollouts.Write([.. Enumerable.Repeat(SmallGpt.Tokens(4), 256)], 1, TestContext.Current.CancellationToken);
        foreach (var answer in answers)
        {
            batch.Clear();
            batch.Add(answer.Example);
            model.Step.Read(batch, null);
            answer.Reference = [.. model.Step.LogProbabilities[^answer.Length..].ToArray().Select(value => (double)value)];
        }
        var (mean, squares) = (answers.Average(each => each.Divergence), answers.Average(each => each.Divergence * each.Divergence));
        Assert.True(mean > -3 * Math.Sqrt((squares - mean * mean) / answers.Length), $"{mean}");
        Assert.True(mean > 0.01, $"{mean}");
    }

    [Fact]
    public void A_prompt_without_room_for_an_answer_is_refused()
    {
        using var model = new PolicyModel();
        using var rollouts = new Rollouts(model.Gpt, model.Adapter, Options);
        var error = Assert.Throws<ArgumentException>(() =>
            rollouts.Write([SmallGpt.Tokens(150)], 1, TestContext.Current.CancellationToken));
        Assert.Equal("a prompt of 150 tokens leaves no room for an answer in a context of 150", error.Message);
        Assert.Throws<ArgumentException>(() => new Rollouts(model.Gpt, null, Options with { Temperature = 0 }));
        using var ended = new CancellationTokenSource();
        ended.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => rollouts.Write(PolicyModel.Prompts, 1, ended.Token));
    }
}
