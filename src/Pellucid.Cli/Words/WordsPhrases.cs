using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Words;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words phrases</c>.</summary>
internal static class WordsPhrases
{
    private const double OriginalThreshold = 100, NormalizedThreshold = 0.5;

    private static readonly Option<string> Out = new("--out") { Description = "The text with its phrases joined", Required = true };
    private static readonly Option<string> Score = new Option<string>("--score")
    {
        Description = "original: as word2phrase.c scores pairs; npmi: normalised pointwise mutual information",
        DefaultValueFactory = _ => "original"
    }.AcceptOnlyFromAmong("original", "npmi");
    private static readonly Option<double?> Threshold = new("--threshold") { Description =
        $"Pairs that score above it are joined; {OriginalThreshold} with original and {NormalizedThreshold} with npmi if not given" };

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
        CorpusOptions.RequireWritable(path);
        var formula = words.GetValue(Score) == "npmi" ? PhraseScore.Normalized : PhraseScore.Original;
        var threshold = words.GetValue(Threshold) ?? (formula == PhraseScore.Normalized ? NormalizedThreshold : OriginalThreshold);
        return CorpusOptions.With(words, corpus =>
        {
            var phrases = WordPhrases.Learn(corpus, formula, words.GetValue(CorpusOptions.MinCount), threshold, cancellation);
            var joined = phrases.Join(corpus, path, cancellation);
            output.Line($"{Units.Count(joined)} pairs of {Units.Count(phrases.Words)} words joined; the text is in {path}");
            output.Json(json =>
            {
                json.WriteNumber("joined", joined);
                json.WriteNumber("words", phrases.Words);
                json.WriteNumber("threshold", threshold);
                json.WriteString("out", path);
            });
            return PellucidCommand.Done;
        });
    }
}
