namespace Pellucid.Files;

/// <summary>How large files are.</summary>
public static class FileSize
{
    /// <summary>Bytes of a file; of a link those of the file that it leads to, which <see cref="FileInfo.Length"/> does not tell.</summary>
    public static long Of(string path)
    {
        using var file = File.OpenHandle(path);
        return RandomAccess.GetLength(file);
    }
}
