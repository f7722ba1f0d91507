using System.CommandLine;
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
        var pairs = similarity.Select(file => (File: file, Score: SimilarityScore.Evaluate(vectors, file))).ToArray();
        AnalogyScore[] sums = [AnalogyScore.Sum("semantic", scores.Where(score => !score.IsSyntactic)),
            AnalogyScore.Sum("syntactic", scores.Where(score => score.IsSyntactic)), AnalogyScore.Sum("total", scores)];
        if (questions is not null)
            ShowAnalogies(output, [.. scores, .. sums.Where(sum => sum.Total > 0)]);
        if (pairs.Length > 0)
            ShowSimilarity(output, pairs);
        output.Json(json =>
        {
            json.WriteMeanings("words evaluate");
            if (questions is not null)
            {
                json.WriteNumber("accuracy", sums[2].Accuracy);
                json.WriteNumber("semantic_accuracy", sums[0].Accuracy);
                json.WriteNumber("syntactic_accuracy", sums[1].Accuracy);
                json.WriteNumber("coverage", sums[2].Coverage);
                json.WriteNumber("correct", sums[2].Correct);
                json.WriteNumber("seen", sums[2].Seen);
                json.WriteNumber("total", sums[2].Total);
                json.WriteStartArray("categories");
                foreach (var score in scores)
                {
                    json.WriteStartObject();
                    json.WriteString("name", score.Name);
                    json.WriteNumber("accuracy", score.Accuracy);
                    json.WriteNumber("coverage", score.Coverage);
                    json.WriteNumber("correct", score.Correct);
                    json.WriteNumber("seen", score.Seen);
                    json.WriteNumber("total", score.Total);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteStartArray("similarity");
            foreach (var (file, score) in pairs)
            {
                json.WriteStartObject();
                json.WriteString("file", file);
                json.WriteFinite("spearman", score.Spearman);
                json.WriteFinite("pearson", score.Pearson);
                json.WriteNumber("seen", score.Seen);
                json.WriteNumber("total", score.Total);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        return PellucidCommand.Done;
    }

    private static void ShowAnalogies(Output output, IEnumerable<AnalogyScore> scores)
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

    private static void ShowSimilarity(Output output, IEnumerable<(string File, SimilarityScore Score)> pairs)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns(new TableColumn("similarity"),
            new TableColumn("seen").RightAligned(), new TableColumn("of").RightAligned(), new TableColumn("Spearman").RightAligned(),
            new TableColumn("Pearson").RightAligned());
        static string Shown(double value) => double.IsFinite(value) ? Units.Number(value, 4) : "–";
        foreach (var (file, score) in pairs)
            table.AddRow(Markup.Escape(Path.GetFileNameWithoutExtension(file)), Units.Count(score.Seen), Units.Count(score.Total),
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
