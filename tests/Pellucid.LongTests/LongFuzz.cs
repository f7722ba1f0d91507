using System.Diagnostics;
using Pellucid.Tests.Constraints;
using Pellucid.Tests.Hostile;

namespace Pellucid.LongTests;

/// <summary>Millions of damaged files.</summary>
internal static class LongFuzz
{
    private const int CasesAtATime = 2000;

    public static int Run(long cases, ulong seed, int threads, string[] names)
    {
        var chosen = HostileReader.All.Where(reader => IsChosen(reader.Name, names)).ToArray();
        var memory = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var root = Path.Combine(memory, $"pellucid-fuzz-{Environment.ProcessId}");
        var (clock, done, said, failures) = (Stopwatch.StartNew(), 0L, TimeSpan.Zero, new List<string>());
        var taken = new Dictionary<string, TimeSpan>();
        var works = chosen.Select(reader => (reader.Name, Run: (Func<long, long, string?>)((first, count) => Fuzzer.Run(
            reader, seed, first, count, Path.Combine(root, $"{Environment.CurrentManagedThreadId}-{reader.Name.Replace(' ', '-')}")))))
            .Append(("constraints", (first, count) => ConstraintFuzz.Run(seed, first, count).Failure))
            .Where(work => IsChosen(work.Item1, names)).ToArray();
        if (works.Length == 0)
            throw new ArgumentException($"no reader is called '{string.Join("' or '", names)}'; there are "
                + string.Join(", ", HostileReader.All.Select(reader => reader.Name)));
        var each = (cases + works.Length - 1) / works.Length;
        Directory.CreateDirectory(root);
        try
        {
            foreach (var reader in chosen)
            {
                if (Fuzzer.RunLarge(reader, Path.Combine(root, "large"), out var allocated) is { } complaint)
                    failures.Add(complaint);
                var failed = failures.LastOrDefault()?.StartsWith(reader.Name, StringComparison.Ordinal) == true ? $": {failures[^1]}" : "";
                Console.WriteLine($"{reader.Name,-20} allocates {allocated,5:N1} bytes for each of a large file of short entries; "
                    + $"{reader.Factor} are allowed{failed}");
                Directory.Delete(Path.Combine(root, "large"), recursive: true);
            }
            Parallel.ForEach(works.SelectMany(work => Chunks(each).Select(chunk => (work.Name, work.Run, chunk.First, chunk.Count))),
                new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
            {
                var begun = Stopwatch.GetTimestamp();
                var failure = part.Run(part.First, part.Count);
                lock (failures)
                {
                    if (failure is not null)
                    {
                        failures.Add(failure);
                        Console.WriteLine(failure);
                    }
                    done += part.Count;
                    taken[part.Name] = taken.GetValueOrDefault(part.Name) + Stopwatch.GetElapsedTime(begun);
                    if (clock.Elapsed - said < TimeSpan.FromSeconds(15))
                        return;
                    said = clock.Elapsed;
                    Console.WriteLine($"{done:N0} of {each * works.Length:N0} cases, "
                        + $"{done / clock.Elapsed.TotalSeconds:N0} a second, {failures.Count} failures");
                }
            });
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
        foreach (var (name, time) in taken)
            Console.WriteLine($"{name,-20} {time.TotalMilliseconds * 1000 / each,6:N0} microseconds a case");
        Console.WriteLine($"{done:N0} damaged files in {works.Length} readers, seed {seed}: "
            + $"{failures.Count} failures, {clock.Elapsed.TotalSeconds:N0} s");
        return failures.Count == 0 ? 0 : 1;
    }

    /// <summary>Millions of damaged schemas, grammars and expressions.</summary>
    /// <param name="cases">How many.</param>
    /// <param name="seed">Where all chance comes from.</param>
    /// <param name="firstCase">The first one.</param>
    /// <param name="threads">Threads.</param>
    public static int RunConstraints(long cases, ulong seed, long firstCase, int threads)
    {
        var (clock, done, failures, longest, most, said) = (Stopwatch.StartNew(), 0L, 0, TimeSpan.Zero, 0L, TimeSpan.Zero);
        var all = new object();
        Parallel.ForEach(Chunks(cases), new ParallelOptions { MaxDegreeOfParallelism = threads }, chunk =>
        {
            var fuzzed = ConstraintFuzz.Run(seed, firstCase + chunk.First, chunk.Count);
            lock (all)
            {
                done += chunk.Count;
                (longest, most) = (fuzzed.Longest > longest ? fuzzed.Longest : longest, Math.Max(most, fuzzed.MostBytes));
                if (fuzzed.Failure is not null)
                {
                    failures++;
                    Console.WriteLine(fuzzed.Failure);
                }
                if (clock.Elapsed - said < TimeSpan.FromSeconds(30))
                    return;
                said = clock.Elapsed;
                Console.WriteLine($"{done:N0} of {cases:N0} cases, {done / clock.Elapsed.TotalSeconds:N0} a second, {failures} failures");
            }
        });
        Console.WriteLine($"{done:N0} damaged schemas, grammars and expressions, seed {seed}: {failures} failures, "
            + $"{clock.Elapsed.TotalSeconds:N0} s; a case took {longest.TotalSeconds:N2} s of a processor and allocated {most / 1e6:N0} MB "
            + "at most");
        return failures == 0 ? 0 : 1;
    }

    private static bool IsChosen(string reader, string[] names) =>
        names.Length == 0 || names.Any(name => reader.Contains(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>One case again, which stays on disk.</summary>
    public static int RunOne(string name, ulong seed, long number)
    {
        var reader = HostileReader.All.FirstOrDefault(reader => reader.Name == name) ?? throw new ArgumentException(
            $"there is no reader '{name}'; there are {string.Join(", ", HostileReader.All.Select(reader => reader.Name))}");
        Fuzzer.Run(reader, seed, number, 1, "hostile"); // what is made once for all is made here
        var failure = Fuzzer.Run(reader, seed, number, 1, "hostile");
        Console.WriteLine(failure ?? $"{name}, seed {seed}, case {number}: passed");
        return failure is null ? 0 : 1;
    }

    private static IEnumerable<(long First, long Count)> Chunks(long count)
    {
        for (var first = 0L; first < count; first += CasesAtATime)
            yield return (first, Math.Min(CasesAtATime, count - first));
    }
}
