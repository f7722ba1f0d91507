using System.CommandLine;
using System.Text.Json;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tuning.Assistant;

namespace Pellucid.Cli.Tune;

/// <summary><c>pellucid tune --recipe assistant</c>: the built-in model through all stages.</summary>
internal static class TuneRecipe
{
    private const string Assistant = BuiltInModel.Assistant;

    private static readonly Option<string?> Recipe = new Option<string?>("--recipe")
    {
        Description = $"All stages at once, on the built-in model and its world, where the truth is known: {Assistant}",
    }.AcceptOnlyFromAmong(Assistant);

    private static readonly Option<string?> Out = new("--out") { Description = "Folder of the recipe's adapters, one a stage" };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    /// <summary>Lets the command itself run a recipe.</summary>
    public static Command WithRecipe(this Command tune)
    {
        foreach (var option in (Option[])[Recipe, Out, Seed])
            tune.Options.Add(option);
        tune.SetInterruptibleAction(Run);
        return tune;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        if (words.GetValue(Recipe) is null)
            throw new ArgumentException("name a method, such as pellucid tune sft, or a --recipe; pellucid tune --help lists them");
        var target = words.GetValue(Out) ?? throw new ArgumentException("--out is needed: the folder of what is learned");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new IOException($"{target} holds something already; choose another folder, or remove it");
        var output = new Output(words.GetValue(CommonOptions.Json));
        using var backend = CommonOptions.CreateBackend(words);
        using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend);
        var tokenizer = CompanionFiles.LoadTokenizer(BuiltInModel.Folder, gpt.Config.VocabularySize);
        var specials = CompanionFiles.LoadSpecials(BuiltInModel.Folder, tokenizer, gpt.Config.VocabularySize);
        using var recipe = new AssistantRecipe(gpt, tokenizer, specials, new AssistantOptions { Seed = words.GetValue(Seed) });
        var rows = new List<AssistantRow>();
        recipe.Run(row =>
        {
            rows.Add(row);
            output.Line($"{row.Stage}: {Units.Number(row.Seconds, 0)} s");
        }, cancellation);
        foreach (var (stage, adapter) in recipe.Made)
            Write(Path.Combine(target, stage), adapter, gpt);
        Show(output, rows);
        output.Line($"Each stage's adapter is in {target}. Try it: pellucid chat {BuiltInModel.Name}+{Path.Combine(target, "ppo")}");
        output.Json(json =>
        {
            json.WriteString("recipe", Assistant);
            json.WriteObjects("stages", rows, row => Write(json, row));
            json.WriteString("out", target);
        });
        return PellucidCommand.Done;
    }

    private static void Show(Output output, List<AssistantRow> rows)
    {
        var table = Reports.NewTable("stage", "ended", "true", "preferred", "tokens", "loss of answers",
            "loss of the world", "score", "KL");
        string Told(Share share) => double.IsNaN(share.Value) ? "–"
            : $"{Units.Number(100 * share.Value, 1)} ± {Units.Number(100 * share.Error, 1)} %";
        string Number(double value) => double.IsNaN(value) ? "–" : Units.Number(value, 3);
        foreach (var row in rows)
            if (double.IsNaN(row.Accuracy.Value))
                table.AddPlainRow(row.Stage, Told(row.Ended), Told(row.True), Told(row.Preferred), Number(row.Length),
                    Number(row.AnswerLoss), Number(row.WorldLoss), Number(row.Score), Number(row.Divergence));
            else
                output.Line($"the reward model puts {Told(row.Accuracy)} of pairs that it has not seen in their order");
        output.People.Write(table);
        output.Line($"of {rows[0].Answers} answers to questions that no stage has seen: true is what the world says, preferred what is a "
            + "sentence as well; the score is in deviations from the mean of sft, KL in nats an answer from sft");
    }

    private static void Write(Utf8JsonWriter json, AssistantRow row)
    {
        json.WriteString("stage", row.Stage);
        json.WriteNumber("seconds", row.Seconds);
        json.WriteNumber("answers", row.Answers);
        foreach (var (name, share) in (ReadOnlySpan<(string, Share)>)[("ended", row.Ended), ("true", row.True),
            ("preferred", row.Preferred), ("accuracy", row.Accuracy)])
        {
            json.WriteFinite(name, share.Value);
            json.WriteFinite($"{name}_standard_error", share.Error);
        }
        foreach (var (name, value) in (ReadOnlySpan<(string, double)>)[("length", row.Length), ("answer_loss", row.AnswerLoss),
            ("world_loss", row.WorldLoss), ("score", row.Score), ("kl", row.Divergence)])
            json.WriteFinite(name, value);
    }

    // A folder that can be talked with, beside the model, whose tokenizer it shares.
    private static void Write(string folder, Adapter adapter, Gpt gpt)
    {
        AdapterFolder.Write(folder, adapter, gpt);
        File.WriteAllText(Path.Combine(folder, CompanionFiles.TemplateFile), AssistantData.Template);
    }
}
