using System.Diagnostics;
using Pellucid.Tests.Constraints;

namespace Pellucid.LongTests;

/// <summary>What a random model writes by random schemas, judged by another validator.</summary>
internal static class SchemaCases
{
    private const int AtATime = 50;

    public static int Run(int schemas, ulong seed, int threads)
    {
        var (clock, failures, written, empty) = (Stopwatch.StartNew(), 0, 0, 0);
        Parallel.For(0, (schemas + AtATime - 1) / AtATime, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
        {
            var (done, none, problem) = RandomSchemas.RunAsync(seed, Math.Min(AtATime, schemas - part * AtATime), part * AtATime)
                .GetAwaiter().GetResult();
            Interlocked.Add(ref written, done);
            Interlocked.Add(ref empty, none);
            if (problem is null)
                return;
            Interlocked.Increment(ref failures);
            Console.WriteLine(problem);
        });
        Console.WriteLine($"{schemas:N0} random schemas, seed {seed}: {written:N0} texts came to their end, {empty:N0} schemas admit none, "
            + $"{failures} failures, {clock.Elapsed.TotalSeconds:N0} s");
        return failures == 0 ? 0 : 1;
    }
}
