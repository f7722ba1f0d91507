namespace Pellucid.Files;

/// <summary>Files that are whole or not there: written beside, flushed to disk, then renamed over the old one.</summary>
public static class SafeFile
{
    /// <summary>What the name of a file ends with while it is written.</summary>
    public const string BesideSuffix = ".tmp";

    /// <summary>Writes a file; when writing fails, the one before is untouched and nothing is left beside it.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"there is no folder {folder} for the file {Path.GetFileName(path)}");
        var beside = path + BesideSuffix;
        try
        {
            using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }
}
