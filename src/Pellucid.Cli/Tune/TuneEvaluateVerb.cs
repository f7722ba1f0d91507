using System.CommandLine;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Tuning;
using Pellucid.Tuning.Policies;

namespace Pellucid.Cli.Tune;

/// <summary><c>pellucid tune evaluate</c>: one table over models that answer the same prompts.</summary>
internal static class TuneEvaluateVerb
{
    private static readonly Argument<string[]> Models = new("MODEL")
    {
        Description = "Models, or BASE+ADAPTER; the others are compared with the first", Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<string?> Reward = new("--reward")
    {
        Description = "What answers are worth: " + Rewards.Kinds,
    };
    private static readonly Option<string?> Judge = new("--judge")
    {
        Description = "Another such, which nothing was tuned by: where it does not agree, the first was cheated",
    };
    private static readonly Option<int> MaxTokens = TuneOptions.Number("--max-tokens", "Tokens of an answer, at most", 64);
    private static readonly Option<float> Temperature = TuneOptions.Number("--temperature", "What logits are divided by in answers", 1f);
    private static readonly Option<int> Answers = TuneOptions.Number("--answers",
        "Answers to each prompt; with a reward, what the best of so many of the first model's is worth is told too", 1);

    public static Command Create()
    {
        var command = new Command("evaluate", "Compares models by their answers: loss, reward, wins, length, divergence.")
        {
            Models, TuneOptions.Data, TuneOptions.Template, Reward, Judge, MaxTokens, Temperature, Answers, TuneOptions.Seed,
        }.WithExample("pellucid tune evaluate MODEL MODEL+tuned --data answers.jsonl");
        command.SetAction(Evaluate);
        return command;
    }

    private static int Evaluate(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var data = TuneOptions.DataOf(words);
        using var backend = CommonOptions.CreateBackend(words);
        using var evaluation = new AnswerEvaluation(new RolloutOptions
        {
            MaxTokens = words.GetValue(MaxTokens), Temperature = words.GetValue(Temperature), Seed = words.GetValue(TuneOptions.Seed),
        }, CommonOptions.AtLeastOne(words, Answers), words.GetValue(Reward), words.GetValue(Judge));
        var rows = new List<AnswerRow>();
        foreach (var path in words.GetValue(Models)!)
            rows.Add(evaluation.Of(path, backend, data, words.GetValue(TuneOptions.Template)));
        if (words.GetValue(Answers) > 1 && rows[0].Rewards.Length > 0)
            rows.Add(rows[0].BestOf(words.GetValue(Answers)));
        Show(output, rows);
        foreach (var row in rows.Skip(1))
            foreach (var note in row.Suspicions(rows[0]))
                output.Line($"{row.Model}: {note}");
        output.Json(json => json.WriteObjects("rows", rows, row =>
        {
            json.WriteString("model", row.Model);
            foreach (var (name, estimate) in row.Columns)
                if (double.IsFinite(estimate.Mean))
                {
                    json.WriteNumber(name, estimate.Mean);
                    json.WriteFinite(name + "_standard_error", estimate.StandardError);
                }
            json.WriteFinite("length_correlation", row.LengthCorrelation);
            json.WriteStartArray("suspicions");
            foreach (var note in row == rows[0] ? [] : row.Suspicions(rows[0]))
                json.WriteStringValue(note);
            json.WriteEndArray();
        }));
        return PellucidCommand.Done;
    }

    // Columns that no model has anything in are left out.
    private static void Show(Output output, List<AnswerRow> rows)
    {
        var shown = rows[0].Columns.Select(column => column.Name)
            .Where(name => rows.Exists(row => !double.IsNaN(row.Columns.First(column => column.Name == name).Estimate.Mean))).ToArray();
        var table = Reports.NewTable("model", [.. shown.Select(name => name.Replace('_', ' '))]);
        foreach (var row in rows)
            table.AddPlainRow([row.Model, .. shown.Select(name =>
                Reports.Number(row.Columns.First(column => column.Name == name).Estimate, 3))]);
        output.People.Write(table);
        output.Line($"{rows[0].Answers.Length} answers each; a mean ± its standard error; wins and divergence against {rows[0].Model}"
            + (rows.Exists(row => row.Answers.Length < rows[0].Answers.Length) ? ", that of the best of several at most" : ""));
    }
}
