namespace Pellucid.Scaling.Simulation;

/// <summary>How nodes bring gradients together and weights back.</summary>
public enum Collective
{
    /// <summary>Shards go round twice: 2 (p − 1) messages of a p-th one after another (Thakur et al. 2005).</summary>
    Ring,

    /// <summary>Halves with the other half of the nodes, then quarters, and back: 2 log2 p messages (Rabenseifner 2004).</summary>
    Halving,

    /// <summary>Each sends each its shard, and gets the others' back: what ranks of this engine do.</summary>
    Exchange,
}

/// <summary>What lies between nodes.</summary>
/// <param name="Latency">Seconds until a message's first byte arrives.</param>
/// <param name="BytesPerSecond">That a node sends, and receives meanwhile.</param>
public sealed record SimulatedNetwork(double Latency, double BytesPerSecond)
{
    /// <summary>Seconds of a message.</summary>
    public double Message(double bytes) => Latency + bytes / BytesPerSecond;
}

/// <summary>A training on many nodes, each a replica.</summary>
/// <param name="Nodes">How many.</param>
/// <param name="Leaves">Micro-batches of a step, which nodes share.</param>
/// <param name="LeafSeconds">A node computes one in so long.</param>
/// <param name="Bytes">Of gradients that are added up in a step, on each node.</param>
/// <param name="Network">What lies between nodes.</param>
public sealed record SimulatedTraining(int Nodes, int Leaves, double LeafSeconds, double Bytes, SimulatedNetwork Network)
{
    /// <summary>How gradients come together.</summary>
    public Collective Collective { get; init; } = Collective.Ring;

    /// <summary>Seconds of a step beside: updates of weights, reading.</summary>
    public double FixedSeconds { get; init; }

    /// <summary>Micro-batches that a pipeline's stages wait: (p − 1) / v for p stages, each in v parts (Narayanan et al. 2021).</summary>
    public double Bubble { get; init; }

    /// <summary>The share of the exchange that goes on while gradients are computed.</summary>
    public double Overlap { get; init; }

    /// <summary>Deviation of the logarithm of a node's time for a step: who is slow differs from step to step.</summary>
    public double Spread { get; init; }

    /// <summary>Steps that nodes make by themselves between two exchanges (Douillard et al. 2023); 1 for none.</summary>
    public int LocalSteps { get; init; } = 1;

    /// <summary>Hours between failures of a node; 0 for none.</summary>
    public double FailureHours { get; init; }

    /// <summary>Seconds to save.</summary>
    public double SaveSeconds { get; init; } = 60;

    /// <summary>Seconds from a failure until steps are made again.</summary>
    public double RestartSeconds { get; init; } = 600;

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="ArgumentException">One line says which.</exception>
    public void Validate()
    {
        Require(Nodes >= 1 && Leaves >= Nodes, $"{Nodes} nodes cannot share {Leaves} micro-batches");
        Require(LeafSeconds > 0 && Bytes >= 0 && FixedSeconds >= 0 && Bubble >= 0, "times and bytes cannot be below 0");
        Require(Network.BytesPerSecond > 0 && Network.Latency >= 0, "a network sends something, and takes no less than no time");
        Require(Overlap is >= 0 and <= 1, "the overlap is a share, from 0 to 1");
        Require(Spread is >= 0 and < 2, "the spread of nodes must lie between 0 and 2");
        Require(LocalSteps >= 1, "local steps must be at least 1");
        Require(FailureHours >= 0 && SaveSeconds >= 0 && RestartSeconds >= 0, "times of failures cannot be below 0");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new ArgumentException(otherwise);
    }
}
