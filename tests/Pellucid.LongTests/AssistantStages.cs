using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;
using Pellucid.Tuning.Assistant;

namespace Pellucid.LongTests;

/// <summary>The recipe <c>assistant</c> as it stands: each stage must do what it is for, and none may forget what the one before it knew.
/// </summary>
internal static class AssistantStages
{
    public static int Run(ulong seed, int threads)
    {
        using var backend = CpuBackend.Create(threads);
        using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend);
        var tokenizer = CompanionFiles.LoadTokenizer(BuiltInModel.Folder, gpt.Config.VocabularySize);
        var specials = CompanionFiles.LoadSpecials(BuiltInModel.Folder, tokenizer, gpt.Config.VocabularySize);
        using var recipe = new AssistantRecipe(gpt, tokenizer, specials, new AssistantOptions { Seed = seed });
        var rows = new List<AssistantRow>();
        recipe.Run(row =>
        {
            rows.Add(row);
            Console.WriteLine(row);
        }, CancellationToken.None);
        var (bare, sft, reward) = (rows[0], rows[1], rows[2]);
        var faults = new List<string>();
        void Require(string what, bool holds)
        {
            if (!holds)
                faults.Add(what);
        }

        Require("the model alone does not end", bare.Ended.Value < 0.05);
        Require("examples teach it to answer and to end", sft.Ended.Value > 0.95 && sft.True.Value > 0.85);
        Require("in a word or in a sentence, both often", sft.Preferred.Value / sft.True.Value is > 0.3 and < 0.8);
        Require("the reward model has more right than the form of answers", reward.Accuracy.Value > 2.0 / 3 + reward.Accuracy.Error);
        foreach (var row in rows.Skip(3))
        {
            Require($"{row.Stage} makes the preferred answer likelier", row.Preferred.Value > sft.Preferred.Value + 0.1);
            Require($"{row.Stage} loses no truth", row.True.Value > sft.True.Value - sft.True.Error);
            Require($"{row.Stage} leaves the world as it was", row.WorldLoss < bare.WorldLoss + 0.1);
        }
        Console.WriteLine(faults.Count == 0 ? "all stages do what they are for" : $"fails: {string.Join("; ", faults)}");
        return faults.Count == 0 ? 0 : 1;
    }
}
