using Pellucid.Distributed;

namespace Pellucid.Training;

/// <summary>Keeps a run's folder for one run at a time: <c>run.lock</c> is open, and nobody else's, as long as the run lives. It is the
/// system that closes it where a process was killed; a file that was left so keeps nobody out.</summary>
public sealed class RunLock : IDisposable
{
    private const string FileName = "run.lock";
    private const int HeldOnLinux = 11, HeldOnMac = 35, HeldOnWindows = unchecked((int)0x80070020);

    private readonly FileStream? _held;

    private RunLock(FileStream? held) => _held = held;

    /// <summary>Keeps a folder, which is made if need be, until it is disposed of.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="begins">Whether a run begins there, over what no other one may have written meanwhile.</param>
    /// <param name="replicas">Those who run together and all call it: the first keeps the folder for all.</param>
    /// <exception cref="IOException">Another run has it, or it cannot be written to.</exception>
    public static RunLock Take(string folder, bool begins, Replicas replicas)
    {
        FileStream? held = null;
        if (replicas.Rank == 0)
        {
            Directory.CreateDirectory(folder);
            held = Open(folder, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
            if (held is not null && begins && TrainingFolder.IsTaken(folder))
            {
                held.Dispose();
                held = null;
            }
        }
        return replicas.Any(replicas.Rank == 0 && held is null) ? throw Busy(folder) : new RunLock(held);
    }

    /// <summary>Requires, before anything that takes long, that no run is going on in a folder.</summary>
    /// <exception cref="IOException">One is.</exception>
    public static void RequireNone(string folder)
    {
        if (!File.Exists(Path.Combine(folder, FileName)))
            return;
        try
        {
            using var left = Open(folder, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.None)
                ?? throw Busy(folder);
        }
        catch (FileNotFoundException)
        {
            // It has ended by now.
        }
    }

    /// <summary>Lets others have the folder.</summary>
    public void Dispose() => _held?.Dispose();

    // Null where another process has it.
    private static FileStream? Open(string folder, FileMode mode, FileAccess access, FileShare share, FileOptions options)
    {
        try
        {
            return new FileStream(Path.Combine(folder, FileName), mode, access, share, bufferSize: 0, options);
        }
        catch (IOException error) when (error.HResult is HeldOnLinux or HeldOnMac or HeldOnWindows)
        {
            return null;
        }
    }

    private static IOException Busy(string folder) => new($"a run is going on in {folder}; wait for its end, or choose another folder");
}
