namespace Pellucid.Scaling;

/// <summary>Bytes of each chip.</summary>
/// <param name="Weights">In 16 bits.</param>
/// <param name="Gradients">In 16 bits, or 32 where the optimizer's state is not shared.</param>
/// <param name="Optimizer">Weights in 32 bits and both moments of Adam.</param>
/// <param name="Activations">Kept for the backward pass.</param>
public sealed record ChipMemory(double Weights, double Gradients, double Optimizer, double Activations)
{
    /// <summary>All of it.</summary>
    public double Total => Weights + Gradients + Optimizer + Activations;
}

/// <summary>Seconds of a step that chips talk, if nothing is computed meanwhile.</summary>
/// <param name="Gradients">Replicas add up theirs.</param>
/// <param name="Tensor">Chips that share layers add up what each has.</param>
/// <param name="Pipeline">Stages pass on.</param>
public sealed record StepTraffic(double Gradients, double Tensor, double Pipeline);

/// <summary>
/// What a training takes: operations, time, memory, traffic, energy and money, from published formulas. Time is that of computing;
/// the calendar's is it over goodput, the share of time in which steps are made that count.
/// </summary>
/// <param name="Parameters">N.</param>
/// <param name="Tokens">D.</param>
/// <param name="Flop">Operations of the whole training by the rule of thumb, 6 N D, with the N that a token meets.</param>
/// <param name="Computed">Operations that chips do: by the shape's own count, where there is one, and what is recomputed included.</param>
/// <param name="Cluster">The machines; null where none are asked about.</param>
public sealed record TrainingPlan(double Parameters, double Tokens, double Flop, double Computed, TrainingCluster? Cluster = null)
{
    private const double PetaflopDay = 1e15 * 86_400;
    private const double CheckpointBytes = 14, OptimizerBytes = 12, WeightBytes = 2;

    /// <summary>The rule of thumb: 6 N D, 8 N D where blocks are recomputed (Kaplan et al. 2020; Narayanan et al. 2021).</summary>
    public static TrainingPlan OfSize(double parameters, double tokens, bool recompute = false, TrainingCluster? cluster = null)
    {
        Require(parameters, tokens);
        return new TrainingPlan(parameters, tokens, 6 * parameters * tokens, (recompute ? 8 : 6) * parameters * tokens, cluster);
    }

    /// <summary>By a shape's own count.</summary>
    public static TrainingPlan OfShape(ModelCost cost, double tokens, int context, Recompute recompute = Recompute.None,
        TrainingCluster? cluster = null)
    {
        ArgumentNullException.ThrowIfNull(cost);
        Require(cost.Parameters, tokens);
        return new TrainingPlan(cost.Parameters, tokens, 6 * cost.Active * tokens,
            (recompute == Recompute.Full ? cost.HardwareFlop(context) : cost.ModelFlop(context)) * tokens, cluster);
    }

    /// <summary>In days of a machine that does 10¹⁵ operations a second.</summary>
    public double PetaflopDays => Flop / PetaflopDay;

    /// <summary>D / N.</summary>
    public double TokensPerParameter => Tokens / Parameters;

    /// <summary>Seconds of computing on the whole cluster.</summary>
    public double Seconds => Computed / (Machines.Chips * Machines.Tflops * 1e12);

    /// <summary>Hours of computing, times chips.</summary>
    public double ChipHours => Seconds / 3600 * Machines.Chips;

    /// <summary>Days by the calendar.</summary>
    /// <param name="goodput">The share of time in which steps are made that count; 1 for computing alone.</param>
    public double Days(double goodput = 1) => Seconds / 86_400 / goodput;

    /// <summary>Energy in kWh; 0 where nobody says what a chip draws.</summary>
    public double KilowattHours => ChipHours * Machines.Watts / 1000;

    /// <summary>Its price; 0 where nobody says what an hour costs.</summary>
    public double Price => ChipHours * Machines.PricePerHour;

