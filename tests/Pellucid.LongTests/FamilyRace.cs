using System.Diagnostics;
using System.Globalization;
using Pellucid.Tensors.Cpu;
using Pellucid.Tests.Training;

namespace Pellucid.LongTests;

/// <summary>A small model of every family learns the micro-world: none may end far above GPT-2's shape.</summary>
internal static class FamilyRace
{
    public static int Run(int steps, int width, int threads, string? only, float? rate, int? warmup)
    {
        using var backend = CpuBackend.Create(threads);
        var (losses, failures) = (new List<double>(), 0);
        foreach (var listed in SmallFamily.All.Where(family =>
            only is null || family.Name == only || (family == SmallFamily.All[0] && rate is null)))
        {
            var family = listed with { Rate = rate ?? listed.Rate, Warmup = warmup ?? listed.Warmup };
            var start = Stopwatch.GetTimestamp();
            var (loss, parameters) = family.Train(backend, steps, width);
            losses.Add(loss);
            var holds = loss <= losses[0] + family.Slack;
            failures += holds ? 0 : 1;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| `{family.Name}` | {parameters:N0} | {loss:0.000} | "
                + $"{loss - losses[0]:+0.000;−0.000;0} | {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s |{(holds ? "" : " fails")}"));
        }
        Console.WriteLine($"{losses.Count} families, {steps} steps, width {width}: "
            + $"{failures} end farther above GPT-2's shape than they may");
        return failures == 0 ? 0 : 1;
    }
}
