using System.Diagnostics;
using Pellucid.Tensors;

namespace Pellucid.Tests.Hostile;

/// <summary>
/// Feeds readers with damaged files. Whatever a file holds, a reader either reads it or says in one line what is wrong;
/// it takes no more memory than a multiple of the file, and it ends. The same seed gives the same files.
/// </summary>
internal static class Fuzzer
{
    private const uint Purpose = 0x66757a7a;

    // What a reader may take for the smallest file: buffers, messages, and tables of fixed size.
    private const long FixedBytes = 4 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Runs cases of one reader.</summary>
    /// <returns>What went wrong in the first case that failed, and its number; null if none did.</returns>
    public static string? Run(HostileReader reader, ulong seed, long firstCase, long count, string folder)
    {
        Directory.CreateDirectory(folder);
        var whole = reader.MakeWhole(folder);
        var path = Path.Combine(folder, reader.FileName);
        for (var number = firstCase; number < firstCase + count; number++)
        {
            var random = new CaseRandom(seed, Purpose, (ulong)number);
            var bytes = Damage.Make(whole[random.Below(whole.Count)], ref random);
            File.WriteAllBytes(path, bytes);
            if (Complaint(() => reader.Read(path), reader.Factor * (long)bytes.Length + FixedBytes) is { } complaint)
                return $"{reader.Name}, seed {seed}, case {number}: {complaint}";
        }
        return null;
    }

    private static string? Complaint(Action read, long mostBytes)
    {
        var (before, begun) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        try
        {
            read();
        }
        catch (Exception error) when (error is InvalidDataException or FileNotFoundException or ArgumentException or NotSupportedException)
        {
            if (error.Message.ReplaceLineEndings(" ") is var line && (line.Length == 0 || line.Length > 600))
                return $"a message of {line.Length} characters: {line[..Math.Min(line.Length, 200)]}";
        }
        catch (Exception error)
        {
            return error.ToString();
        }
        if (GC.GetAllocatedBytesForCurrentThread() - before is var taken && taken > mostBytes)
            return $"{taken} bytes were allocated where {mostBytes} are enough";
        return Stopwatch.GetElapsedTime(begun) > Patience ? $"it took {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s" : null;
    }
}

/// <summary>Random numbers of one case, by counter.</summary>
internal struct CaseRandom(ulong seed, uint purpose, ulong number)
{
    private ulong _drawn;

    /// <summary>From 0 to just below a bound.</summary>
    public int Below(int bound) => (int)((ulong)CounterRandom.Bits(seed, purpose, number, _drawn++) * (ulong)Math.Max(1, bound) >> 32);
}
