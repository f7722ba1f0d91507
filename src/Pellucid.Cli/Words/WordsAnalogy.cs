using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Words;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words analogy</c>.</summary>
internal static class WordsAnalogy
{
    private static readonly Argument<string> Vectors = VectorsArgument.New();
    private static readonly Argument<string> A = new("A") { Description = "A is to …" };
    private static readonly Argument<string> B = new("B") { Description = "… B as …" };
    private static readonly Argument<string> C = new("C") { Description = "… C is to what?" };
    private static readonly Option<int> Count = new("--count") { Description = "Words shown", DefaultValueFactory = _ => 10 };
    private static readonly Option<AnalogyMethod> Method = new("--method")
    {
        Description = "add: nearest to B − A + C; multiply: products of cosines (3CosMul)",
        DefaultValueFactory = _ => AnalogyMethod.Add
    };

    public static Command Create()
    {
        var command = new Command("analogy",
            "Answers: A is to B as C is to what? The three words themselves are left out.") { Vectors, A, B, C, Count, Method }
            .WithExample("pellucid words analogy runs/words.txt france paris poland");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var path = words.GetValue(Vectors)!;
        var vectors = VectorsArgument.Load(path);
        int Word(Argument<string> argument) => VectorsArgument.Find(vectors, words.GetValue(argument)!, path);
        var answers = new NeighbourTable(
            vectors.Analogy(Word(A), Word(B), Word(C), CommonOptions.AtLeastOne(words, Count), words.GetValue(Method)));
        answers.Show(output, "score");
        output.Json(new AnalogyAnswer(answers.Words.Count > 0 ? answers.Words[0].Word : null, answers.Words),
            Results.Default.AnalogyAnswer);
        return PellucidCommand.Done;
    }
}

/// <summary>What fits, the best first.</summary>
internal sealed record AnalogyAnswer(string? Answer, IReadOnlyList<ScoredWord> Neighbours);
