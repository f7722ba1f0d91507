using System.CommandLine;
using Pellucid.Cli.Terminal;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words odd</c>.</summary>
internal static class WordsOdd
{
    private static readonly Argument<string> Vectors = VectorsArgument.New();
    private static readonly Argument<string[]> Words = VectorsArgument.NewWords(ArgumentArity.OneOrMore);

    public static Command Create()
    {
        var command = new Command("odd",
            "Finds the word that fits least to the others: the smallest cosine with their mean.") { Vectors, Words }
            .WithExample("pellucid words odd runs/words.txt paris berlin rome baker");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var path = words.GetValue(Vectors)!;
        if (words.GetValue(Words)!.Length < 3)
            throw new ArgumentException("the odd one out needs at least three words");
        var vectors = VectorsArgument.Load(path);
        var odd = new OddWord(vectors.Words.Text(
            vectors.OddOneOut([.. words.GetValue(Words)!.Select(word => VectorsArgument.Find(vectors, word, path))])));
        output.Line(odd.Odd);
        output.Json(odd, Results.Default.OddWord);
        return PellucidCommand.Done;
    }
}

/// <summary>The word that fits least.</summary>
internal sealed record OddWord(string Odd);
