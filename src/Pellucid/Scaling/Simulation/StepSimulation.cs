using Pellucid.Tensors;

namespace Pellucid.Scaling.Simulation;

/// <summary>What a step takes on many nodes, a mean over steps; all in seconds.</summary>
/// <param name="Seconds">From one step to the next.</param>
/// <param name="Computing">Of the mean node.</param>
/// <param name="Waiting">That the mean node waits for slower ones.</param>
/// <param name="Exchanging">That all have computed, and messages are under way.</param>
/// <param name="Efficiency">What one node alone would take, over all nodes' time.</param>
public sealed record SimulatedStep(double Seconds, double Computing, double Waiting, double Exchanging, double Efficiency);

/// <summary>Steps of a training, followed node by node and message by message.</summary>
public static class StepSimulation
{
    private const uint SpreadPurpose = 0x736c6f77;

    /// <summary>Follows so many steps, of which the same seed makes the same.</summary>
    /// <exception cref="ArgumentException">The training makes no sense.</exception>
    public static SimulatedStep Run(SimulatedTraining training, int steps = 20, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(training);
        training.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        // Where nodes exchange once in many steps, a round is those steps and the exchange.
        var (nodes, rounds) = (training.Nodes, Math.Max(1, steps / training.LocalSteps));
        var own = ((training.Leaves + nodes - 1) / nodes + training.Bubble) * training.LeafSeconds;
        var (now, computed, ends) = (new double[nodes], new double[nodes], new double[nodes]);
        var (computing, waiting, exchanging) = (0.0, 0.0, 0.0);
        for (var round = 0; round < rounds; round++)
        {
            for (var node = 0; node < nodes; node++)
            {
                var spent = 0.0;
                for (var step = 0; step < training.LocalSteps; step++)
                    spent += own * Slowness(training, seed, (ulong)((long)round * training.LocalSteps + step), node);
                (computed[node], ends[node]) = (now[node] + spent, now[node]);
                computing += spent / nodes;
            }
            // What overlaps begins with the round; the rest when both that and computing are over.
            CollectiveClock.Run(ends, training.Bytes * training.Overlap, training.Network, training.Collective);
            for (var node = 0; node < nodes; node++)
                ends[node] = Math.Max(ends[node], computed[node]);
            if (training.Bytes * (1 - training.Overlap) is > 0 and var left)
                CollectiveClock.Run(ends, left, training.Network, training.Collective);
            else
                Array.Fill(ends, ends.Max()); // the last gradient of the slowest is the last of all
            var (slowest, last) = (computed.Max(), ends.Max());
            waiting += slowest - computed.Average();
            exchanging += Math.Max(0, last - slowest);
            for (var node = 0; node < nodes; node++)
                now[node] = ends[node] + training.FixedSeconds * training.LocalSteps;
        }
        var made = (double)rounds * training.LocalSteps;
        // One node alone would have as slow steps and as fast ones.
        var alone = computing / made / own * training.Leaves * training.LeafSeconds + training.FixedSeconds;
        var seconds = now.Max() / made;
        return new SimulatedStep(seconds, computing / made, waiting / made, exchanging / made, alone / (nodes * seconds));
    }

    // Log-normal with a mean of 1.
    private static double Slowness(SimulatedTraining training, ulong seed, ulong step, int node) => training.Spread == 0 ? 1
        : Math.Exp(training.Spread * CounterRandom.Normal(seed, SpreadPurpose, step, (ulong)node) - training.Spread * training.Spread / 2);
}
