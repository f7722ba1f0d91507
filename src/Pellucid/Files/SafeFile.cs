namespace Pellucid.Files;

/// <summary>Files that are whole or not there: written beside, flushed to disk, then renamed over the old one.</summary>
public static class SafeFile
{
    /// <summary>The names of files that are not whole yet, or never came to be: eight signs of chance keep two that write the same
    /// file apart, and from what others called so.</summary>
    public const string BesidePattern = "*.????????.tmp";

    private static readonly HashSet<string> Unfinished = RemovedAtTheEnd();

    /// <summary>Writes a file; when writing fails, the one before is untouched and nothing is left beside it. Who may read the one
    /// before may read the new one; what a link leads to is replaced, not the link; a device or a pipe is written to as it is.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var target = RequirePlace(path);
        if (OpenStraight(target) is { } straight)
        {
            using (straight)
                write(straight);
            return;
        }
        var beside = CreateBeside(target, out var created);
        try
        {
            using (created)
            {
                write(created);
                created.Flush(flushToDisk: true);
            }
            File.Move(beside, target, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
        finally
        {
            lock (Unfinished)
                Unfinished.Remove(beside);
        }
    }

    /// <summary>Fails at once, not after hours, where a file could not be written; its folder is made.</summary>
    public static void RequireWritable(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        var target = RequirePlace(path);
        if (IsDevice(target))
            return;
        var beside = CreateBeside(target, out var created);
        created.Dispose();
        File.Delete(beside);
        lock (Unfinished)
            Unfinished.Remove(beside);
    }

    private static string RequirePlace(string path)
    {
        if (path.Length == 0)
            throw new ArgumentException("the name of the file that is to be written is empty");
        var target = IsDevice(path) || new FileInfo(path).LinkTarget is null ? path
            : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        if (Directory.Exists(target))
            throw new IOException($"{path} is a folder; give the name of a file");
        if (Path.GetDirectoryName(Path.GetFullPath(target)) is { } folder && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"there is no folder {folder} for the file {Path.GetFileName(target)}");
        return target;
    }

    private static string CreateBeside(string target, out FileStream created)
    {
        var beside = $"{target}.{Random.Shared.Next():x8}.tmp";
        created = new FileStream(beside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        lock (Unfinished)
            Unfinished.Add(beside);
        if (!OperatingSystem.IsWindows() && File.Exists(target))
            File.SetUnixFileMode(beside, File.GetUnixFileMode(target));
        return beside;
    }

    // Pipes and devices have no length that tells them from an empty file, but a pipe cannot be sought in.
    private static FileStream? OpenStraight(string target)
    {
        if (!IsDevice(target) && (OperatingSystem.IsWindows() || !File.Exists(target) || new FileInfo(target).Length > 0))
            return null;
        var opened = new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1 << 16);
        if (IsDevice(target) || !opened.CanSeek)
            return opened;
        opened.Dispose();
        return null;
    }

    // What is shared memory is made of files.
    private static bool IsDevice(string path) => !OperatingSystem.IsWindows() && File.Exists(path)
        && Path.GetFullPath(path) is var full
        && (full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal)
            || full.StartsWith("/proc/", StringComparison.Ordinal));

    // A process that is ended while it writes leaves nothing half.
    private static HashSet<string> RemovedAtTheEnd()
    {
        HashSet<string> unfinished = [];
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            lock (unfinished)
                foreach (var beside in unfinished)
                    File.Delete(beside);
        };
        return unfinished;
    }
}
