using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Words;

/// <summary>Asks the memory for a row that will be needed soon, where the processor can be told.</summary>
internal static unsafe class Prefetch
{
    private const int Line = 16; // floats in a cache line

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Row(float* row, int width)
    {
        if (!Sse.IsSupported)
            return;
        for (var d = 0; d < width; d += Line)
            Sse.Prefetch0(row + d);
    }
}
