using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tuning;

namespace Pellucid.Tests.Tuning;

/// <summary>A program tunes a model by a reward of its own.</summary>
public sealed class PolicyTuningTests
{
    private static readonly PolicyTuningOptions Options = new() { Steps = 15, Batch = 4, MaxTokens = 5, LearningRate = 1e-2f };

    [Theory]
    [InlineData(PolicyTuningMethod.Grpo)]
    [InlineData(PolicyTuningMethod.Ppo)]
    public void A_function_of_a_sample_is_what_a_model_learns_by(PolicyTuningMethod method)
    {
        using var folder = new TemporaryFolder();
        var (reports, samples) = (new List<PolicyTuningReport>(), new List<Sample>());
        PolicyTuning.Run(BuiltInModel.Name, folder.Path, ["Who is there? ", "Where is the ball? "], sample =>
        {
            samples.Add(sample);
            return sample.Answer.Count(letter => letter == 'o');
        }, Options with { Method = method }, reports.Add, TestContext.Current.CancellationToken);
        Assert.Equal(15, reports.Count);
        Assert.True(reports.TakeLast(3).Average(each => each.Score) > reports.Take(3).Average(each => each.Score),
            string.Join('\n', reports));
        Assert.Equal(0, reports[0].Divergence);
        Assert.All(samples, sample => Assert.Contains(sample.Prompt, (string[])["Who is there? ", "Where is the ball? "]));
        Assert.Equal(15 * 4 * 8, samples.Count);
        Assert.True(AdapterFolder.Exists(folder.Path));
        Assert.Throws<IOException>(() => PolicyTuning.Run(BuiltInModel.Name, folder.Path, ["a"], _ => 0));
    }

    [Fact]
    public void A_reward_that_is_not_a_number_leaves_what_was_learned_before()
    {
        using var folder = new TemporaryFolder();
        var steps = 0;
        var error = Assert.ThrowsAny<ArithmeticException>(() => PolicyTuning.Run(BuiltInModel.Name, folder.Path, ["Who is there? "],
            _ => steps < 2 ? 1 : double.PositiveInfinity, Options, _ => steps++, TestContext.Current.CancellationToken));
        Assert.Contains("of an answer of step 3 is not a number", error.Message, StringComparison.Ordinal);
        Assert.True(AdapterFolder.Exists(folder.Path));
    }
}
