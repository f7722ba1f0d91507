using Pellucid.Scaling.Simulation;

namespace Pellucid.Tests.Scaling.Simulation;

public sealed class StepSimulationTests
{
    private static readonly SimulatedTraining Training = new(8, 64, 0.1, 1e9, new SimulatedNetwork(1e-5, 1e10));

    [Fact]
    public void One_node_computes_and_no_more()
    {
        var step = StepSimulation.Run(Training with { Nodes = 1, FixedSeconds = 0.5 });
        Assert.Equal((6.9, 6.4, 0, 0, 1), (Math.Round(step.Seconds, 9), Math.Round(step.Computing, 9), step.Waiting, step.Exchanging,
            Math.Round(step.Efficiency, 9)));
    }

    [Fact]
    public void Nodes_that_are_alike_compute_and_then_exchange()
    {
        var step = StepSimulation.Run(Training);
        var exchange = 14 * (1e-5 + 1e9 / 8 / 1e10);
        Assert.Equal(0.8 + exchange, step.Seconds, 1e-9);
        Assert.Equal(0.8 / step.Seconds, step.Efficiency, 1e-9);
        // Leaves that do not come out even, and stages that wait, are computing that no more gradients come of.
        Assert.Equal(2.2, StepSimulation.Run(Training with { Nodes = 3, Bytes = 0, Bubble = 0 }).Seconds, 1e-9);
        Assert.Equal(0.8 + 1.1, StepSimulation.Run(Training with { Bytes = 0, Bubble = 11 }).Seconds, 1e-9);
    }

    [Fact]
    public void What_overlaps_costs_only_what_outlasts_computing()
    {
        Assert.Equal(0.8, StepSimulation.Run(Training with { Overlap = 1 }).Seconds, 1e-9);
        var slow = Training with { Network = new SimulatedNetwork(0, 1e9), Overlap = 1 };
        Assert.Equal(1.75, StepSimulation.Run(slow).Seconds, 1e-9);
        Assert.Equal(Math.Max(0.8, 0.875) + 0.875, StepSimulation.Run(slow with { Overlap = 0.5 }).Seconds, 1e-9);
    }

    [Fact]
    public void The_slowest_of_many_holds_up_all()
    {
        // The largest of 1,024 normal deviates is 3.2 in the mean (Blom 1958).
        var step = StepSimulation.Run(Training with { Nodes = 1024, Leaves = 1024, Bytes = 0, Spread = 0.05 }, steps: 200);
        Assert.InRange(step.Waiting / step.Computing, Math.Exp(0.05 * 3.0) - 1, Math.Exp(0.05 * 3.4) - 1);
        Assert.Equal(step.Seconds, step.Computing + step.Waiting, 1e-9);
        Assert.Equal(step, StepSimulation.Run(Training with { Nodes = 1024, Leaves = 1024, Bytes = 0, Spread = 0.05 }, steps: 200));
    }

    [Fact]
    public void Local_steps_exchange_once_in_many()
    {
        var exchange = 14 * (1e-5 + 1e9 / 8 / 1e10);
        Assert.Equal(0.8 + exchange / 50, StepSimulation.Run(Training with { LocalSteps = 50 }, steps: 100).Seconds, 1e-9);
    }

    [Fact]
    public void Failures_cost_what_was_not_saved()
    {
        var training = Training with { FailureHours = 80, SaveSeconds = 30, RestartSeconds = 300 };
        Assert.Equal((3600.0, 1.0), (RunSimulation.Run(Training, 3600).Seconds, RunSimulation.Run(Training, 3600).Goodput));
        // Eight nodes fail every ten hours; saving every √(2 · 30 · 36,000) s loses 1 − 2 δ / interval in the mean, and restarts.
        var calendar = RunSimulation.Run(training, 1e8);
        Assert.Equal(Math.Sqrt(2 * 30 * 36_000), calendar.Interval, 1e-6);
        var lost = 30 / calendar.Interval + (calendar.Interval / 2 + 300) / 36_000;
        Assert.Equal(1 - lost, calendar.Goodput, 0.01);
        Assert.InRange(calendar.Failures, calendar.Seconds / 36_000 * 0.95, calendar.Seconds / 36_000 * 1.05);
        // Where a save takes longer than nodes hold, nothing ever comes of it.
        Assert.Equal(double.PositiveInfinity, RunSimulation.Run(training with { FailureHours = 0.01, SaveSeconds = 600 }, 1e5).Seconds);
    }

    [Fact]
    public void What_makes_no_sense_is_refused() =>
        Assert.Equal("128 nodes cannot share 64 micro-batches",
            Assert.Throws<ArgumentException>(() => StepSimulation.Run(Training with { Nodes = 128 })).Message);
}
