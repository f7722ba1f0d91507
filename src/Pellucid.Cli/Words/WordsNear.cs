using System.CommandLine;
using Pellucid.Cli.Terminal;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words near</c>.</summary>
internal static class WordsNear
{
    private static readonly Argument<string> Vectors = VectorsArgument.New();
    private static readonly Argument<string[]> Words = VectorsArgument.NewWords(ArgumentArity.OneOrMore);
    private static readonly Option<string?> Text =
        new("--to") { Description = "Tell only how near the words are to this text, both as means of their words" };
    private static readonly Option<int> Count = new("--count") { Description = "Words shown", DefaultValueFactory = _ => 10 };

    public static Command Create()
    {
        var command = new Command("near",
            "Shows the words nearest to a word, or to the mean of several: largest cosine first.") { Vectors, Words, Text, Count }
            .WithExample("pellucid words near runs/words.txt baker");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (path, asked) = (words.GetValue(Vectors)!, words.GetValue(Words)!);
        var vectors = VectorsArgument.Load(path);
        if (words.GetValue(Text) is { } text)
        {
            var similarity = vectors.TextSimilarity(string.Join(' ', asked), text)
                ?? throw new InvalidDataException($"none of the words of one of the texts is among the {vectors.Count} words of {path}");
            output.Line(Units.Number(similarity, 4));
            output.Json(new TextsAlike(similarity), Results.Default.TextsAlike);
            return PellucidCommand.Done;
        }
        var neighbours = new NeighbourTable(
            vectors.Nearest([.. asked.Select(word => VectorsArgument.Find(vectors, word, path))], CommonOptions.AtLeastOne(words, Count)));
        neighbours.Show(output, "cosine");
        output.Json(new NearWords(neighbours.Words), Results.Default.NearWords);
        return PellucidCommand.Done;
    }
}

/// <summary>The nearest words, the nearest first.</summary>
internal sealed record NearWords(IReadOnlyList<ScoredWord> Neighbours);

/// <summary>The cosine of two texts.</summary>
internal sealed record TextsAlike(double Similarity);
