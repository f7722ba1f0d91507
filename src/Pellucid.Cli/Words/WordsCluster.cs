using System.CommandLine;
using System.Globalization;
using System.Text;
using Pellucid.Cli.Terminal;
using Pellucid.Files;
using Pellucid.Words;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words cluster</c>.</summary>
internal static class WordsCluster
{
    private const int Shown = 12;

    private static readonly Argument<string> Vectors = VectorsArgument.New();
    private static readonly Option<int> Clusters = new("--clusters") { Description = "How many", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> Top = VectorsArgument.NewTop("Only the first so many words; 0 for all");
    private static readonly Option<string?> Out = new("--out") { Description = "Write a word and the number of its cluster a line" };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("cluster", "Sorts words into clusters by k-means on unit vectors.") { Vectors, Clusters, Top, Out, Seed }
            .WithExample("pellucid words cluster runs/words.txt --clusters 12");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var vectors = VectorsArgument.Load(words.GetValue(Vectors)!);
        var found = WordClusters.Find(vectors, words.GetValue(Clusters), words.GetValue(Top), seed: words.GetValue(Seed));
        if (words.GetValue(Out) is { } path)
            SafeFile.Write(path, stream =>
            {
                for (var word = 0; word < found.Assignments.Count; word++)
                {
                    stream.Write(vectors.Words[word]);
                    stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" {found.Assignments[word]}\n")));
                }
            });
        var sorted = new SortedWords(found.Cosine, found.Iterations, [.. Enumerable.Range(0, found.Assignments.Count)
            .GroupBy(word => found.Assignments[word]).OrderBy(cluster => cluster.Key).Select(cluster =>
                new WordCluster(cluster.Key, cluster.Count(), [.. cluster.Take(Shown).Select(vectors.Words.Text)]))]);
        foreach (var (number, size, first) in sorted.Clusters)
            output.Line($"{number,4}  {Units.Count(size),7} words  {string.Join(' ', first)}{(size > Shown ? " …" : "")}");
        output.Line($"mean cosine of a word with its centre {Units.Number(sorted.Cosine, 4)}, after {sorted.Iterations} rounds");
        output.Json(sorted, Results.Default.SortedWords);
        return PellucidCommand.Done;
    }
}

/// <summary>Words in clusters.</summary>
/// <param name="Cosine">Mean of a word with its cluster's centre.</param>
/// <param name="Iterations">Rounds of k-means.</param>
/// <param name="Clusters">By their numbers.</param>
internal sealed record SortedWords(double Cosine, int Iterations, IReadOnlyList<WordCluster> Clusters);

/// <summary>A cluster and its first words.</summary>
internal sealed record WordCluster(int Number, int Size, IReadOnlyList<string> FirstWords);
