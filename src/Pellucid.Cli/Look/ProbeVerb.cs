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
        var probed = new List<ProbedTask>();
        foreach (var task in tasks)
        {
            probed.Add(ProbedTask.Of(ProbeReport.Of(subject.Gpt, task, seed)));
            Show(output, probed[^1]);
        }
        var table = Reports.NewTable("task", "n", "commonest", "best linear", "expected layer", "gain", "gravity", "KL");
        foreach (var task in probed)
            table.AddPlainRow(task.Task, Units.Count(task.Examination), Reports.Percent(task.Majority),
                Reports.Percent(task.Places.MaxBy(place => place.Found.Linear.Mean)!.Found.Linear), ExpectedLayer(task),
                Reports.Percent(task.Gain), Units.Number(task.CentreOfGravity, 2), Units.Number(task.KlFromUniform, 3));
        output.People.Write(table);
        output.Line("gain: right with all layers together, above the embedding alone; within two standard errors it has no expected layer; "
            + "gravity: centre of gravity of the mixture of all layers; "
            + "in both, as in what is published, the embedding is 0 and after block 0 is 1; "
            + "KL: how far the mixture is from taking all alike, in nats");
        PictureFiles.Write(words, () => Draw(probed));
        output.Json(new ProbedModel(ModelResult.Of(subject, Method, []), Meanings.Of("look probe"), seed, "none",
            "states after a layer, counted from 0; -1 is the embedding; in expected_layer and centre_of_gravity the embedding is 0",
            probed), Results.Default.ProbedModel);
        return PellucidCommand.Done;
    }

    private static void Show(Output output, ProbedTask task)
    {
        output.Line();
        output.Line($"{task.Task}: {task.Training} examples to learn from, n = {task.Examination} of "
            + $"other sentences, {task.Labels} labels, the commonest {Reports.Percent(task.Majority)}");
        var table = Reports.NewTable("where", "linear", "two layers", "control", "selectivity", "untrained", "cumulative", "weight");
        foreach (var place in task.Places.Select(place => place.Found))
            table.AddPlainRow(Reports.Place(place.Place), Reports.Percent(place.Linear), Reports.Percent(place.TwoLayer),
                Reports.Percent(place.Control), Units.Number(100 * place.Selectivity, 1),
                Reports.Percent(place.Untrained), Reports.Percent(place.Cumulative), Units.Number(place.Weight, 3));
        output.People.Write(table);
    }

    private static string ExpectedLayer(ProbedTask task) =>
        double.IsNaN(task.ExpectedLayer) ? "no gain" : Reports.Number(task.Expected, 2);

    private static IReadOnlyList<Picture> Draw(IReadOnlyList<ProbedTask> tasks)
    {
        var weights = new double[tasks.Count, tasks[0].Places.Count];
        for (var task = 0; task < tasks.Count; task++)
        for (var place = 0; place < tasks[0].Places.Count; place++)
            weights[task, place] = tasks[task].Places[place].Weight;
        Series Line(string name, ProbedTask task, Func<TaskAtPlace, double> score) =>
            new(name, [.. task.Places.Select(place => ((double)place.Layer, score(place)))]);
        return
        [
            Curves.Draw("Linear probes by layer", Reports.AfterBlock, "accuracy",
                [.. tasks.Select(task => Line(task.Task, task, place => place.Found.Linear.Mean))]),
            Curves.Draw("Linear probe less control task (selectivity)", Reports.AfterBlock, "accuracy",
                [.. tasks.Select(task => Line(task.Task, task, place => place.Selectivity))]),
            Curves.Draw("Probes of all layers so far (cumulative)", Reports.AfterBlock, "accuracy", [.. tasks.Select(task =>
                Line($"{task.Task}, expected layer {ExpectedLayer(task)}", task, place => place.Found.Cumulative.Mean))]),
            HeatMap.Draw("Weights of layers in the mixture of all", [.. tasks.Select(task => task.Task)],
                [.. tasks[0].Places.Select(place => Reports.Place(place.Found.Place))], weights, cell: (40, 22)),
        ];
    }
}
