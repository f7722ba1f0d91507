using System.CommandLine;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Evaluation.Beliefs;
using Pellucid.Looking;
using Pellucid.Pictures;

namespace Pellucid.Cli;

/// <summary><c>pellucid evaluate beliefs</c>.</summary>
internal static class EvaluateBeliefsCommand
{
    private const string Method = "log-odds ln P(right) - ln P(other), sums over the tokens of each answer; right above 0; "
        + "an item is passed when all of its questions are right";

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string[]> Data = new("--data")
    {
        Description = "Stories in files instead: fb.csv of Trott et al., BigToM, or those of Kosinski and Ullman as CSV between semicolons",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<int> Items = new("--items")
    {
        Description = "Items of each task, and stories of each alteration; multiples of 16 are balanced",
        DefaultValueFactory = _ => 32
    };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("beliefs", "Tells stories in which somebody is wrong about where a thing is or what a container holds, "
            + "and asks a model what they believe: "
            + "with controls in which the belief is true, small alterations that change it, and what simple heuristics would score.")
        {
            Model, Data, Items, Seed, PromptOptions.BeginOfText,
        }.WithPictures().WithExample("pellucid evaluate beliefs runs/words --items 16");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (items, seed, files) = (words.GetValue(Items), words.GetValue(Seed), words.GetValue(Data)!);
        if (items < 1)
            throw new ArgumentException("--items must be at least 1");
        if (files.FirstOrDefault(path => !File.Exists(path)) is { } missing)
            throw new FileNotFoundException($"there is no file {missing}");
        var questions = files.Length > 0 ? [.. files.SelectMany(BeliefFile.Read)] : BeliefStories.Items(items, seed);
        var altered = files.Length > 0 ? [] : BeliefAlterations.Stories(items, seed);
        using var subject = Subject.Load(words, Model);
        BeliefReport Ask(IReadOnlyList<BeliefQuestion> asked) => BeliefReport.Of(subject.Gpt, subject.Tokenizer, asked, subject.Begin);
        var report = Ask(questions);
        var alterations = altered.Count > 0 ? Ask(altered) : null;
        if (report.Scores.Count == 0)
            throw new InvalidDataException($"none of {questions.Count} stories fits the context of {subject.Gpt.Config.Context} tokens");

        output.Line($"n = {questions.Count} questions{(report.TooLong > 0 ? $" ({report.TooLong} too long)" : "")}, seed {seed}, "
            + $"BOS {(subject.Begin is null ? "off" : "on")}, nothing is ablated, all layers; "
            + "answers of several tokens by the sum over them; log odds in nats; ± is the standard error");
        Show(output, "story", report);
        foreach (var (task, (passed, count)) in report.Passed)
        {
            var asked = questions.Where(question => question.Task == task).ToList();
            var anItem = (double)asked.Count / asked.Select(question => question.Item).Distinct().Count();
            output.Line($"{task}: all questions right in {passed} of {count} items, {Reports.Percent((double)passed / count)}; "
                + $"chance {(count == 0 ? "–" : $"1 in {Units.Count(Math.Pow(2, anItem))}")}");
        }
        ShowHeuristics(output, questions);
        if (alterations is not null)
        {
            Show(output, "alteration (Ullman 2023)", alterations);
            output.Line("right: what is believed after the alteration is likelier than what the classical story would say; "
                + "after 1B nothing is known, and only the log odds are of interest");
        }
        PictureFiles.Write(words, () => [Draw("Beliefs: share right", report),
            .. (Picture[])(alterations is null ? [] : [Draw("Alterations: share right", alterations)])]);
        output.Json(json =>
        {
            subject.WriteJson(json, Method, []);
            json.WriteNumber("seed", seed);
            json.WriteString("ablation", "none");
            json.WriteNumber("questions", questions.Count);
            json.WriteNumber("too_long", report.TooLong);
            json.WriteNumber("accuracy", report.Scores.Sum(score => score.Right * score.Count) / report.Scores.Sum(score => score.Count));
            WriteScores(json, "scenarios", report);
            json.WriteObjects("items", report.Passed, task =>
            {
                json.WriteString("task", task.Key);
                json.WriteNumber("passed", task.Value.Passed);
                json.WriteNumber("items", task.Value.Items);
            });
            json.WriteObjects("heuristics", Heuristics(questions), one =>
            {
                json.WriteString("heuristic", one.Name);
                json.WriteString("task", one.Task);
                json.WriteNumber("accuracy", one.Right);
                json.WriteNumber("passed", one.Passed);
            });
            if (alterations is not null)
                WriteScores(json, "alterations", alterations);
        });
        return PellucidCommand.Done;
    }

