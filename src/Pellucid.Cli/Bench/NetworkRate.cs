using System.Diagnostics;
using Pellucid.Distributed;

namespace Pellucid.Cli.Bench;

/// <summary>What ranks' messages come to, as a plan asks.</summary>
/// <param name="BytesPerSecond">That each sends.</param>
/// <param name="Latency">Seconds until a message arrives.</param>
internal sealed record NetworkRate(double BytesPerSecond, double Latency)
{
    private const int Rounds = 21, Numbers = 1 << 20; // 8 MiB of each rank

    /// <summary>
    /// Has every rank bring together a number of each, and again a million of each: by a ring that takes R − 1 messages, the first of
    /// which tells the latency, and the second, less it, the bandwidth. The middle of 21 rounds, and of ranks the slowest. All call it
    /// together.
    /// </summary>
    public static NetworkRate Measure(Replicas replicas)
    {
        var (few, many) = (Seconds(replicas, 1), Seconds(replicas, Numbers));
        var latency = few / (replicas.Count - 1);
        return new NetworkRate(Numbers * sizeof(double) / Math.Max(1e-9, many / (replicas.Count - 1) - latency), latency);
    }

    /// <summary>The lowest that any of them says. All call it together.</summary>
    public static double Lowest(Replicas replicas, double here) => All(replicas, here).Min();

    private static double Seconds(Replicas replicas, int each)
    {
        var (values, rounds) = (new double[replicas.Count * each], new double[Rounds]);
        for (var round = -1; round < Rounds; round++)
        {
            replicas.Any(false); // all begin together
            var begun = Stopwatch.GetTimestamp();
            replicas.Gather(values, each);
            if (round >= 0)
                rounds[round] = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }
        return All(replicas, rounds.Order().ElementAt(Rounds / 2)).Max();
    }

    private static double[] All(Replicas replicas, double here)
    {
        var all = new double[replicas.Count];
        all[replicas.Rank] = here;
        replicas.Gather(all, 1);
        return all;
    }
}
