using Pellucid.Models;
using Pellucid.Models.Adapters;
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

    // The examples were learned from when the adapter that comes along was made; the recipe as a whole is one of the long tests.
    [Fact]
    public void Pairs_and_rewards_make_the_preferred_answer_likelier_and_keep_truth_and_the_world()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend);
        using var sft = AdapterFolder.Read(BuiltInModel.AssistantFolder, gpt);
        var tokenizer = Tokenizer.Load(BuiltInModel.Folder);
        using var recipe = new AssistantRecipe(gpt, tokenizer, SpecialTokens.Read(BuiltInModel.Folder, tokenizer, tokenizer.VocabularySize),
            new AssistantOptions
            {
                Rankings = 50, Rollouts = 8, Preferences = 16, Rate = 3e-4f, PreferenceRate = 3e-4f, Questions = 300, Judged = 100,
            });
        var rows = new List<AssistantRow>();
        void Done(AssistantRow row)
        {
            rows.Add(row);
            output.WriteLine($"{row}");
        }

        recipe.Judge("sft", sft, Done);
        recipe.Improve(sft, Done, TestContext.Current.CancellationToken);
        Assert.Equal(["sft", "reward", "ppo", "dpo"], rows.Select(row => row.Stage));
        recipe.Unleash(rows.Add, TestContext.Current.CancellationToken);
        var (free, held) = (rows[^1], rows[2]);
        rows.RemoveAt(rows.Count - 1);
        Assert.True(free.Divergence > held.Divergence, $"{free} {held}"); // which is no longer paid for
        Assert.Equal(["ppo", "unleashed"], recipe.Steps.Select(step => step.Stage).Distinct());
        Assert.Equal(16, recipe.Steps.Count);
        Assert.Equal(recipe.Steps[0] with { Stage = "unleashed" }, recipe.Steps[8]); // both begin with what examples taught
        var (before, reward) = (rows[0], rows[1]);
        Assert.True(before.Ended.Value > 0.97 && before.True.Value > 0.9, $"{before}");
        Assert.InRange(before.Preferred.Value / before.True.Value, 0.3, 0.8); // in a word or in a sentence
        Assert.True(reward.Accuracy.Value > 0.6, $"{reward}"); // the form at least, which is a third of the pairs
        Assert.True(reward.Form.Value > 0.9, $"{reward}");
        Assert.InRange(reward.Truth.Value, 0.3, 0.9);
        Assert.All(rows.Where(row => row.Judged.Count > 0), row =>
            Assert.Equal(row.True.Value, row.Judged.Average(answer => answer.IsTrue ? 1.0 : 0), 1e-12));
        foreach (var row in rows.Skip(2))
        {
            Assert.True(row.Preferred.Value > before.Preferred.Value + 0.06, $"{before} {row}");
            Assert.True(row.True.Value > before.True.Value - 0.08, $"{before} {row}"); // steps as large as these cost a little
            Assert.InRange(row.WorldLoss, 0, before.WorldLoss + 0.05);
        }
    }
}
