using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Words;
using Pellucid.Worlds;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words evaluate</c>.</summary>
internal static class WordsEvaluate
{
    private static readonly Argument<string> Vectors = VectorsArgument.New();
    private static readonly Option<string?> Questions = new("--questions")
    {
        Description = $"Analogies: lines ': category' and lines of four words; or {TrainingText.MicroWorldName}, for what is true there"
    };
    private static readonly Option<string[]> Similarity = new("--similarity")
    {
        Description = "Files of two words and what people say of their similarity",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => []
    };
    private static readonly Option<int> Top =
        new("--top") { Description = "Only the first so many words count in analogies; 0 for all", DefaultValueFactory = _ => 30_000 };
    private static readonly Option<AnalogyMethod> Method = new("--method")
    {
        Description = "add: nearest to B − A + C; multiply: products of cosines, divided by cosine + 0.001 (3CosMul)",
        DefaultValueFactory = _ => AnalogyMethod.Add
    };

    public static Command Create()
    {
        var command = new Command("evaluate", "Measures word vectors: answers to analogies by the rules of word2vec's compute-accuracy, "
            + "and rank correlation with what people say.") { Vectors, Questions, Similarity, Top, Method }
            .WithExample("pellucid words evaluate runs/words.txt --questions micro-world");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (questions, similarity) = (words.GetValue(Questions), words.GetValue(Similarity)!);
        if (questions is null && similarity.Length == 0)
            throw new ArgumentException("give --questions, --similarity, or both");
        foreach (var file in similarity.Append(questions)
            .Where(file => file is not (null or TrainingText.MicroWorldName) && !File.Exists(file)))
            throw new FileNotFoundException($"there is no file {file}");
        var vectors = VectorsArgument.Load(words.GetValue(Vectors)!);
        using var backend = CommonOptions.CreateBackend(words);
        var scores = questions is null ? [] : AnalogyScore.Evaluate(vectors,
            questions == TrainingText.MicroWorldName ? MicroWorldQuestions() : AnalogyCategory.Read(questions), words.GetValue(Top),
            backend, words.GetValue(Method));
        var pairs = similarity.Select(file => SimilarityResult.Of(file, SimilarityScore.Evaluate(vectors, file))).ToArray();
        var categories = scores.Select(AnalogyResult.Of).ToArray();
        AnalogyResult[] sums = [Sum("semantic", scores.Where(score => !score.IsSyntactic)),
            Sum("syntactic", scores.Where(score => score.IsSyntactic)), Sum("total", scores)];
        if (questions is not null)
            ShowAnalogies(output, [.. categories, .. sums.Where(sum => sum.Total > 0)]);
        if (pairs.Length > 0)
            ShowSimilarity(output, pairs);
        var all = questions is null ? null : sums[2];
        output.Json(new EvaluatedVectors(Meanings.Of("words evaluate"), all?.Accuracy, all is null ? null : sums[0].Accuracy,
            all is null ? null : sums[1].Accuracy, all?.Coverage, all?.Correct, all?.Seen, all?.Total, all is null ? null : categories,
            pairs), Results.Default.EvaluatedVectors);
        return PellucidCommand.Done;
    }

    private static AnalogyResult Sum(string name, IEnumerable<AnalogyScore> scores) => AnalogyResult.Of(AnalogyScore.Sum(name, scores));

    private static void ShowAnalogies(Output output, IEnumerable<AnalogyResult> scores)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns(new TableColumn("analogies"),
            new TableColumn("right").RightAligned(), new TableColumn("seen").RightAligned(), new TableColumn("of").RightAligned(),
            new TableColumn("accuracy").RightAligned());
        foreach (var score in scores)
            table.AddRow(Markup.Escape(score.Name), Units.Count(score.Correct), Units.Count(score.Seen), Units.Count(score.Total),
                score.Seen == 0 ? "–" : $"{Units.Number(100 * score.Accuracy, 2)} %");
        output.People.Write(table);
        output.Line("A question is seen when all its four words are known; accuracy is of those, and the others are left out.");
    }

    private static void ShowSimilarity(Output output, IEnumerable<SimilarityResult> pairs)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns(new TableColumn("similarity"),
            new TableColumn("seen").RightAligned(), new TableColumn("of").RightAligned(), new TableColumn("Spearman").RightAligned(),
            new TableColumn("Pearson").RightAligned());
        static string Shown(double value) => double.IsFinite(value) ? Units.Number(value, 4) : "–";
        foreach (var score in pairs)
            table.AddRow(Markup.Escape(Path.GetFileNameWithoutExtension(score.File)), Units.Count(score.Seen), Units.Count(score.Total),
                Shown(score.Spearman), Shown(score.Pearson));
        output.People.Write(table);
    }

    // Every country against every other: its capital, and its language.
    private static AnalogyCategory[] MicroWorldQuestions()
    {
        AnalogyCategory Category(string name, Func<Country, string> fact) => new(name, [.. Geography.Countries.All.SelectMany(a =>
            Geography.Countries.All.Where(b => b != a).Select(b => (a.Name, fact(a), b.Name, fact(b))))]);
        return [Category("capitals", country => country.Capital), Category("languages", country => country.Language)];
    }
}

/// <summary>How vectors answer analogies, null where none were asked, and how they order pairs.</summary>
internal sealed record EvaluatedVectors(IReadOnlyDictionary<string, string> Meanings,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Accuracy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? SemanticAccuracy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? SyntacticAccuracy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Coverage,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Correct,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Seen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Total,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<AnalogyResult>? Categories,
    IReadOnlyList<SimilarityResult> Similarity);

/// <summary>Analogies of one category.</summary>
internal sealed record AnalogyResult(string Name, double Accuracy, double Coverage, int Correct, int Seen, int Total)
{
    public static AnalogyResult Of(AnalogyScore score) =>
        new(score.Name, score.Accuracy, score.Coverage, score.Correct, score.Seen, score.Total);
}

/// <summary>Rank correlation with what people say of pairs of words.</summary>
internal sealed record SimilarityResult(string File, double Spearman, double Pearson, int Seen, int Total)
{
    public static SimilarityResult Of(string file, SimilarityScore score) =>
        new(file, score.Spearman, score.Pearson, score.Seen, score.Total);
}
