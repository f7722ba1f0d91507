using Pellucid.Tensors;

namespace Pellucid.Tests.Hostile;

/// <summary>
/// Feeds readers with damaged files. Whatever a file holds, a reader either reads it or says in one line what is wrong;
/// it allocates no more than a multiple of the file, and it ends. The same seed gives the same files.
/// </summary>
internal static class Fuzzer
{
    private const uint Purpose = 0x66757a7a;

    // Of processor time, on all threads: a machine that does something else meanwhile is no fault of the reader.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Runs cases of one reader.</summary>
    /// <returns>What went wrong in the first case that failed, and its number; null if none did.</returns>
    public static string? Run(HostileReader reader, ulong seed, long firstCase, long count, string folder)
    {
        Directory.CreateDirectory(folder);
        var whole = reader.MakeWhole(folder);
        var path = Path.Combine(folder, reader.FileName);
        var beside = Beside(path);
        for (var number = firstCase; number < firstCase + count; number++)
        {
            var random = new CaseRandom(seed, Purpose, (ulong)number);
            var bytes = Damage.Make(whole[random.Below(whole.Count)], ref random);
            File.WriteAllBytes(path, bytes);
            if (Complaint(reader, path, beside + bytes.Length) is { } complaint)
                return $"{reader.Name}, seed {seed}, case {number}: {complaint}";
        }
        return null;
    }

    /// <summary>What goes wrong with a large file of very many, very short entries; null if nothing does.</summary>
    /// <param name="reader">Reads it.</param>
    /// <param name="folder">Where.</param>
    /// <param name="taken">Bytes that were allocated for each of the file.</param>
    public static string? RunLarge(HostileReader reader, string folder, out double taken)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, reader.FileName);
        File.WriteAllBytes(path, reader.MakeWhole(folder)[0]);
        Complaint(reader, path, long.MaxValue / 100); // what is made once for all is made here
        var large = reader.MakeLarge(folder);
        File.WriteAllBytes(path, large);
        var length = Beside(path) + large.Length;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var complaint = Complaint(reader, path, length);
        taken = (double)(GC.GetAllocatedBytesForCurrentThread() - before) / length;
        return complaint is null ? null : $"{reader.Name}, a large file: {complaint}";
    }

    // Bytes of the other files that it reads.
    private static long Beside(string path) =>
        Directory.EnumerateFiles(Path.GetDirectoryName(path)!).Where(other => other != path).Sum(other => new FileInfo(other).Length);

    private static string? Complaint(HostileReader reader, string path, long length)
    {
        var (before, begun) = (GC.GetAllocatedBytesForCurrentThread(), Environment.CpuUsage.TotalTime);
        try
        {
            reader.Read(path);
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
        if (GC.GetAllocatedBytesForCurrentThread() - before is var taken
            && reader.Factor * length + reader.FixedBytes is var mostBytes && taken > mostBytes)
            return $"{taken} bytes were allocated where {mostBytes} are enough";
        var spent = Environment.CpuUsage.TotalTime - begun;
        return spent > Patience ? $"it took {spent.TotalSeconds:0.0} s" : null;
    }
}

/// <summary>Random numbers of one case, by counter.</summary>
internal struct CaseRandom(ulong seed, uint purpose, ulong number)
{
    private ulong _drawn;

    /// <summary>From 0 to just below a bound.</summary>
    public int Below(int bound) => (int)((ulong)CounterRandom.Bits(seed, purpose, number, _drawn++) * (ulong)Math.Max(1, bound) >> 32);
}
