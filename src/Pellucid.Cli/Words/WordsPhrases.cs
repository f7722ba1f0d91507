using System.CommandLine;
using System.Globalization;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Files;
using Pellucid.Words;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words phrases</c>.</summary>
internal static class WordsPhrases
{
    private const int Shown = 20;

    // As words, formula, and the threshold if none is given: that of the original, of nobody, of gensim.
    private static readonly (string Name, PhraseScore Formula, double Threshold)[] Formulas =
        [("original", PhraseScore.Original, 100), ("npmi", PhraseScore.Normalized, 0.5), ("gensim", PhraseScore.Distinct, 10)];

    private static readonly Option<string> Out = new("--out") { Description = "The text with its phrases joined", Required = true };
    private static readonly Option<string> Score = new Option<string>("--score")
    {
        Description = "original: as word2phrase.c scores pairs; npmi: normalised pointwise mutual information; gensim: as its Phrases does",
        DefaultValueFactory = _ => "original"
    }.AcceptOnlyFromAmong([.. Formulas.Select(formula => formula.Name)]);
    private static readonly Option<double?> Threshold = new("--threshold") { Description =
        $"Pairs that score above it are joined; if not given "
            + string.Join(", ", Formulas.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Threshold} with {one.Name}"))) };

    public static Command Create()
    {
        var command = new Command("phrases",
            "Joins words that belong together by _, as in new_york. Run it again on its own result for longer phrases.")
        {
            CorpusOptions.Data, Out, Score, Threshold, CorpusOptions.MinCount, CorpusOptions.Letters,
        }.WithExample("pellucid words phrases --data micro-world --letters --out runs/phrases.txt");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var path = words.GetValue(Out)!;
        SafeFile.RequireWritable(path);
        var (_, formula, usual) = Formulas.Single(one => one.Name == words.GetValue(Score));
        var threshold = words.GetValue(Threshold) ?? usual;
        return CorpusOptions.With(words, corpus =>
        {
            var phrases = WordPhrases.Learn(corpus, formula, words.GetValue(CorpusOptions.MinCount), threshold, cancellation);
            var joined = phrases.Join(corpus, path, cancellation);
            var found = new JoinedPhrases(joined, phrases.Words, threshold,
                [.. phrases.Found().Select(pair => new ScoredPhrase($"{pair.First}_{pair.Second}", pair.Score))], path);
            var table = new Table().Border(TableBorder.Minimal)
                .AddColumns(new TableColumn("phrase"), new TableColumn("score").RightAligned());
            foreach (var (phrase, score) in found.Phrases.Take(Shown))
                table.AddRow(Markup.Escape(phrase), Units.Number(score, 4));
            output.People.Write(table);
            output.Line($"the best {Math.Min(Shown, found.PhraseCount)} of {Units.Count(found.PhraseCount)} phrases");
            output.Line($"{Units.Count(found.Joined)} pairs of {Units.Count(found.Words)} words joined; the text is in {found.Out}");
            output.Json(found, Results.Default.JoinedPhrases);
            return PellucidCommand.Done;
        });
    }
}

/// <summary>Pairs of words that belong together, the surest first, and how often they were joined.</summary>
internal sealed record JoinedPhrases(long Joined, long Words, double Threshold, IReadOnlyList<ScoredPhrase> Phrases, string Out)
{
    public int PhraseCount => Phrases.Count;
}

/// <summary>Two words with _ between them.</summary>
internal sealed record ScoredPhrase(string Phrase, double Score);
