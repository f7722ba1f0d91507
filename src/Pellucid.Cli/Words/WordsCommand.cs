using System.CommandLine;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words</c>: word vectors.</summary>
internal static class WordsCommand
{
    public static Command Create() => new("words", "Trains word vectors with word2vec, asks them, measures them, and shows their bias.")
    {
        WordsTrain.Create(),
        WordsNear.Create(),
        WordsAnalogy.Create(),
        WordsOdd.Create(),
        WordsEvaluate.Create(),
        WordsCluster.Create(),
        WordsBias.Create(),
        WordsPlot.Create(),
        WordsPhrases.Create(),
    };
}
