using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Looking.Probes;
using Pellucid.Looking.Senses;
using Pellucid.Pictures;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look senses</c>.</summary>
internal static class SensesVerb
{
    private const string Method = "1 - cosine of the residual stream at the same word in two contexts, mean over the word's tokens; "
        + "Spearman with average ranks for ties; "
        + "nearest centroid of the senses of a word, an occurrence's own vector left out; a linear probe of senses, with a control task";

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string?> Data = new("--data")
    {
        Description = "Pairs of sentences with human relatedness, as CSV in the form of RAW-C, instead of the micro-world"
    };
    private static readonly Option<int> Contexts =
        new("--contexts") { Description = "Contexts of each sense of the micro-world", DefaultValueFactory = _ => 12 };
    private static readonly Option<int> Count = new("--count")
    {
        Description = "Examples that the probe of the micro-world's senses learns from, at most",
        DefaultValueFactory = _ => 1000
    };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("senses", "Shows how far apart a model takes the same word in two contexts, "
            + "layer by layer: where it means the same, something related (polysemes) or something else altogether (homonyms). "
            + $"States are those after a layer; {Reports.Layers}.")
        {
            Model, Data, Contexts, Count, Seed, PromptOptions.BeginOfText,
        }.WithPictures().WithExample("pellucid look senses runs/words --count 200");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (contexts, seed) = (words.GetValue(Contexts), words.GetValue(Seed));
        if (contexts < 2 || words.GetValue(Count) < 20)
            throw new ArgumentException("--contexts must be at least 2, and --count at least 20");
        using var subject = Subject.Load(words, Model);
        var path = words.GetValue(Data);
        var data = path is null ? SenseData.MicroWorld(subject.Tokenizer, subject.Gpt.Config, contexts, subject.Begin)
            : SenseData.Read(path, subject.Tokenizer, subject.Gpt.Config, subject.Begin);
        var report = SenseReport.Of(subject.Gpt, data);
        var probe = path is null ? ProbeReport.Of(subject.Gpt,
            MicroWorldProbes.Task("sense", subject.Tokenizer, subject.Gpt.Config, words.GetValue(Count), seed, subject.Begin), seed) : null;

        var compared = ComparedSenses.Of(ModelResult.Of(subject, Method, []), report, probe, seed);

        output.Line($"n = {compared.Pairs} pairs of {data.Occurrences.Count} contexts of "
            + $"{data.Occurrences.Select(one => one.Word).Distinct().Count()} words of "
            + $"{compared.Data}{(compared.LeftOut > 0 ? $" ({compared.LeftOut} pairs too long)" : "")}, "
            + $"seed {seed}, BOS {(compared.Bos ? "on" : "off")}; nothing is ablated; mean over a word's tokens; "
            + $"states after a layer, {Reports.Layers}; ± is the standard error");
        Show(output, compared);
        PictureFiles.Write(words, () => Draw(compared));
        output.Json(compared, Results.Default.ComparedSenses);
        return PellucidCommand.Done;
    }

    private sealed record Column(string Name, int Pairs, Func<ComparedLayer, Estimate> Of);

    private static void Show(Output output, ComparedSenses compared)
    {
        foreach (var recorded in compared.Recorded)
            output.Line(
                $"Spearman of relatedness and the file's {recorded.Column}: {Reports.Number(recorded.Correlation, 4)}");
        var (layers, hasProbe) = (compared.Layers, compared.Layers[0].Probe is not null);
        Column[] kinds = [.. layers[0].Kinds.SelectMany((kind, i) => (Column[])
        [
            new($"{kind.Kind}, same", kind.Same.Count, layer => layer.Kinds[i].Same),
            new($"{kind.Kind}, different", kind.Different.Count, layer => layer.Kinds[i].Different),
        ]).Where(column => column.Pairs > 0)];
        var table = Reports.NewTable("where", [.. kinds.Select(kind => kind.Name), "Spearman", "nearest centroid",
            .. (string[])(hasProbe ? ["probe", "control"] : [])]);
        foreach (var layer in layers)
            table.AddPlainRow([Reports.Place(layer.Found.Place), .. kinds.Select(kind => Reports.Number(kind.Of(layer))),
                Reports.Number(layer.Correlation, 4), layer.Found.Nearest.Count == 0 ? "–" : Reports.Percent(layer.Found.Nearest),
                .. (string[])(layer.Probe is { } probe ? [Reports.Percent(probe.Linear), Reports.Percent(probe.Control)] : [])]);
        output.People.Write(table);
        if (compared.Data != "micro-world")
            return;
        var best = layers.MaxBy(layer => layer.Found.Nearest.Mean)!;
        output.Line("distances of the centroids of two senses, "
            + $"{(best.Layer < 0 ? "of the embedding" : $"after block {best.Layer}")}: "
            + $"{string.Join(", ", best.Centroids.OrderByDescending(pair => pair.Distance).Select(pair =>
                $"{pair.Sense} and {pair.Other.Split(": ")[^1]} {Units.Number(pair.Distance, 3)}"))}");
    }

    private static IReadOnlyList<Picture> Draw(ComparedSenses compared)
    {
        Series Line(string name, Func<ComparedLayer, double> value) =>
            new(name, [.. compared.Layers.Select(layer => ((double)layer.Layer, value(layer)))]);
        var pictures = new List<Picture>
        {
            Curves.Draw("Distance of the same word in two contexts", Reports.AfterBlock, "1 − cosine",
                [.. compared.Layers[0].Kinds.SelectMany((kind, i) => (Series[])
                    [Line($"{kind.Kind}, same sense", layer => layer.Kinds[i].Same.Mean), .. (Series[])(kind.Different.Count > 0
                        ? [Line($"{kind.Kind}, different", layer => layer.Kinds[i].Different.Mean)] : [])])]),
        };
        if (compared.Layers.Any(layer => double.IsFinite(layer.Spearman)))
            pictures.Add(Curves.Draw("Spearman of distance and human relatedness", Reports.AfterBlock, "ρ",
                [Line("model", layer => layer.Spearman)]));
        if (compared.Layers[0].Probe is not null)
            pictures.Add(Curves.Draw("Telling senses", Reports.AfterBlock, "accuracy",
                [Line("nearest centroid", layer => layer.Found.Nearest.Mean), Line("probe", layer => layer.Probe!.Linear.Mean),
                    Line("control", layer => layer.Probe!.Control.Mean)]));
        return pictures;
    }
}