    private static void Show(Output output, string what, BeliefReport report)
    {
        var table = Reports.NewTable(what, "asked", "n", "right", "log odds");
        foreach (var score in report.Scores)
            table.AddPlainRow($"{score.Task}: {score.Scenario}", score.AsksReality ? "reality" : "belief", Units.Count(score.Count),
                score.Scenario == BeliefAlterations.CannotRead ? "–"
                    : Reports.Percent(new Estimate(score.Right, score.RightError, score.Count)),
                Reports.Number(new Estimate(score.LogOdds, score.LogOddsError, score.Count), 2));
        output.People.Write(table);
    }

    private static void ShowHeuristics(Output output, IReadOnlyList<BeliefQuestion> questions)
    {
        var table = Reports.NewTable("a reader who goes by", "task", "right", "items passed");
        foreach (var (name, task, right, passed) in Heuristics(questions))
            table.AddPlainRow(name, task, Reports.Percent(right), Units.Count(passed));
        if (table.Rows.Count > 0)
            output.People.Write(table);
    }

    private static IEnumerable<(string Name, string Task, double Right, int Passed)> Heuristics(IReadOnlyList<BeliefQuestion> questions)
    {
        foreach (var heuristic in Enum.GetValues<BeliefHeuristic>())
            foreach (var task in questions.GroupBy(question => question.Task))
            {
                var right = task.Select(question => (question.Item, Right: heuristic.IsRight(question)))
                    .Where(one => one.Right is not null).ToArray();
                if (right.Length == task.Count())
                    yield return (heuristic switch
                    {
                        BeliefHeuristic.FirstMention => "first mention",
                        var other => other.ToString().ToLowerInvariant()
                    }, task.Key, right.Average(one => one.Right!.Value ? 1.0 : 0), right.GroupBy(one => one.Item)
                        .Count(item => item.All(one => one.Right!.Value)));
            }
    }

    private static void WriteScores(System.Text.Json.Utf8JsonWriter json, string name, BeliefReport report) =>
        json.WriteObjects(name, report.Scores, score =>
    {
        json.WriteString("task", score.Task);
        json.WriteString("scenario", score.Scenario);
        json.WriteString("asks", score.AsksReality ? "reality" : "belief");
        json.WriteNumber("questions", score.Count);
        json.WriteNumber("right", score.Right);
        json.WriteFinite("right_standard_error", score.RightError);
        json.WriteNumber("log_odds", score.LogOdds);
        json.WriteFinite("log_odds_standard_error", score.LogOddsError);
    });

    private static Picture Draw(string title, BeliefReport report)
    {
        var rows = report.Scores.Select(score => $"{score.Task}: {score.Scenario}").Distinct().ToArray();
        var values = new double[rows.Length, 2];
        for (var row = 0; row < rows.Length; row++)
            for (var column = 0; column < 2; column++)
                values[row, column] = report.Scores.FirstOrDefault(score =>
                    $"{score.Task}: {score.Scenario}" == rows[row] && score.AsksReality == (column == 1))?.Right ?? double.NaN;
        return HeatMap.Draw(title, rows, ["belief", "reality"], values,
            (row, column) => double.IsNaN(values[row, column]) ? "" : Reports.Percent(values[row, column]), (72, 22));
    }
}
