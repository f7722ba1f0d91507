using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Distributed;
using Pellucid.Evaluation;
using Pellucid.Pictures;
using Pellucid.Worlds;
using Spectre.Console;

namespace Pellucid.Cli;

/// <summary><c>pellucid evaluate cloze</c>.</summary>
internal static class EvaluateClozeCommand
{
    private const string Method = "exact probabilities, sums of ln P over the tokens of an answer; right: the likeliest token each time is "
        + "the answer; preferred: the answer is likelier than the alternatives; accuracy with Wilson's 95 % interval";

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string[]> Data = new("--data")
    {
        Description = "Files of prompt and answer, tab between; relations as JSON of the lre-relations collection; tables (.csv) with the "
            + "columns clean and corrupted_hard, as indirect-object prompts come in; "
            + $"{TrainingText.MicroWorldName} for all its questions, or {TrainingText.MicroWorldName}/NAME for one phenomenon's",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [TrainingText.MicroWorldName],
    };

    private static readonly Option<int> Count = new("--count")
    {
        Description = "Questions of each phenomenon of the micro-world, and again of what it holds out",
        DefaultValueFactory = _ => 200
    };

    private static readonly Option<string?> Template =
        new("--template") { Description = "How a relation is asked for, with {} for the subject; as its file says if not given" };

    private static readonly Option<int> Examples = new("--examples")
    {
        Description = "The first so many pairs of a relation, told before each question, a line each; they are not asked"
    };

    public static Command Create()
    {
        var command = new Command("cloze",
            "Asks a model to go on with prompts, and measures how often and how surely it says the answer, with exact probabilities.")
        {
            Model, Data, Count, Template, Examples, PromptOptions.BeginOfText
        }
            .WithPictures().WithExample("pellucid evaluate cloze runs/micro-world --data micro-world/gifts");
        command.SetAction(words => Ranks.Run(words, (replicas, output) => Run(words, output, replicas)));
        return command;
    }

    private static int Run(ParseResult words, Output output, Replicas replicas)
    {
        var count = words.GetValue(Count) is > 0 and var given ? given : throw new ArgumentException("--count must be above 0");
        var questions = words.GetValue(Data)!.SelectMany(source => Questions(words, source, count)).ToArray();
        using var subject = Subject.Load(words, Model);
        Ranks.Agree(replicas, subject.Gpt, words.GetValue(Model)!, "the questions", questions.Select(question => $"{question.Prompt}\n"
            + $"{question.Answer}\n{string.Join('\n', question.Alternatives)}"));
        var answers = Cloze.Ask(subject.Gpt, subject.Tokenizer, questions, subject.Begin, replicas: replicas);
        var scores = questions.Zip(answers)
            .GroupBy(pair => pair.First.Group)
            .Select(group => ClozeScore.Of(group.Key, [.. group.Select(pair => pair.Second)])).ToArray();
        var groups = scores.Select(ClozeGroup.Of).ToArray();
        var asked = groups.Sum(group => group.Questions);
        var answered = new ClozeAnswers(ModelResult.Of(subject, Method, []), TrainingText.MicroWorldSeed, "none",
            asked == 0 ? 0 : scores.Sum(score => score.Correct) / (double)asked, asked, groups,
            replicas.Count > 1 ? replicas.Count : null);
        var tooLong = groups.Sum(group => group.TooLong);
        output.Line($"n = {Units.Count(asked)} questions{(tooLong > 0 ? $" ({Units.Count(tooLong)} too long)" : "")}, "
            + $"seed {answered.Seed}, BOS {(answered.Bos ? "on" : "off")}, nothing is ablated, all layers; "
            + "answers of several tokens by the sum over them; ± is the standard error");
        Show(output, groups);
        if (replicas.Rank == 0)
            PictureFiles.Write(words, () => [Bars.Draw("Share of questions answered right", [.. groups.Select(group =>
            new Bar(group.Group, group.Accuracy, Note: $"{Percent(group.Accuracy)} of {group.Questions}"))], largest: 1)]);
        output.Json(answered, Results.Default.ClozeAnswers);
        return PellucidCommand.Done;
    }

    private static IReadOnlyList<ClozeQuestion> Questions(ParseResult words, string source, int count)
    {
        if (source.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && File.Exists(source))
            return RelationQuestions.Read(source, words.GetValue(Template), words.GetValue(Examples));
        if (words.GetValue(Template) is not null || words.GetValue(Examples) != 0)
            throw new ArgumentException($"--template and --examples belong to relations (.json), and {source} is none");
        if (source != TrainingText.MicroWorldName && !source.StartsWith(TrainingText.MicroWorldName + "/", StringComparison.Ordinal))
            return File.Exists(source) ? ClozeFile.Read(source) : throw new FileNotFoundException(
                $"there is no file {source}; the built-in questions are called {TrainingText.MicroWorldName}");
        var world = new MicroWorld(TrainingText.MicroWorldSeed);
        var name = source == TrainingText.MicroWorldName ? null : source[(TrainingText.MicroWorldName.Length + 1)..];
        var chosen = world.Phenomena.Where(phenomenon => name is null || phenomenon.Name == name).ToArray();
        return chosen.Length > 0 ? [.. chosen.SelectMany(phenomenon =>
            new[] { Split.Training, Split.HeldOut }.SelectMany(split => world.Questions(phenomenon, split, count)))]
            : throw new ArgumentException(
                $"the micro-world has no '{name}'; it has {string.Join(", ", world.Phenomena.Select(phenomenon => phenomenon.Name))}");
    }

    private static void Show(Output output, IReadOnlyList<ClozeGroup> groups)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumn("questions");
        foreach (var heading in (ReadOnlySpan<string>)["n", "right", "95 % interval", "first token", "preferred", "log odds",
            "probability", "too long"])
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var group in groups)
            table.AddRow(Markup.Escape(group.Group), Units.Count(group.Questions), Percent(group.Accuracy),
                $"{Percent(group.AccuracyLow)} to {Percent(group.AccuracyHigh)}", Percent(group.FirstTokenAccuracy),
                Percent(group.Preferred),
                group.LogOdds is { } odds ? $"{Units.Number(odds, 2)} ± {Units.Number(group.LogOddsError ?? 0, 2)}" : "",
                Units.Number(group.Probability, 3), group.TooLong == 0 ? "" : Units.Count(group.TooLong));
        output.People.Write(table);
        output.Line("Right: the likeliest token each time is the answer; first token: only of its first. "
            + "Preferred: the answer is likelier than the alternatives. "
            + "Log odds in nats, with standard error.");
    }

    private static string Percent(double? part) => part is { } value ? $"{Units.Number(100 * value, 1)} %" : "";
}

/// <summary>How a model answers questions.</summary>
internal sealed record ClozeAnswers([property: JsonIgnore] ModelResult About, ulong Seed, string Ablation, double Accuracy, int Questions,
    IReadOnlyList<ClozeGroup> Groups,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Ranks) : ModelResult(About);

/// <summary>Questions of one group, and how often and how surely they were answered.</summary>
internal sealed record ClozeGroup(string Group, int Questions, int TooLong, double Accuracy, double AccuracyLow, double AccuracyHigh,
    double FirstTokenAccuracy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Preferred,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? LogOdds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? LogOddsError, double Probability)
{
    public static ClozeGroup Of(ClozeScore score) => new(score.Group, score.Count, score.TooLong, score.Accuracy, score.Interval.Low,
        score.Interval.High, score.Count == 0 ? 0 : (double)score.CorrectFirst / score.Count, score.Preferred, score.LogOdds,
        score.LogOddsError, score.Probability);
}
