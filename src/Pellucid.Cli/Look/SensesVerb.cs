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

        output.Line($"n = {data.Pairs.Count} pairs of {data.Occurrences.Count} contexts of "
            + $"{data.Occurrences.Select(one => one.Word).Distinct().Count()} words of "
            + $"{data.Name}{(data.LeftOut > 0 ? $" ({data.LeftOut} pairs too long)" : "")}, "
            + $"seed {seed}, BOS {(subject.Begin is null ? "off" : "on")}; nothing is ablated; mean over a word's tokens; "
            + $"states after a layer, {Reports.Layers}; ± is the standard error");
        Show(output, report, probe);
        PictureFiles.Write(words, () => Draw(report, probe));
        output.Json(json =>
        {
            subject.WriteJson(json, Method, []);
            json.WriteString("data", data.Name);
            json.WriteNumber("pairs", data.Pairs.Count);
            json.WriteNumber("left_out", data.LeftOut);
            json.WriteNumber("seed", seed);
            json.WriteString("ablation", "none");
            json.WriteObjects("recorded", data.Recorded.Keys, column =>
            {
                json.WriteString("column", column);
                json.WriteFinite("spearman", report.RecordedSpearman(column));
                json.WriteFinite("spearman_standard_error", report.WithError(report.RecordedSpearman(column)).StandardError);
            });
            json.WriteObjects("layers", report.Layers, layer =>
            {
                json.WriteNumber("layer", layer.Place - 1);
                json.WriteFinite("spearman", layer.Spearman);
                json.WriteFinite("spearman_standard_error", report.WithError(layer.Spearman).StandardError);
                if (layer.Nearest.Count > 0)
                    Subject.WriteEstimate(json, "nearest_centroid", layer.Nearest);
                if (probe is not null)
                {
                    Subject.WriteEstimate(json, "probe", probe.Places[layer.Place].Linear);
                    Subject.WriteEstimate(json, "control", probe.Places[layer.Place].Control);
                }
                json.WriteObjects("kinds", layer.Kinds, kind =>
                {
                    json.WriteString("kind", kind.Kind);
                    Subject.WriteEstimate(json, "same", kind.Same.Count > 0 ? kind.Same : null);
                    Subject.WriteEstimate(json, "different", kind.Different.Count > 0 ? kind.Different : null);
                });
                json.WriteObjects("centroids", layer.Centroids, centroid =>
                {
                    json.WriteString("sense", centroid.FirstSense);
                    json.WriteString("other", centroid.SecondSense);
                    json.WriteFinite("distance", centroid.Distance);
                });
            });
        });
        return PellucidCommand.Done;
    }

    private static void Show(Output output, SenseReport report, ProbeReport? probe)
    {
        foreach (var column in report.Data.Recorded.Keys)
            output.Line(
                $"Spearman of relatedness and the file's {column}: {Reports.Number(report.WithError(report.RecordedSpearman(column)), 4)}");
        var kinds = report.Layers[0].Kinds
            .SelectMany(kind => new[] { (kind.Kind, Same: true, kind.Same.Count), (kind.Kind, Same: false, kind.Different.Count) })
            .Where(column => column.Count > 0).ToArray();
        var table = Reports.NewTable("where", [.. kinds.Select(column => $"{column.Kind}, {(column.Same ? "same" : "different")}"),
            "Spearman", "nearest centroid", .. (string[])(probe is null ? [] : ["probe", "control"])]);
        foreach (var layer in report.Layers)
        {
            var cells = kinds.Select(column => layer.Kinds.Single(kind => kind.Kind == column.Kind) is var kind && column.Same
                ? Reports.Number(kind.Same) : Reports.Number(layer.Kinds.Single(other => other.Kind == column.Kind).Different));
            table.AddPlainRow([Reports.Place(layer.Place), .. cells,
                double.IsNaN(layer.Spearman) ? "–" : Reports.Number(report.WithError(layer.Spearman), 4),
                layer.Nearest.Count == 0 ? "–" : Reports.Percent(layer.Nearest),
                .. (string[])(probe is null ? []
                    : [Reports.Percent(probe.Places[layer.Place].Linear), Reports.Percent(probe.Places[layer.Place].Control)])]);
        }
        output.People.Write(table);
        if (report.Data.Name != "micro-world")
            return;
        var best = report.Layers.MaxBy(layer => layer.Nearest.Mean)!;
        output.Line("distances of the centroids of two senses, "
            + $"{(best.Place == 0 ? "of the embedding" : $"after block {best.Place - 1}")}: "
            + $"{string.Join(", ", best.Centroids.OrderByDescending(centroid => centroid.Distance).Select(centroid =>
                $"{centroid.FirstSense} and {centroid.SecondSense.Split(": ")[^1]} {Units.Number(centroid.Distance, 3)}"))}");
    }

    private static IReadOnlyList<Picture> Draw(SenseReport report, ProbeReport? probe)
    {
        Series Line(string name, Func<SenseLayer, double> value) =>
            new(name, [.. report.Layers.Select(layer => (layer.Place - 1.0, value(layer)))]);
        KindDistances Of(SenseLayer layer, string kind) => layer.Kinds.Single(other => other.Kind == kind);
        var pictures = new List<Picture>
        {
            Curves.Draw("Distance of the same word in two contexts", Reports.AfterBlock, "1 − cosine",
                [.. report.Layers[0].Kinds.SelectMany(kind => (Series[])
                    [Line($"{kind.Kind}, same sense", layer => Of(layer, kind.Kind).Same.Mean), .. (Series[])(kind.Different.Count > 0
                        ? [Line($"{kind.Kind}, different", layer => Of(layer, kind.Kind).Different.Mean)] : [])])]),
        };
        if (report.Layers.Any(layer => double.IsFinite(layer.Spearman)))
            pictures.Add(Curves.Draw("Spearman of distance and human relatedness", Reports.AfterBlock, "ρ",
                [Line("model", layer => layer.Spearman)]));
        if (probe is not null)
            pictures.Add(Curves.Draw("Telling senses", Reports.AfterBlock, "accuracy",
                [Line("nearest centroid", layer => layer.Nearest.Mean), Line("probe", layer => probe.Places[layer.Place].Linear.Mean),
                    Line("control", layer => probe.Places[layer.Place].Control.Mean)]));
        return pictures;
    }
}
