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
        var answers = vectors.Analogy(Word(A), Word(B), Word(C), words.GetValue(Count), words.GetValue(Method));
        NeighbourTable.Show(output, answers, "score");
        output.Json(json =>
        {
            json.WriteString("answer", answers.Length > 0 ? answers[0].Word : null);
            NeighbourTable.Write(json, "neighbours", answers);
        });
        return PellucidCommand.Done;
    }
}
