using System.CommandLine;
using System.Text.Json;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Scaling;

namespace Pellucid.Cli.Scale;

/// <summary><c>pellucid scale plan</c>.</summary>
internal static class ScalePlan
{
    private static readonly Option<double?> Tokens =
        new("--tokens") { Description = "Tokens to train on; as many as the law finds best for the size if not given" };
    private static readonly Option<int?> Chips =
        new("--chips") { Description = "Chips that train; the ranks of an MPI launcher, or 1, if not given" };
    private static readonly Option<double?> Tflops = new("--tflops")
    {
        Description = "10^12 operations a second that a chip achieves; with --mfu its peak",
    };
    private static readonly Option<double?> Mfu = new("--mfu") { Description = "The share of its peak that a chip achieves, from 0 to 1" };
    private static readonly Option<bool> Measure =
        new("--measure")
        {
            Description = "Measure this machine's rate instead, by matrix products of a training's sizes, and under mpirun the network's",
        };
    private static readonly Option<double> Memory = Number("--memory", "Memory of a chip, in GB", 0);
    private static readonly Option<int> Batch = new("--batch") { Description = "Sequences of a step", DefaultValueFactory = _ => 512 };
    private static readonly Option<int?> Context = new("--context") { Description = "Tokens of a sequence; the shape's if not given" };
    private static readonly Option<int> Tensor = new("--tensor") { Description = "Chips that share a layer", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Pipeline = new("--pipeline") { Description = "Stages of layers", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> MicroBatch =
        new("--micro-batch") { Description = "Sequences that a stage computes at a time", DefaultValueFactory = _ => 1 };
    private static readonly Option<Recompute> Recomputed =
        new("--recompute") { Description = "What is computed twice to save memory", DefaultValueFactory = _ => Recompute.None };
    private static readonly Option<double> Goodput = Number("--goodput", "Share of the calendar in which steps count", 0.8);
    private static readonly Option<double> Watts = Number("--watts", "That a chip draws, cooling included", 0);
    private static readonly Option<double> Price = Number("--price", "Of an hour of a chip", 0);
    private static readonly Option<double> Mtbf = Number("--mtbf", "Hours between failures of a chip", 0);
    private static readonly Option<double?> Bandwidth =
        new("--bandwidth") { Description = "GB a second that a chip sends; 25 if not given" };
    private static readonly Option<double?> Latency =
        new("--latency") { Description = "Microseconds until a message arrives; 10 if not given" };
    private static readonly Option<bool> Published =
        new("--published") { Description = "Plan the runs that were published, beside what they took" };

    public static Command Create()
    {
        var command = new Command("plan",
            "Plans a training: parameters, operations, time, memory, traffic, energy and money, by published formulas.")
        {
            ScaledModel.Preset, ScaledModel.Size, Tokens, Chips, Tflops, Mfu, Measure, Memory, Batch, Context, Tensor, Pipeline,
            MicroBatch, Recomputed, Goodput,
            Watts, Price, Mtbf, Bandwidth, Latency, Published,
        }.WithExample("pellucid scale plan --preset gpt3-175b --tokens 300e9 --chips 10000 --tflops 24.6");
        command.SetAction(words => Ranks.Run(words, (replicas, output) => Run(words, output, replicas)));
        return command;
    }

    private static Option<double> Number(string name, string description, double value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static int Run(ParseResult words, Output output, Replicas replicas)
    {
        if (words.GetValue(Published))
            return ShowPublished(output);
        var ((shape, cost, parameters, given), law) = (ScaledModel.Of(words, Tokens), ScalingLaw.Besiroglu);
        var tokens = given ?? BestTokens(law, parameters);
        var (cluster, context) = (Machines(words, replicas), words.GetValue(Context) ?? shape?.Context ?? 2048);
        var recompute = words.GetValue(Recomputed);
        var plan = cost is null ? TrainingPlan.OfSize(parameters, tokens, recompute == Recompute.Full, cluster)
            : TrainingPlan.OfShape(cost, tokens, context, recompute, cluster);
        Show(output, plan, cost, law, words.GetValue(Goodput));
        var layouts = Enumerable.Range(0, 4).Select(zero => new TrainingLayout(words.GetValue(Batch), context,
            words.GetValue(Tensor), words.GetValue(Pipeline), words.GetValue(MicroBatch), zero, recompute)).ToList();
        ShowMemory(output, plan, cost, layouts);
        if (cost is not null && plan.Cluster is not null)
            ShowTraffic(output, plan, cost, layouts[0]);
        output.Json(json => Write(json, plan, cost, law, words.GetValue(Goodput), layouts));
        return PellucidCommand.Done;
    }

    // Where a token more is worth a parameter more: D* of the budget whose N* the size is.
    private static double BestTokens(ScalingLaw law, double parameters)
    {
        var (low, high) = (1.0, 1e40);
        for (var i = 0; i < 200; i++)
        {
            var middle = Math.Sqrt(low * high);
            (low, high) = law.Optimum(middle).Parameters < parameters ? (middle, high) : (low, middle);
        }
        return law.Optimum(low).Tokens;
    }

    private static TrainingCluster? Machines(ParseResult words, Replicas replicas)
    {
        var (chips, mfu) = (words.GetValue(Chips) ?? replicas.Count, words.GetValue(Mfu));
        if (chips < 1 || mfu is not (null or > 0 and <= 1) || !(words.GetValue(Goodput) is > 0 and <= 1))
            throw new ArgumentException("--chips is at least 1, --mfu and --goodput are above 0 and at most 1");
        var measures = words.GetValue(Measure);
        var told = replicas.Count > 1 ? words.GetValue(Bandwidth) ?? words.GetValue(Latency) : null;
        if (measures && (words.GetValue(Tflops) ?? mfu ?? told) is not null)
            throw new ArgumentException("--measure finds out what --tflops, --mfu and, under mpirun, --bandwidth and --latency say");
        var rate = measures ? Bench.NetworkRate.Lowest(replicas, Bench.MatmulRate.Measure(words)) : words.GetValue(Tflops);
        var network = measures && replicas.Count > 1 ? Bench.NetworkRate.Measure(replicas)
            : new Bench.NetworkRate((words.GetValue(Bandwidth) ?? 25) * 1e9, (words.GetValue(Latency) ?? 10) * 1e-6);
        if (rate is null)
            return mfu is null ? null : throw new ArgumentException("--mfu is a share of --tflops; give both");
        return new TrainingCluster(chips, rate.Value * (mfu ?? 1), words.GetValue(Memory) * 1e9,
            words.GetValue(Watts), words.GetValue(Price),
            words.GetValue(Mtbf), network.BytesPerSecond, network.Latency);
    }

    private static void Show(Output output, TrainingPlan plan, ModelCost? cost, ScalingLaw law, double goodput)
    {
        var (table, best) = (Reports.NewTable("a training", ""), law.Optimum(plan.Flop));
        void Row(string name, string value) => table.AddPlainRow(name, value);
        foreach (var (group, count) in cost?.Groups ?? [])
            Row($"  {group}", Units.Count(count));
        Row("parameters", Units.Count(plan.Parameters));
        if (cost is not null && cost.Active < cost.Parameters)
            Row("  that a token meets", Units.Count(cost.Active));
        Row("tokens", Short(plan.Tokens));
        Row("FLOP, 6 N D", Short(plan.Flop));
        Row("PF-days", Short(plan.PetaflopDays));
        if (plan.Computed != plan.Flop)
            Row("FLOP that chips do, by the shape", Short(plan.Computed));
        Row("tokens per parameter", Units.Number(plan.TokensPerParameter, 1));
        Row("  best for these FLOP", $"{Units.Number(best.TokensPerParameter, 1)} ({Short(best.Parameters)} on {Short(best.Tokens)})");
        Row("loss by the law, nats", Units.Number(law.Loss(plan.Parameters, plan.Tokens), 3));
        Row("a checkpoint, GiB", Short(plan.Checkpoint / (1 << 30)));
        if (plan.Cluster is { } cluster)
        {
            Row($"chips, at {Short(cluster.Tflops)} TFLOP/s each", Units.Count(cluster.Chips));
            Row("chip-hours", Short(plan.ChipHours));
            Row("days of computing", Short(plan.Days()));
            Row($"days at goodput {Units.Number(goodput, 2)}", Short(plan.Days(goodput)));
            if (cluster.Watts > 0)
                Row("kWh", Short(plan.KilowattHours));
            if (cluster.PricePerHour > 0)
                Row("price", Short(plan.Price));
            if (cluster.HoursBetweenFailures > 0)
                Row("failures to expect", Units.Number(plan.Failures, 1));
        }
        output.People.Write(table);
        output.Line("loss and best size: the law of Besiroglu et al. (2024) for Chinchilla's data; another text has another");
    }

    private static void ShowMemory(Output output, TrainingPlan plan, ModelCost? cost, IReadOnlyList<TrainingLayout> layouts)
    {
        const double GiB = 1 << 30;
        var table = Reports.NewTable("GiB a chip, shared by replicas", "weights", "gradients", "Adam", "activations", "all", "fits");
        foreach (var layout in layouts)
        {
            var memory = plan.Memory(cost, layout);
            table.AddPlainRow(layout.Zero switch { 0 => "nothing", 1 => "Adam (ZeRO-1)", 2 => "and gradients (2)", _ => "and weights (3)" },
                Units.Number(memory.Weights / GiB, 1), Units.Number(memory.Gradients / GiB, 1), Units.Number(memory.Optimizer / GiB, 1),
                cost is null ? "–" : Units.Number(memory.Activations / GiB, 1), Units.Number(memory.Total / GiB, 1),
                plan.Cluster is not { MemoryBytes: > 0 and var room } ? "–" : memory.Total <= room ? "yes" : "no");
        }
        output.People.Write(table);
    }

    private static void ShowTraffic(Output output, TrainingPlan plan, ModelCost cost, TrainingLayout first)
    {
        var traffic = plan.Traffic(cost, first);
        output.Line($"a step of {Units.Count((double)first.Batch * first.Context)} tokens: {Units.Number(plan.StepSeconds(first), 2)} s; "
            + $"if nothing were computed meanwhile, gradients {Units.Number(traffic.Gradients, 2)} s, "
            + $"shared layers {Units.Number(traffic.Tensor, 2)} s, "
            + $"stages {Units.Number(traffic.Pipeline, 2)} s; "
            + $"stages wait {Reports.Percent(first.Bubble(plan.Cluster!.Chips))} of the ideal time; "
            + $"chips send {Units.Number(plan.Cluster.BytesPerSecond / 1e9, 2)} GB a second after "
            + $"{Units.Number(plan.Cluster.Latency * 1e6, 1)} µs");
    }

    private static int ShowPublished(Output output)
    {
        var table = Reports.NewTable("run", "planned chip-hours", "published", "ratio", "rate", "source");
        foreach (var run in PublishedRun.All)
            table.AddPlainRow(run.Name, Short(run.Plan.ChipHours), Short(run.ChipHours) + (run.IsCalendar ? " by calendar" : ""),
                Units.Number(run.Ratio, 2), run.Rate, run.Source);
        output.People.Write(table);
        output.Line("6 N D, or 8 N D where blocks were recomputed, over the rate of the chips; of a calendar the ratio is its goodput");
        output.Json(json => json.WriteObjects("runs", PublishedRun.All, run =>
        {
            json.WriteString("run", run.Name);
            json.WriteNumber("flop", run.Plan.Flop);
            json.WriteNumber("pf_days", run.Plan.PetaflopDays);
            json.WriteNumber("planned_chip_hours", run.Plan.ChipHours);
            json.WriteNumber("published_chip_hours", run.ChipHours);
            json.WriteBoolean("calendar", run.IsCalendar);
            json.WriteNumber("ratio", run.Ratio);
            json.WriteString("rate", run.Rate);
            json.WriteString("source", run.Source);
        }));
        return PellucidCommand.Done;
    }

    private static void Write(Utf8JsonWriter json, TrainingPlan plan, ModelCost? cost, ScalingLaw law, double goodput,
        IReadOnlyList<TrainingLayout> layouts)
    {
        json.WriteNumber("parameters", plan.Parameters);
        json.WriteNumber("active_parameters", cost?.Active ?? plan.Parameters);
        json.WriteObjects("groups", cost?.Groups ?? [], group =>
        {
            json.WriteString("group", group.Group);
            json.WriteNumber("parameters", group.Parameters);
        });
        json.WriteNumber("tokens", plan.Tokens);
        json.WriteNumber("flop", plan.Flop);
        json.WriteNumber("computed_flop", plan.Computed);
        json.WriteNumber("pf_days", plan.PetaflopDays);
        json.WriteNumber("tokens_per_parameter", plan.TokensPerParameter);
        json.WriteNumber("best_tokens_per_parameter", law.Optimum(plan.Flop).TokensPerParameter);
        json.WriteNumber("loss", law.Loss(plan.Parameters, plan.Tokens));
        json.WriteNumber("checkpoint_bytes", plan.Checkpoint);
        json.WriteObjects("memory", layouts, layout =>
        {
            var memory = plan.Memory(cost, layout);
            json.WriteNumber("zero", layout.Zero);
            json.WriteNumber("weights", memory.Weights);
            json.WriteNumber("gradients", memory.Gradients);
            json.WriteNumber("optimizer", memory.Optimizer);
            json.WriteNumber("activations", memory.Activations);
            json.WriteNumber("total", memory.Total);
        });
        if (plan.Cluster is not { } cluster)
            return;
        json.WriteNumber("chips", cluster.Chips);
        json.WriteNumber("tflops", cluster.Tflops);
        json.WriteNumber("bytes_per_second", cluster.BytesPerSecond);
        json.WriteNumber("latency_seconds", cluster.Latency);
        json.WriteNumber("chip_hours", plan.ChipHours);
        json.WriteNumber("days", plan.Days());
        json.WriteNumber("calendar_days", plan.Days(goodput));
        json.WriteNumber("kwh", plan.KilowattHours);
        json.WriteNumber("price", plan.Price);
        json.WriteNumber("failures", plan.Failures);
    }

    private static string Short(double value) => ScaleCommand.Short(value);
}
