using Pellucid.Scaling.Simulation;

namespace Pellucid.Tests.Scaling.Simulation;

/// <summary>The simulation beside what others have measured: where it is right, and where it is known to be wrong.</summary>
public sealed class PublishedTimingTests
{
    [Fact]
    public void Large_vectors_take_what_was_measured_and_small_ones_do_not()
    {
        foreach (var timing in PublishedTiming.All.Where(timing => timing.Unit == "ms"))
            if (timing.What.Contains("GiB", StringComparison.Ordinal))
                Assert.True(Math.Abs(timing.Error) < (timing.What == "16 GiB on 8 chips" ? 0.14 : 0.06), $"{timing}");
            else if (timing.What.Contains("32 chips", StringComparison.Ordinal))
                Assert.InRange(timing.Error, -0.45, -0.2); // protocols change with size, and two numbers do not
    }

    [Fact]
    public void Steps_of_published_trainings_are_within_a_tenth()
    {
        var timings = PublishedTiming.All.Where(timing => timing.Unit != "ms").ToList();
        Assert.Equal(5, timings.Count);
        Assert.All(timings, timing => Assert.InRange(timing.Error, -0.1, 0.1));
    }

    [Fact]
    public void The_table_of_measurements_is_the_one_that_was_published()
    {
        var path = SharedData.Path("many-machines/allreduce/published-allreduce.csv");
        foreach (var cells in File.ReadLines(path).Skip(1).Select(line => line.Split(',')))
        {
            var (ranks, bytes, rate) = (int.Parse(cells[2]), double.Parse(cells[3]), double.Parse(cells[4]));
            if (bytes < 1 << 20)
                continue; // a cold start, an outlier
            var what = bytes >= 1 << 30 ? $"{bytes / (1 << 30)} GiB on {ranks} chips" : $"{bytes / (1 << 20)} MiB on {ranks} chips";
            Assert.Equal(2 * (ranks - 1.0) / ranks * bytes / rate / 1e6,
                Assert.Single(PublishedTiming.All, timing => timing.What == what).Measured, 1e-9);
        }
    }
}