    /// <summary>Failures to expect; 0 where nobody says how often a chip fails.</summary>
    public double Failures => Machines.HoursBetweenFailures > 0 ? ChipHours / Machines.HoursBetweenFailures : 0;

    /// <summary>Bytes to save: weights in 16 bits, and in 32 with both moments.</summary>
    public double Checkpoint => CheckpointBytes * Parameters;

    /// <summary>
    /// Memory of each chip: 2 bytes a weight, 2 or 4 a gradient, 12 of Adam, over the chips that a layout shares them among, and the
    /// activations of Korthikanti et al. (2022), of as many micro-batches as are under way in the first stage.
    /// </summary>
    /// <param name="cost">The shape; without one nothing is known of activations.</param>
    /// <param name="layout">How it is cut.</param>
    public ChipMemory Memory(ModelCost? cost, TrainingLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var (own, replicas) = (Parameters / (layout.Tensor * layout.Pipeline), (double)layout.Replicas(Chips));
        double Shared(int from) => layout.Zero >= from ? replicas : 1;
        var gradientBytes = layout.Zero >= 2 ? 2 : 4;
        return new ChipMemory(WeightBytes * own / Shared(3), gradientBytes * own / Shared(2), OptimizerBytes * own / Shared(1),
            cost is null ? 0 : Activations(cost.Shape, layout));
    }

    // s b h (10 + 24 / t + 5 a s / (h t)) a layer.
    private double Activations(Pellucid.Models.GptConfig shape, TrainingLayout layout)
    {
        var (h, t, s) = ((double)shape.Width, (double)layout.Tensor, (double)layout.Context);
        var scores = layout.Recompute == Recompute.None ? 5 * shape.Heads * s / (h * t) : 0;
        var layer = layout.Recompute == Recompute.Full ? 2 : 10 + 24 / t + scores;
        var underWay = Math.Min(layout.Pipeline, layout.MicroBatches(Chips));
        return s * layout.MicroBatch * h * layer * Math.Ceiling((double)shape.Layers / layout.Pipeline) * underWay;
    }

    /// <summary>What a step sends, by the α-β model: a latency for each message, and bytes over the bandwidth.</summary>
    public StepTraffic Traffic(ModelCost cost, TrainingLayout layout)
    {
        ArgumentNullException.ThrowIfNull(cost);
        ArgumentNullException.ThrowIfNull(layout);
        var (shape, micro) = (cost.Shape, layout.MicroBatches(Machines.Chips));
        var gradients = Machines.AllReduce(layout.Replicas(Machines.Chips), WeightBytes * Parameters / (layout.Tensor * layout.Pipeline))
            * (layout.Zero == 3 ? 1.5 : 1);
        var message = WeightBytes * layout.MicroBatch * layout.Context * shape.Width;
        var perLayer = layout.Recompute == Recompute.Full ? 6 : 4;
        var layers = Math.Ceiling((double)shape.Layers / layout.Pipeline);
        return new StepTraffic(gradients, micro * layers * perLayer * Machines.AllReduce(layout.Tensor, message),
            layout.Pipeline < 2 ? 0 : 2 * micro * (message / Machines.BytesPerSecond + Machines.Latency));
    }

    /// <summary>Seconds of a step at the rate that chips achieve in training, which counts what they wait.</summary>
    public double StepSeconds(TrainingLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var tokens = (double)layout.Batch * layout.Context;
        return Computed / Tokens * tokens / (Machines.Chips * Machines.Tflops * 1e12);
    }

    private int Chips => Cluster?.Chips ?? 1;

    private TrainingCluster Machines => Cluster ?? throw new InvalidOperationException("the plan is of no machines");

    private static void Require(double parameters, double tokens)
    {
        if (!(parameters > 0) || !(tokens > 0) || !double.IsFinite(parameters * tokens))
            throw new ArgumentException($"{parameters} parameters and {tokens} tokens make no training");
    }
}
