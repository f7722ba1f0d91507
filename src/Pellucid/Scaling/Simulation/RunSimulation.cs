using Pellucid.Tensors;

namespace Pellucid.Scaling.Simulation;

/// <summary>A whole training with its failures.</summary>
/// <param name="Seconds">By the calendar; infinite where nodes fail faster than anything is saved.</param>
/// <param name="Failures">How many there were.</param>
/// <param name="Saves">How often it saved.</param>
/// <param name="Interval">Seconds of steps between two saves.</param>
/// <param name="Goodput">The share of the time in which steps were made that counted.</param>
public sealed record SimulatedCalendar(double Seconds, int Failures, int Saves, double Interval, double Goodput);

/// <summary>Follows a training from save to save and failure to failure.</summary>
public static class RunSimulation
{
    private const uint FailurePurpose = 0x6661696c;
    private const int MostEvents = 1_000_000;

    /// <summary>
    /// So many seconds of steps on all nodes: after √(2 δ M) seconds of steps they are saved, with δ the time to save and M that
    /// between failures (Young 1974; Daly 2006); a failure takes what was not saved, and the time to start again.
    /// </summary>
    public static SimulatedCalendar Run(SimulatedTraining training, double stepSeconds, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(training);
        training.Validate();
        if (training.FailureHours == 0)
            return new SimulatedCalendar(stepSeconds, 0, 0, double.PositiveInfinity, 1);
        var between = training.FailureHours * 3600 / training.Nodes;
        var interval = Math.Max(1, Math.Sqrt(2 * training.SaveSeconds * between));
        var (now, done, failures, saves, fails) = (0.0, 0.0, 0, 0, NextFailure(0));
        while (done < stepSeconds)
        {
            if (failures + saves > MostEvents)
                return new SimulatedCalendar(double.PositiveInfinity, failures, saves, interval, 0);
            var part = Math.Min(interval, stepSeconds - done);
            var saved = now + part + training.SaveSeconds;
            if (fails < saved)
            {
                failures++;
                now = fails + training.RestartSeconds;
                fails = now + NextFailure(failures);
                continue;
            }
            (now, done, saves) = (saved, done + part, saves + 1);
        }
        return new SimulatedCalendar(now, failures, saves, interval, stepSeconds / now);

        double NextFailure(int number) => -between * Math.Log(1 - CounterRandom.Uniform(seed, FailurePurpose, 0, (ulong)number));
    }
}
