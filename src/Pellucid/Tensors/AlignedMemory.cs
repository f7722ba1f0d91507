using System.Runtime.InteropServices;

namespace Pellucid.Tensors;

/// <summary>Native memory on cache lines;
/// large blocks on huge pages where Linux grants them, which spares most misses of the address cache.</summary>
internal static unsafe partial class AlignedMemory
{
    private const int CacheLine = 64, HugePage = 2 << 20, AdviseHugePages = 14;

    public static nint Allocate(long bytes)
    {
        if (bytes < 2 * HugePage)
            return (nint)NativeMemory.AlignedAlloc((nuint)bytes, CacheLine);
        var address = (nint)NativeMemory.AlignedAlloc((nuint)bytes, HugePage);
        Advise(address, bytes);
        return address;
    }

    public static void Free(nint address) => NativeMemory.AlignedFree((void*)address);

    // Only advice: whatever goes wrong here, the memory is as good without.
    private static void Advise(nint address, long bytes)
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = madvise(address, (nuint)bytes, AdviseHugePages);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
        }
    }

    [LibraryImport("libc")]
    private static partial int madvise(nint address, nuint length, int advice);
}
