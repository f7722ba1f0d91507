using System.CommandLine;
using System.Globalization;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Scaling.Simulation;

namespace Pellucid.Cli.Scale;

/// <summary><c>pellucid scale simulate</c>.</summary>
internal static class ScaleSimulate
{
    private static readonly Option<double?> Tokens = new("--tokens") { Description = "Tokens to train on; 20 a parameter if not given" };
    private static readonly Option<int[]> Nodes = new("--nodes")
    {
        Description = "How many machines", AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [1, 4, 16, 64, 256, 1024, 4096],
    };
    private static readonly Option<double> Tflops = Number("--tflops", "10^12 operations a second that a machine achieves", 3200);
    private static readonly Option<int> MicroBatches = new("--micro-batches")
    {
        Description = "Micro-batches of a step, which machines share", DefaultValueFactory = _ => 4096,
    };
    private static readonly Option<double> BatchTokens = Number("--batch-tokens", "Tokens of a step", 4_194_304);
    private static readonly Option<double> Bandwidth = Number("--bandwidth", "GB a second that a machine sends", 400);
    private static readonly Option<double> Latency = Number("--latency", "Microseconds until a message arrives", 10);
    private static readonly Option<double> GradientBytes = Number("--gradient-bytes", "Bytes of a parameter's gradient", 4);
    private static readonly Option<Collective> How = new("--collective")
    {
        Description = "How gradients come together: ring; halving, with ever fewer; or exchange, each with each, as ranks of pellucid do",
        DefaultValueFactory = _ => Collective.Ring,
    };
    private static readonly Option<double> Overlap =
        Number("--overlap", "Share of the exchange that goes on while gradients are computed", 0);
    private static readonly Option<double> Spread = Number("--spread", "Deviation of a machine's time for a step, as a share", 0.02);
    private static readonly Option<int> LocalSteps = new("--local-steps")
    {
        Description = "Steps that machines make by themselves between exchanges (Douillard et al. 2023)", DefaultValueFactory = _ => 1,
    };
    private static readonly Option<double> Mtbf = Number("--mtbf", "Hours between failures of a machine; 0 for none", 0);
    private static readonly Option<double> Save = Number("--save", "Seconds to save", 60);
    private static readonly Option<double> Restart = Number("--restart", "Seconds from a failure until steps are made again", 600);
    private static readonly Option<bool> Published =
        new("--published") { Description = "Simulate what others have measured, beside it" };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("simulate", "Follows steps of a training on many machines message by message: computing, exchange, "
            + "slower machines, failures and saves.")
        {
            ScaledModel.Preset, ScaledModel.Size, Tokens, Nodes, Tflops, MicroBatches, BatchTokens, Bandwidth, Latency, GradientBytes, How,
            Overlap, Spread, LocalSteps, Mtbf, Save, Restart, Published, Seed,
        }.WithPictures().WithExample("pellucid scale simulate --preset gpt3-175b --tokens 300e9 --mtbf 50000");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (words.GetValue(Published))
            return ShowPublished(output);
        var (_, _, parameters, given) = ScaledModel.Of(words, Tokens);
        var tokens = given ?? 20 * parameters;
        var steps = tokens / words.GetValue(BatchTokens);
        if (!(parameters > 0) || !(steps >= 1))
            throw new ArgumentException($"{parameters} parameters and {tokens} tokens in steps of {words.GetValue(BatchTokens)} are none");
        var rows = words.GetValue(Nodes)!.Distinct().Order().Select(nodes =>
        {
            var training = Training(words, parameters, nodes);
            var step = StepSimulation.Run(training, Math.Max(10, training.LocalSteps), words.GetValue(Seed));
            return (Nodes: nodes, Step: step, Calendar: RunSimulation.Run(training, step.Seconds * steps, words.GetValue(Seed)));
        }).ToList();
        var table = Reports.NewTable("machines", "a step", "computing", "waiting", "exchange", "efficiency", "days", "failures",
            "goodput");
        foreach (var (nodes, step, calendar) in rows)
            table.AddPlainRow(Units.Count(nodes), Seconds(step.Seconds), Seconds(step.Computing), Seconds(step.Waiting),
                Seconds(step.Exchanging), $"{Units.Number(100 * step.Efficiency, 1)} %",
                double.IsFinite(calendar.Seconds) ? Three(calendar.Seconds / 86_400) : "never", Units.Count(calendar.Failures),
                $"{Units.Number(100 * calendar.Goodput, 1)} %");
        output.People.Write(table);
        output.Line($"{ScaleCommand.Short(parameters)} parameters, {ScaleCommand.Short(tokens)} tokens, "
            + $"{ScaleCommand.Short(steps)} steps; links are alike and messages never collide");
        PictureFiles.Write(words, () => [ScalePictures.Efficiency([.. rows.Select(row =>
            (row.Nodes, row.Step.Efficiency, row.Step.Efficiency * row.Calendar.Goodput))])]);
        output.Json(json =>
        {
            json.WriteNumber("parameters", parameters);
            json.WriteNumber("tokens", tokens);
            json.WriteNumber("steps", steps);
            json.WriteObjects("rows", rows, row =>
            {
                json.WriteNumber("nodes", row.Nodes);
                json.WriteNumber("seconds", row.Step.Seconds);
                json.WriteNumber("computing", row.Step.Computing);
                json.WriteNumber("waiting", row.Step.Waiting);
                json.WriteNumber("exchanging", row.Step.Exchanging);
                json.WriteNumber("efficiency", row.Step.Efficiency);
                json.WriteFinite("days", row.Calendar.Seconds / 86_400);
                json.WriteNumber("failures", row.Calendar.Failures);
                json.WriteNumber("goodput", row.Calendar.Goodput);
            });
        });
        return PellucidCommand.Done;
    }

    private static SimulatedTraining Training(ParseResult words, double parameters, int nodes)
    {
        var leaves = words.GetValue(MicroBatches);
        return new SimulatedTraining(nodes, leaves,
            6 * parameters * words.GetValue(BatchTokens) / leaves / (words.GetValue(Tflops) * 1e12),
            words.GetValue(GradientBytes) * parameters,
            new SimulatedNetwork(words.GetValue(Latency) / 1e6, words.GetValue(Bandwidth) * 1e9))
        {
            Collective = words.GetValue(How), Overlap = words.GetValue(Overlap), Spread = words.GetValue(Spread),
            LocalSteps = words.GetValue(LocalSteps), FailureHours = words.GetValue(Mtbf), SaveSeconds = words.GetValue(Save),
            RestartSeconds = words.GetValue(Restart),
        };
    }

    private static int ShowPublished(Output output)
    {
        var table = Reports.NewTable("what", "measured", "simulated", "off by", "measured by");
        foreach (var timing in PublishedTiming.All)
            table.AddPlainRow(timing.What, $"{Three(timing.Measured)} {timing.Unit}", $"{Three(timing.Simulated)} {timing.Unit}",
                $"{Math.Round(100 * timing.Error):+0;−0;0} %", timing.Source);
        output.People.Write(table);
        output.Json(json => json.WriteObjects("timings", PublishedTiming.All, timing =>
        {
            json.WriteString("what", timing.What);
            json.WriteString("unit", timing.Unit);
            json.WriteNumber("measured", timing.Measured);
            json.WriteNumber("simulated", timing.Simulated);
            json.WriteNumber("error", timing.Error);
            json.WriteString("source", timing.Source);
        }));
        return PellucidCommand.Done;
    }

    // Whether it is a millisecond or a year.
    private static string Seconds(double seconds) => seconds < 1 ? $"{Three(1000 * seconds)} ms"
        : seconds < 36_000 ? $"{Three(seconds)} s" : $"{Three(seconds / 3600)} h";

    // Three digits, or all before the point.
    private static string Three(double value) => value == 0 ? "0"
        : value.ToString($"N{Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 9)}", CultureInfo.InvariantCulture);

    private static Option<double> Number(string name, string description, double value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
