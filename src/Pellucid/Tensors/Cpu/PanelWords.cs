using System.Runtime.CompilerServices;

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
