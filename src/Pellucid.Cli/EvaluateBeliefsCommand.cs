using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Distributed;
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
        command.SetAction(words => Ranks.Run(words, (replicas, output) => Run(words, output, replicas)));
        return command;
    }

    private static int Run(ParseResult words, Output output, Replicas replicas)
    {
        var (items, seed, files) = (words.GetValue(Items), words.GetValue(Seed), words.GetValue(Data)!);
        if (items < 1)
            throw new ArgumentException("--items must be at least 1");
        if (files.FirstOrDefault(path => !File.Exists(path)) is { } missing)
            throw new FileNotFoundException($"there is no file {missing}");
        var questions = files.Length > 0 ? [.. files.SelectMany(BeliefFile.Read)] : BeliefStories.Items(items, seed);
        var altered = files.Length > 0 ? [] : BeliefAlterations.Stories(items, seed);
        using var subject = Subject.Load(words, Model);
        Ranks.Agree(replicas, subject.Gpt, words.GetValue(Model)!, "the stories", questions.Concat(altered).Select(question =>
            $"{question.Cloze.Prompt}\n{question.Cloze.Answer}\n{string.Join('\n', question.Cloze.Alternatives)}"));
        BeliefReport Ask(IReadOnlyList<BeliefQuestion> asked) =>
            BeliefReport.Of(subject.Gpt, subject.Tokenizer, asked, subject.Begin, replicas);
        var report = Ask(questions);
        var alterations = altered.Count > 0 ? Ask(altered) : null;
        if (report.Scores.Count == 0)
            throw new InvalidDataException($"none of {questions.Count} stories fits the context of {subject.Gpt.Context} tokens");

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
        if (replicas.Rank == 0)
            PictureFiles.Write(words, () => [Draw("Beliefs: share right", report),
                .. (Picture[])(alterations is null ? [] : [Draw("Alterations: share right", alterations)])]);
        output.Json(new ToldBeliefs(ModelResult.Of(subject, Method, []), seed, "none", questions.Count, report.TooLong,
            report.Scores.Sum(score => score.Right * score.Count) / report.Scores.Sum(score => score.Count), Stories(report),
            [.. report.Passed.Select(task => new PassedItems(task.Key, task.Value.Passed, task.Value.Items))], [.. Heuristics(questions)],
            alterations is null ? null : Stories(alterations), replicas.Count > 1 ? replicas.Count : null), Results.Default.ToldBeliefs);
        return PellucidCommand.Done;
    }

    private static void Show(Output output, string what, BeliefReport report)
    {
        var table = Reports.NewTable(what, "asked", "n", "right", "log odds");
        foreach (var story in Stories(report))
            table.AddPlainRow($"{story.Task}: {story.Scenario}", story.Asks, Units.Count(story.Questions),
                story.Scenario == BeliefAlterations.CannotRead ? "–"
                    : Reports.Percent(new Estimate(story.Right, story.RightStandardError, story.Questions)),
                Reports.Number(new Estimate(story.LogOdds, story.LogOddsStandardError, story.Questions), 2));
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

    private static IEnumerable<HeuristicReader> Heuristics(IReadOnlyList<BeliefQuestion> questions)
    {
        foreach (var heuristic in Enum.GetValues<BeliefHeuristic>())
            foreach (var task in questions.GroupBy(question => question.Task))
            {
                var right = task.Select(question => (question.Item, Right: heuristic.IsRight(question)))
                    .Where(one => one.Right is not null).ToArray();
                if (right.Length == task.Count())
                    yield return new(heuristic switch
                    {
                        BeliefHeuristic.FirstMention => "first mention",
                        var other => other.ToString().ToLowerInvariant()
                    }, task.Key, right.Average(one => one.Right!.Value ? 1.0 : 0), right.GroupBy(one => one.Item)
                        .Count(item => item.All(one => one.Right!.Value)));
            }
    }

    private static IReadOnlyList<ToldStory> Stories(BeliefReport report) =>
        [.. report.Scores.Select(score => new ToldStory(score.Task, score.Scenario, score.AsksReality ? "reality" : "belief", score.Count,
            score.Right, score.RightError, score.LogOdds, score.LogOddsError))];

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

/// <summary>What a model says of stories about beliefs.</summary>
internal sealed record ToldBeliefs([property: JsonIgnore] ModelResult About, ulong Seed, string Ablation, int Questions, int TooLong,
    double Accuracy, IReadOnlyList<ToldStory> Scenarios, IReadOnlyList<PassedItems> Items, IReadOnlyList<HeuristicReader> Heuristics,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ToldStory>? Alterations,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Ranks) : ModelResult(About);

/// <summary>Stories of one task and scenario, asked for belief or reality.</summary>
internal sealed record ToldStory(string Task, string Scenario, string Asks, int Questions, double Right, double RightStandardError,
    double LogOdds, double LogOddsStandardError);

/// <summary>Items of a task of which every question was answered right.</summary>
internal sealed record PassedItems(string Task, int Passed, int Items);

/// <summary>What a reader would score who knows nothing of beliefs and goes by one rule.</summary>
internal sealed record HeuristicReader(string Heuristic, string Task, double Accuracy, int Passed);
