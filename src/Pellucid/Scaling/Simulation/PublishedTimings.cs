namespace Pellucid.Scaling.Simulation;

/// <summary>What others have measured on many machines, and what the simulation says of it.</summary>
/// <param name="What">What was timed.</param>
/// <param name="Unit">Of both numbers.</param>
/// <param name="Measured">By others.</param>
/// <param name="Simulated">Here.</param>
/// <param name="Source">Who measured.</param>
public sealed record PublishedTiming(string What, string Unit, double Measured, double Simulated, string Source)
{
    private const double Gib = 1 << 30, Mib = 1 << 20;

    // Two numbers each, fit to their largest vectors: a message over NVLink, and over 400 Gb/s for each of eight chips of a node.
    private static readonly SimulatedNetwork InNode = new(7e-6, 750e9), BetweenNodes = new(4e-6, 385e9);

    // An A100 in a node of eight with four links of 100 Gb/s; an H100 with 400 Gb/s of its own.
    private static readonly SimulatedNetwork PerA100 = new(1e-5, 6.25e9), PerH100 = new(1e-5, 50e9);

    /// <summary>Simulated over measured, less 1.</summary>
    public double Error => Simulated / Measured - 1;

    /// <summary>All that are known.</summary>
    public static IReadOnlyList<PublishedTiming> All { get; } = [.. AllReduces(), .. Bloom(), .. StrongScaling()];

    // Bus bandwidth is bytes over time, times 2 (p − 1) / p: that of a ring's links.
    private static IEnumerable<PublishedTiming> AllReduces()
    {
        const string source = "NCCL on eight B200 a node, in ml-engineering";
        foreach (var (bytes, one, four) in ((double, double, double)[])[(Mib, 36.06, 5.37), (16 * Mib, 254.96, 64.43),
            (128 * Mib, 568, 198), (Gib, 723.34, 361.99), (4 * Gib, 740.64, 377.34), (16 * Gib, 845.67, 381.80)])
        {
            yield return Timed($"{Size(bytes)} on 8 chips", 8, bytes, one, InNode);
            yield return Timed($"{Size(bytes)} on 32 chips", 32, bytes, four, BetweenNodes);
        }

        static PublishedTiming Timed(string what, int chips, double bytes, double gigabytesPerSecond, SimulatedNetwork network)
        {
            var ready = new double[chips];
            CollectiveClock.Run(ready, bytes, network, Collective.Ring);
            var measured = 2 * (chips - 1.0) / chips * bytes / gigabytesPerSecond / 1e6;
            return new PublishedTiming(what, "ms", measured, 1000 * ready.Max(), source);
        }

        static string Size(double bytes) => bytes >= Gib ? $"{bytes / Gib:0} GiB" : $"{bytes / Mib:0} MiB";
    }

    // BLOOM's ramp of batches, 8 replicas of 4 × 12 chips, micro-batches of 2: how much longer a step is than its sequences take.
    private static IEnumerable<PublishedTiming> Bloom()
    {
        const double sequence = 0.046389; // seconds, the slope over batches
        const double parameters = 182e9 / 48;
        foreach (var (batch, seconds) in ((int, double)[])[(512, 35.77), (1024, 59.65), (1536, 83.11), (2048, 107.12)])
        {
            var step = StepSimulation.Run(new SimulatedTraining(8, batch / 2, 8 * 2 * sequence, 2 * parameters, PerA100)
            {
                Bubble = 11, Spread = 0.01,
            });
            yield return new PublishedTiming($"BLOOM's step of {batch} sequences on 384 chips", "s", seconds, step.Seconds,
                "BigScience's chronicles");
        }
    }

    // Megatron-Core's 177B: 1,152 sequences of 4,096 tokens on 96 chips reach 47 % of the peak; how much on 4,608?
    private static IEnumerable<PublishedTiming> StrongScaling()
    {
        const double peak = 989e12, first = 0.47, parameters = 177e9, chipsOfReplica = 48;
        var leaf = 6 * parameters * 4096 / (chipsOfReplica * peak * first);
        double Rate(int chips)
        {
            var step = StepSimulation.Run(new SimulatedTraining((int)(chips / chipsOfReplica), 1152, leaf, 2 * parameters / chipsOfReplica,
                PerH100)
            {
                Bubble = 5.0 / 16, Overlap = 0.5, Spread = 0.01,
            });
            return 1152 * leaf / (chips / chipsOfReplica) / step.Seconds;
        }
        yield return new PublishedTiming("177B on 4,608 chips, where 96 reach 47 %", "% of the peak", 42, 47 * Rate(4608) / Rate(96),
            "Megatron-Core's documentation");
    }
}
