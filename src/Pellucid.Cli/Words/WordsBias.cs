using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Words;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words bias</c>.</summary>
internal static class WordsBias
{
    private static readonly (string, string)[] GenderPairs =
    [
        ("she", "he"), ("her", "his"), ("woman", "man"), ("girl", "boy"), ("herself", "himself"), ("mother", "father"), ("daughter", "son"),
        ("female", "male"), ("sister", "brother"), ("queen", "king"),
    ];

    private static readonly string[] Trades =
    [
        "nurse", "librarian", "teacher", "housekeeper", "secretary", "dancer", "singer", "writer", "cook", "baker", "tailor", "painter",
        "gardener", "lawyer", "doctor", "scientist", "farmer", "fisher", "builder",
        "engineer", "architect", "philosopher", "carpenter", "captain", "soldier",
    ];

    // Caliskan, Bryson and Narayanan 2017, test of career against family, with words for people in place of first names.
    private static readonly AssociationSets CareerAndFamily = new(
        ["he", "him", "man", "men", "male", "boy", "brother", "father"],
        ["she", "her", "woman", "women", "female", "girl", "sister", "mother"],
        ["executive", "management", "professional", "corporation", "salary", "office", "business", "career"],
        ["home", "parents", "children", "family", "cousins", "marriage", "wedding", "relatives"]);

    private static readonly Argument<string> Vectors = VectorsArgument.New();
    private static readonly Argument<string[]> Words = VectorsArgument.NewWords(ArgumentArity.ZeroOrMore);
    private static readonly Option<string?> Pairs = new("--pairs")
    {
        Description = "A JSON array of pairs of words that define the direction; she and he, woman and man, and such if not given"
    };
    private static readonly Option<string?> List = new("--words")
    {
        Description = "A JSON array of the words to look at, or of arrays that begin with one; a list of trades if none are given"
    };
    private static readonly Option<string?> Association = new("--association")
    {
        Description = "A JSON object of four arrays of words x, y, a and b: are x nearer to a, and y to b? Career and family if not given"
    };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("bias",
            "Shows where words lie between two poles, such as she and he, and tests associations (WEAT) with a permutation test.")
        {
            Vectors, Words, Pairs, List, Association, Seed
        }
            .WithExample("pellucid words bias runs/words.txt");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var pairs = words.GetValue(Pairs) is { } pairsFile ? BiasFiles.ReadPairs(pairsFile) : GenderPairs;
        var sets = words.GetValue(Association) is { } setsFile ? BiasFiles.ReadSets(setsFile) : CareerAndFamily;
        var asked = words.GetValue(Words) is { Length: > 0 } given ? given
            : words.GetValue(List) is { } listFile ? BiasFiles.ReadWords(listFile) : Trades;
        var vectors = VectorsArgument.Load(words.GetValue(Vectors)!);
        BiasDirection direction;
        try
        {
            direction = new BiasDirection(vectors, pairs);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{words.GetValue(Vectors)}: {error.Message}", error);
        }
        var projections = new NeighbourTable(asked.Where(word => vectors.Find(word) >= 0).Distinct()
            .Select(word => new Neighbour(word, direction.Projection(vectors.Find(word))))
            .OrderByDescending(word => word.Score));
        var unknown = asked.Distinct().Count() - projections.Words.Count;
        output.Line($"Direction from {direction.Pairs} of {pairs.Length} pairs, {Units.Number(100 * direction.Share, 0)} % of their "
            + $"differences along it; above 0 is towards '{pairs[0].Item1}', below towards '{pairs[0].Item2}'");
        projections.Show(output, "projection");
        if (unknown > 0)
            output.Line($"{unknown} of {asked.Distinct().Count()} words are not among the vectors and were left out");
        output.Json(new FoundBias(direction.Pairs, direction.Share, projections.Words, unknown, Test(words, vectors, sets, output)),
            Results.Default.FoundBias);
        return PellucidCommand.Done;
    }

    // The built-in sets are only tried; sets that were asked for must be known.
    private static FoundAssociation? Test(ParseResult words, WordVectors vectors, AssociationSets sets, Output output)
    {
        try
        {
            var found = WordAssociation.Test(vectors, sets.X, sets.Y, sets.A, sets.B, words.GetValue(Seed));
            var test = new FoundAssociation(found.EffectSize, found.PValue, found.Partitions, found.IsExact, found.Known, found.Total);
            output.Line($"Association of {sets.X[0]} … with {sets.A[0]} … rather than {sets.B[0]} …, against {sets.Y[0]} …: "
                + $"effect size {Units.Number(test.EffectSize, 3)}, p = {Units.Number(test.PValue, 5)} over {Units.Count(test.Partitions)} "
                + $"{(test.Exact ? "partitions, all there are" : "random partitions")}; {test.Known} of {test.Total} words known");
            return test;
        }
        catch (ArgumentException error) when (words.GetValue(Association) is null)
        {
            output.Line($"No test of associations: {error.Message}");
            return null;
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }
}

/// <summary>Where words lie between two poles.</summary>
/// <param name="Pairs">That define the direction and are known.</param>
/// <param name="Share">Of their differences, along it.</param>
/// <param name="Projections">The largest first.</param>
/// <param name="Unknown">Words that are not among the vectors.</param>
/// <param name="Association">Of sets of words; null where too few are known.</param>
internal sealed record FoundBias(int Pairs, double Share, IReadOnlyList<ScoredWord> Projections, int Unknown,
    FoundAssociation? Association);

/// <summary>A test of associations (WEAT) by permutation.</summary>
internal sealed record FoundAssociation(double EffectSize, double PValue, long Partitions, bool Exact, int Known, int Total);
