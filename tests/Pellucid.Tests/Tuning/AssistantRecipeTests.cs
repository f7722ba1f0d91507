using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Tuning.Assistant;
using Pellucid.Worlds;

namespace Pellucid.Tests.Tuning;

/// <summary>The recipe that makes an assistant of the built-in model: short here, whole by the command.</summary>
public sealed class AssistantRecipeTests(ITestOutputHelper output)
{
    [Fact]
    public void Questions_have_a_brief_answer_a_sentence_and_a_false_one_and_held_out_ones_are_not_learned()
    {
        var learned = WorldQuestion.Of(1, Split.Training).Take(2000).ToArray();
        var judged = WorldQuestion.Of(2, Split.HeldOut).Take(500).ToArray();
        Assert.All(learned.Concat(judged), question =>
        {
            Assert.True(question.IsTrue(" " + question.Brief) && question.IsTrue(question.Sentence) && !question.IsTrue(question.False));
            Assert.True(question.IsPreferred(question.Sentence) && !question.IsPreferred(question.Brief));
        });
        string[] OfCountries(WorldQuestion[] questions) => [.. questions.Select(question => question.Text).Where(text =>
            text.Contains("capital", StringComparison.Ordinal) || text.Contains("speak", StringComparison.Ordinal))];
        Assert.Empty(OfCountries(learned).Intersect(OfCountries(judged)));
        Assert.Contains(judged, question => question.Text == "What is the capital of Poland?" && question.Brief == "Warsaw.");
    }

    [Fact]
    public void Four_stages_make_the_preferred_answer_likelier_and_leave_the_world_as_it_was()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend);
        var tokenizer = Tokenizer.Load(BuiltInModel.Folder);
        using var recipe = new AssistantRecipe(gpt, tokenizer, SpecialTokens.Read(BuiltInModel.Folder, tokenizer, tokenizer.VocabularySize),
            SlowTests.AreAskedFor ? new AssistantOptions() : new AssistantOptions
            {
                Imitations = 120, Rankings = 40, Rollouts = 12, Preferences = 20, Questions = 600, Judged = 100,
            });
        var rows = new List<AssistantRow>();
        recipe.Run(row =>
        {
            rows.Add(row);
            output.WriteLine($"{row}");
        }, TestContext.Current.CancellationToken);
        Assert.Equal(["base", "sft", "reward", "ppo", "dpo"], rows.Select(row => row.Stage));
        var (bare, sft, reward, ppo, dpo) = (rows[0], rows[1], rows[2], rows[3], rows[4]);
        Assert.InRange(bare.Ended, 0, 0.05);
        Assert.True(sft.Ended > 0.9 && sft.True > bare.True + 0.2, $"{bare} {sft}");
        Assert.True(reward.Accuracy > 0.8, $"{reward}");
        // Of true answers half were sentences, as in the examples; what is preferred is learned, and by the short run truth is lost.
        Assert.InRange(sft.Preferred / sft.True, 0.3, 0.7);
        Assert.True(ppo.Preferred > 0.85 * ppo.True && dpo.Preferred > 0.85 * dpo.True && ppo.Score > 0.3, $"{sft} {ppo} {dpo}");
        Assert.True(!SlowTests.AreAskedFor || ppo.Preferred > sft.Preferred + 0.1 && dpo.Preferred > sft.Preferred + 0.1,
            $"{sft} {ppo} {dpo}");
        Assert.True(ppo.WorldLoss < bare.WorldLoss + 0.1 && dpo.WorldLoss < bare.WorldLoss + 0.2, $"{bare} {ppo} {dpo}");
    }
}
