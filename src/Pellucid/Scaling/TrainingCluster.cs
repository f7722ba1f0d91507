namespace Pellucid.Scaling;

/// <summary>Machines to train on.</summary>
/// <param name="Chips">How many.</param>
/// <param name="Tflops">10¹² operations a second that each achieves in training.</param>
/// <param name="MemoryBytes">Of each; 0 where it is not known.</param>
/// <param name="Watts">That each draws, cooling included; 0 where it is not known.</param>
/// <param name="PricePerHour">Of each; 0 where it is not known.</param>
/// <param name="HoursBetweenFailures">Of each; 0 where it is not known.</param>
/// <param name="BytesPerSecond">That each sends to another.</param>
/// <param name="Latency">Seconds until the first byte arrives.</param>
public sealed record TrainingCluster(int Chips, double Tflops, double MemoryBytes = 0, double Watts = 0, double PricePerHour = 0,
    double HoursBetweenFailures = 0, double BytesPerSecond = 25e9, double Latency = 1e-5)
{
    /// <summary>Seconds that a ring of so many chips takes to add up so many bytes (Thakur et al. 2005):
    /// each sends nearly twice as many.</summary>
    public double AllReduce(int chips, double bytes) =>
        chips < 2 ? 0 : 2 * (chips - 1) * (bytes / chips / BytesPerSecond + Latency);
}

/// <summary>What is computed a second time in the backward pass, to save memory.</summary>
public enum Recompute
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Scores and weights of attention (Korthikanti et al. 2022).</summary>
    Selective,

    /// <summary>Every block.</summary>
    Full,
}

/// <summary>How a model is cut over chips.</summary>
/// <param name="Batch">Sequences of a step.</param>
/// <param name="Context">Tokens of each.</param>
/// <param name="Tensor">Chips that share each layer.</param>
/// <param name="Pipeline">Stages of layers.</param>
/// <param name="MicroBatch">Sequences that a stage computes at a time.</param>
/// <param name="Zero">What the replicas of a stage share among them (Rajbhandari et al. 2020): 0 nothing, 1 the optimizer's state,
/// 2 gradients too, 3 weights too.</param>
/// <param name="Recompute">What is computed twice.</param>
public sealed record TrainingLayout(int Batch, int Context, int Tensor = 1, int Pipeline = 1, int MicroBatch = 1, int Zero = 0,
    Recompute Recompute = Recompute.None)
{
    /// <summary>Replicas: chips over those of one model.</summary>
    /// <exception cref="ArgumentException">They do not divide.</exception>
    public int Replicas(int chips) => chips % (Tensor * Pipeline) == 0 ? chips / (Tensor * Pipeline)
        : throw new ArgumentException($"{chips} chips are no whole number of models of {Tensor} × {Pipeline}");

    /// <summary>Micro-batches that a stage computes in a step.</summary>
    public int MicroBatches(int chips) => Math.Max(1, Batch / (Replicas(chips) * MicroBatch));

    /// <summary>The share of a step's ideal time that stages wait: (p − 1) / m (Narayanan et al. 2021).</summary>
    public double Bubble(int chips) => (Pipeline - 1.0) / MicroBatches(chips);
}
