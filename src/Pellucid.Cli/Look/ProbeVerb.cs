using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Looking.Probes;
using Pellucid.Pictures;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look probe</c>.</summary>
internal static class ProbeVerb
{
    private const string Method = "probes on frozen residual streams, each column standardised over the training examples; "
        + "accuracy, which is micro-F1 where every example has one label; "
        + "control: a random label a word (Hewitt and Liang 2019); cumulative: "
        + "a two-layer probe of a scalar mixture of all places so far (Tenney et al. 2019); untrained: the same shape with random weights";

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string[]> Tasks = new("--task")
    {
        Description = $"What to probe for: {string.Join(", ", MicroWorldProbes.Names)} of the micro-world, "
            + $"or {string.Join(", ", ConlluProbes.Names)} of --data; all if not given",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string[]> Data =
        new("--data") { Description = "Treebanks in CoNLL-U, instead of the micro-world", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int> Count = new("--count")
    {
        Description = "Examples to learn from, at most; half as many, of other sentences, examine",
        DefaultValueFactory = _ => 2000
    };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("probe", "Shows at which layers something can be read off a model's states: linear and two-layer probes, "
            + "beside a control task and an untrained model, and the layers at which mixtures of all layers below gain. "
            + $"States are those after a layer; {Reports.Layers}.")
        {
            Model, Tasks, Data, Count, Seed, PromptOptions.BeginOfText,
        }.WithPictures().WithExample("pellucid look probe runs/words --task agreement --count 200");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (count, seed, data) = (words.GetValue(Count), words.GetValue(Seed), words.GetValue(Data)!);
        if (count < 20)
            throw new ArgumentException("--count must be at least 20");
        if (data.FirstOrDefault(path => !File.Exists(path)) is { } missing)
            throw new FileNotFoundException($"there is no file {missing}");
        using var subject = Subject.Load(words, Model);
        string[] names = words.GetValue(Tasks) is { Length: > 0 } chosen ? chosen
            : [.. data.Length > 0 ? ConlluProbes.Names : MicroWorldProbes.Names];
        var tasks = names.Select(name => data.Length > 0
            ? ConlluProbes.Task(name, data, subject.Tokenizer, subject.Gpt.Config, count, seed, subject.Begin)
            : MicroWorldProbes.Task(name, subject.Tokenizer, subject.Gpt.Config, count, seed, subject.Begin)).ToArray();

        output.Line($"seed {seed}, BOS {(subject.Begin is null ? "off" : "on")}; nothing is ablated; "
            + "words of several tokens stand by their last one; "
            + $"states after a layer, {Reports.Layers}; ± is the standard error");
        var reports = new List<ProbeReport>();
        foreach (var task in tasks)
        {
            var report = ProbeReport.Of(subject.Gpt, task, seed);
            reports.Add(report);
            Show(output, report);
        }
        var table = Reports.NewTable("task", "n", "commonest", "best linear", "expected layer", "gain", "gravity", "KL");
        foreach (var report in reports)
            table.AddPlainRow(report.Task.Name, Units.Count(report.Task.Examination.Count), Reports.Percent(report.Task.Majority),
                Reports.Percent(report.Places.MaxBy(place => place.Linear.Mean)!.Linear),
                ExpectedLayer(report), Reports.Percent(report.Cumulative.Gain), Units.Number(report.Cumulative.CentreOfGravity, 2),
                Units.Number(report.Cumulative.Peakedness, 3));
        output.People.Write(table);
        output.Line("gain: right with all layers together, above the embedding alone; within two standard errors it has no expected layer; "
            + "gravity: centre of gravity of the mixture of all layers; "
            + "in both, as in what is published, the embedding is 0 and after block 0 is 1; "
            + "KL: how far the mixture is from taking all alike, in nats");
        PictureFiles.Write(words, () => Draw(reports));
        output.Json(json =>
        {
            subject.WriteJson(json, Method, []);
            json.WriteMeanings("look probe");
            json.WriteNumber("seed", seed);
            json.WriteString("ablation", "none");
            json.WriteString("layers",
                "states after a layer, counted from 0; -1 is the embedding; in expected_layer and centre_of_gravity the embedding is 0");
            json.WriteObjects("tasks", reports, report =>
            {
                json.WriteString("task", report.Task.Name);
                json.WriteNumber("training", report.Task.Training.Count);
                json.WriteNumber("examination", report.Task.Examination.Count);
                json.WriteNumber("labels", report.Task.Labels.Count);
                json.WriteNumber("majority", report.Task.Majority);
                var expected = report.Cumulative.Gains ? report.Cumulative.ExpectedLayer : new Estimate(double.NaN, double.NaN, 0);
                json.WriteFinite("expected_layer", expected.Mean);
                json.WriteFinite("expected_layer_standard_error", expected.StandardError);
                Subject.WriteEstimate(json, "gain", report.Cumulative.Gain);
                json.WriteNumber("centre_of_gravity", report.Cumulative.CentreOfGravity);
                json.WriteNumber("kl_from_uniform", report.Cumulative.Peakedness);
                json.WriteObjects("places", report.Places, place =>
                {
                    json.WriteNumber("layer", place.Place - 1);
                    Subject.WriteEstimate(json, "linear", place.Linear);
                    Subject.WriteEstimate(json, "two_layer", place.TwoLayer);
                    Subject.WriteEstimate(json, "control", place.Control);
                    json.WriteNumber("selectivity", place.Selectivity);
                    Subject.WriteEstimate(json, "untrained", place.Untrained);
                    Subject.WriteEstimate(json, "cumulative", place.Cumulative);
                    json.WriteNumber("weight", place.Weight);
                });
            });
        });
        return PellucidCommand.Done;
    }

    private static void Show(Output output, ProbeReport report)
    {
        output.Line();
        output.Line($"{report.Task.Name}: {report.Task.Training.Count} examples to learn from, n = {report.Task.Examination.Count} of "
            + $"other sentences, {report.Task.Labels.Count} labels, the commonest {Reports.Percent(report.Task.Majority)}");
        var table = Reports.NewTable("where", "linear", "two layers", "control", "selectivity", "untrained", "cumulative", "weight");
        foreach (var place in report.Places)
            table.AddPlainRow(Reports.Place(place.Place), Reports.Percent(place.Linear), Reports.Percent(place.TwoLayer),
                Reports.Percent(place.Control), Units.Number(100 * place.Selectivity, 1),
                Reports.Percent(place.Untrained), Reports.Percent(place.Cumulative), Units.Number(place.Weight, 3));
        output.People.Write(table);
    }

    // A few examples more or less decide where a gain within chance lies.
    private static string ExpectedLayer(ProbeReport report) =>
        report.Cumulative.Gains ? Reports.Number(report.Cumulative.ExpectedLayer, 2) : "no gain";

    private static IReadOnlyList<Picture> Draw(IReadOnlyList<ProbeReport> reports)
    {
        var weights = new double[reports.Count, reports[0].Places.Count];
        for (var task = 0; task < reports.Count; task++)
        for (var place = 0; place < reports[0].Places.Count; place++)
            weights[task, place] = reports[task].Places[place].Weight;
        Series Line(string name, ProbeReport report, Func<ProbedPlace, double> score) =>
            new(name, [.. report.Places.Select(place => (place.Place - 1.0, score(place)))]);
        return
        [
            Curves.Draw("Linear probes by layer", Reports.AfterBlock, "accuracy",
                [.. reports.Select(report => Line(report.Task.Name, report, place => place.Linear.Mean))]),
            Curves.Draw("Linear probe less control task (selectivity)", Reports.AfterBlock, "accuracy",
                [.. reports.Select(report => Line(report.Task.Name, report, place => place.Selectivity))]),
            Curves.Draw("Probes of all layers so far (cumulative)", Reports.AfterBlock, "accuracy", [.. reports.Select(report =>
                Line($"{report.Task.Name}, expected layer {ExpectedLayer(report)}", report, place => place.Cumulative.Mean))]),
            HeatMap.Draw("Weights of layers in the mixture of all", [.. reports.Select(report => report.Task.Name)],
                [.. reports[0].Places.Select(place => Reports.Place(place.Place))], weights, cell: (40, 22)),
        ];
    }
}
