using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>How a step of a panel, two registers of columns, is stored.</summary>
internal unsafe interface IPanelWords<T> where T : unmanaged, ISimd<T>
{
    static abstract int BytesAStep { get; }

    static abstract T Load(byte* step, out T upper);
}

/// <summary>Singles.</summary>
internal readonly unsafe struct SingleWords<T> : IPanelWords<T> where T : unmanaged, ISimd<T>
{
    public static int BytesAStep => 8 * T.Width;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load(byte* step, out T upper)
    {
        upper = T.Load((float*)step + T.Width);
        return T.Load((float*)step);
    }
}

/// <summary>Upper halves of singles.</summary>
internal readonly unsafe struct BFloat16Words<T> : IPanelWords<T> where T : unmanaged, ISimd<T>
{
    public static int BytesAStep => 4 * T.Width;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load(byte* step, out T upper) => T.FromBFloat16((uint*)step, out upper);
}

/// <summary>IEEE halves.</summary>
internal readonly unsafe struct Float16Words<T> : IPanelWords<T> where T : unmanaged, ISimd<T>
{
    public static int BytesAStep => 4 * T.Width;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load(byte* step, out T upper) => T.FromFloat16((uint*)step, out upper);
}

/// <summary>Fetches what a kernel reads of b a few steps later:
/// the processor itself foresees neither long strides nor the next page.</summary>
internal static unsafe class Ahead
{
    /// <summary>Steps ahead where one panel is read, and where four are read together.</summary>
    public const int OfOne = 48, OfFour = 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch<T, TWords>(byte* step, nint stride, int steps = OfOne) where T : unmanaged, ISimd<T>
        where TWords : IPanelWords<T>
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(step + steps * stride);
        if (TWords.BytesAStep > 64)
            Sse.Prefetch0(step + steps * stride + 64);
    }
}
