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
        var clusters = Enumerable.Range(0, found.Assignments.Count).GroupBy(word => found.Assignments[word]).OrderBy(cluster => cluster.Key)
            .Select(cluster => (Number: cluster.Key, Size: cluster.Count(),
                First: cluster.Take(Shown).Select(vectors.Words.Text).ToArray())).ToArray();
        foreach (var (number, size, first) in clusters)
            output.Line($"{number,4}  {Units.Count(size),7} words  {string.Join(' ', first)}{(size > Shown ? " …" : "")}");
        output.Line($"mean cosine of a word with its centre {Units.Number(found.Cosine, 4)}, after {found.Iterations} rounds");
        output.Json(json =>
        {
            json.WriteNumber("cosine", found.Cosine);
            json.WriteNumber("iterations", found.Iterations);
            json.WriteStartArray("clusters");
            foreach (var (number, size, first) in clusters)
            {
                json.WriteStartObject();
                json.WriteNumber("number", number);
                json.WriteNumber("size", size);
                json.WriteStartArray("first_words");
                foreach (var word in first)
                    json.WriteStringValue(word);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        return PellucidCommand.Done;
    }
}
