using System.Diagnostics;
using Pellucid.Tests.Constraints;

namespace Pellucid.LongTests;

/// <summary>Millions of damaged schemas, grammars and expressions, and what a random model writes by random schemas.</summary>
internal static class ConstraintCases
{
    private const int CasesAtATime = 10_000, SchemasAtATime = 50;

    public static int Run(long cases, int schemas, ulong seed, int threads)
    {
        var (clock, failures, written) = (Stopwatch.StartNew(), new List<string>(), 0);
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads };
        Parallel.For(0, (int)((cases + CasesAtATime - 1) / CasesAtATime), options, part =>
        {
            if (ConstraintFuzz.Run(seed, Math.Min(CasesAtATime, cases - (long)part * CasesAtATime),
                (long)part * CasesAtATime) is { } failure)
                Tell(failure);
        });
        Console.WriteLine($"{cases:N0} damaged constraints, seed {seed}: {failures.Count} failures, {clock.Elapsed.TotalSeconds:N0} s");
        Parallel.For(0, (schemas + SchemasAtATime - 1) / SchemasAtATime, options, part =>
        {
            var count = Math.Min(SchemasAtATime, schemas - part * SchemasAtATime);
            var (done, problem) = RandomSchemas.RunAsync(seed, count, part * SchemasAtATime).GetAwaiter().GetResult();
            Interlocked.Add(ref written, done);
            if (problem is not null)
                Tell(problem);
        });
        Console.WriteLine($"{schemas:N0} random schemas: {written:N0} texts came to their end, {failures.Count} failures in all, "
            + $"{clock.Elapsed.TotalSeconds:N0} s");
        return failures.Count == 0 ? 0 : 1;

        void Tell(string failure)
        {
            lock (failures)
                failures.Add(failure);
            Console.WriteLine(failure);
        }
    }
}
