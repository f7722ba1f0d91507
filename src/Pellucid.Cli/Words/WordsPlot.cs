using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Pictures;
using Pellucid.Words;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words plot</c>.</summary>
internal static class WordsPlot
{
    private const int Width = 1200, Height = 900;

    private static readonly Argument<string> Vectors = VectorsArgument.New();
    private static readonly Argument<string[]> Words = VectorsArgument.NewWords(ArgumentArity.ZeroOrMore);
    private static readonly Option<int> Top =
        new("--top") { Description = "Without words, the first so many are shown", DefaultValueFactory = _ => 150 };
    private static readonly Option<string> Out =
        new("--out") { Description = "Name of the pictures: .png and .svg are put after it", DefaultValueFactory = _ => "words" };

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("plot",
            "Draws a map of words in two dimensions, the first two principal components of their unit vectors, as PNG and SVG.")
        {
            Vectors, Words, Top, Out
        }
            .WithExample("pellucid words plot runs/words.txt france paris germany berlin italy rome poland warsaw --out runs/capitals");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var path = words.GetValue(Vectors)!;
        var vectors = VectorsArgument.Load(path);
        var shown = words.GetValue(Words) is { Length: > 0 } asked ? [.. asked.Select(word => VectorsArgument.Find(vectors, word, path))]
            : Enumerable.Range(0, Math.Min(vectors.Count, words.GetValue(Top))).ToArray();
        if (shown.Length < 2)
            throw new ArgumentException("a map needs at least two words");
        double[][] units = [.. shown.Select(word => vectors.Unit(word).Select(value => (double)value).ToArray())];
        var components = PrincipalComponents.Of(units, 2);
        var places = units.Select(unit => components.Project(unit))
            .Select(place => (X: place[0], Y: place.Length > 1 ? place[1] : 0)).ToArray();
        var name = words.GetValue(Out)!;
        name = Path.GetExtension(name).ToLowerInvariant() is ".png" or ".svg" ? Path.ChangeExtension(name, null) : name;
        var map = new WordsMap(name + ".png", name + ".svg", components.Share.Sum(),
            [.. shown.Zip(places, (word, place) => new MappedWord(vectors.Words.Text(word), place.X, place.Y))]);
        Draw(name, map.Words);
        output.Line($"{map.Png} and {map.Svg} show {map.Words.Count} words; "
            + $"the two axes hold {Units.Number(100 * map.Share, 0)} % of what they differ in");
        output.Json(map, Results.Default.WordsMap);
        return PellucidCommand.Done;
    }

    private static void Draw(string name, IReadOnlyList<MappedWord> words)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(name)) is { } folder)
            Directory.CreateDirectory(folder);
        var points = words.Select(word => new MapPoint(word.Word, word.X, word.Y)).ToList();
        const string Title = "Words by the first (right) and second (up) principal component of their vectors";
        PictureFile.Save(name, Scatter.Draw(Title, points, Width, Height));
    }
}

/// <summary>Words on the plane of their two strongest directions.</summary>
/// <param name="Png">The picture's file.</param>
/// <param name="Svg">The picture's other file.</param>
/// <param name="Share">Of what the words differ in, along these two.</param>
/// <param name="Words">Where each lies.</param>
internal sealed record WordsMap(string Png, string Svg, double Share, IReadOnlyList<MappedWord> Words);

/// <summary>A word and its place.</summary>
internal sealed record MappedWord(string Word, double X, double Y);
