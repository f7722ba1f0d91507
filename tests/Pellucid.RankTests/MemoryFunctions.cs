using System.Runtime.InteropServices;

namespace Pellucid.RankTests;

/// <summary>The functions by which a process gives memory back, which libraries of networks like to write over.</summary>
internal static class MemoryFunctions
{
    private const int Beginning = 16;

    /// <summary>The first bytes of their code.</summary>
    public static string Code()
    {
        var libc = NativeLibrary.Load("libc.so.6");
        return string.Join(' ', ((string[])["munmap", "mmap", "madvise"]).Select(name =>
        {
            var code = new byte[Beginning];
            Marshal.Copy(NativeLibrary.GetExport(libc, name), code, 0, code.Length);
            return Convert.ToHexStringLower(code);
        }));
    }
}
