using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Cli.Bench;

/// <summary>OpenBLAS, where the system has it: a peer for the benchmark and nothing else.</summary>
internal sealed unsafe partial class OpenBlas
{
    private static readonly string[] Names = ["libopenblas.so.0", "libopenblas.so",
        "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0", "libopenblas.dll", "libopenblas.dylib"];

    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _sgemm;

    private OpenBlas(nint library, int threads)
    {
        _sgemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)NativeLibrary
            .GetExport(library, "cblas_sgemm");
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads"))(threads);
        var nameOfCore = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "openblas_get_corename");
        Name = $"OpenBLAS ({Marshal.PtrToStringUTF8(nameOfCore())} kernel)";
    }

    /// <summary>Whose kernel it chose.</summary>
    public string Name { get; }

    /// <summary>The library, or null where there is none.</summary>
    public static OpenBlas? TryLoad(int threads)
    {
        PreferWideKernels();
        foreach (var name in Names)
            if (NativeLibrary.TryLoad(name, out var library) && NativeLibrary.TryGetExport(library, "cblas_sgemm", out _))
                return new OpenBlas(library, threads);
        return null;
    }

    /// <summary>c (M, N) = a (M, K) · b (K, N), either of them given transposed.</summary>
    public void Multiply(float* a, bool aTransposed, float* b, bool bTransposed, float* c, int M, int N, int K)
    {
        const int rowMajor = 101, asItIs = 111, transposed = 112;
        _sgemm(rowMajor, aTransposed ? transposed : asItIs, bTransposed ? transposed : asItIs, M, N, K, 1, a, aTransposed ? M : K,
            b, bTransposed ? K : N, 0, c, N);
    }

    // Its detection falls back to an old core on processors it does not know, and an environment may name one that was
    // chosen for safety: the peer shall run at its best.
    private static void PreferWideKernels()
    {
        if (!OperatingSystem.IsLinux() || !Vector512.IsHardwareAccelerated)
            return;
        _ = setenv("OPENBLAS_CORETYPE", "SKYLAKEX", overwrite: 1);
        _ = unsetenv("OPENBLAS_L2_SIZE");
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unsetenv(string name);
}
