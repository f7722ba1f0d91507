using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>A nonlinearity and its slope, both by way of a gate that is the larger part of the work.</summary>
internal interface INonlinearity
{
    static abstract T Gate<T>(T x) where T : unmanaged, ISimd<T>;

    static abstract T Value<T>(T x, T gate) where T : unmanaged, ISimd<T>;

    static abstract T Slope<T>(T x, T gate) where T : unmanaged, ISimd<T>;
}

/// <summary>What is done with a nonlinearity that is known only when it runs, compiled for each.</summary>
internal interface INonlinearityUser
{
    void Use<TFunction>() where TFunction : unmanaged, INonlinearity;
}

internal static class Nonlinearities
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Choose<TUser>(this Nonlinearity nonlinearity, TUser user) where TUser : struct, INonlinearityUser
    {
        switch (nonlinearity)
        {
            case Nonlinearity.GeluTanh: user.Use<GeluTanhFunction>(); break;
            case Nonlinearity.Gelu: user.Use<GeluFunction>(); break;
            case Nonlinearity.QuickGelu: user.Use<QuickGeluFunction>(); break;
            case Nonlinearity.Relu: user.Use<ReluFunction>(); break;
            case Nonlinearity.Silu: user.Use<SiluFunction>(); break;
            case Nonlinearity.Tanh: user.Use<TanhFunction>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(nonlinearity), nonlinearity, null);
        }
    }
}

/// <summary>x (1 + tanh u) / 2 with u = √(2/π) (x + 0.044715 x³), and (1 + tanh u) / 2 = sigmoid(2u);
/// slope s + x s (1 − s) · 2 u'.</summary>
internal readonly struct GeluTanhFunction : INonlinearity
{
    private const float TwiceRoot = 1.5957691f, Cube = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gate<T>(T x) where T : unmanaged, ISimd<T> =>
        VectorMath.Sigmoid(T.All(TwiceRoot) * x * T.MultiplyAdd(T.All(Cube) * x, x, T.All(1)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T gate) where T : unmanaged, ISimd<T> => x * gate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T gate) where T : unmanaged, ISimd<T>
    {
        var inner = T.All(TwiceRoot) * T.MultiplyAdd(T.All(3 * Cube) * x, x, T.All(1));
        return T.MultiplyAdd(x * gate * (T.All(1) - gate), inner, gate);
    }
}

/// <summary>x Φ(x); slope Φ(x) + x φ(x).</summary>
internal readonly struct GeluFunction : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gate<T>(T x) where T : unmanaged, ISimd<T> => VectorMath.NormalBelow(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T gate) where T : unmanaged, ISimd<T> => x * gate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T gate) where T : unmanaged, ISimd<T> =>
        T.MultiplyAdd(x * T.All(0.3989423f), VectorMath.Exp(T.All(-0.5f) * x * x), gate);
}

/// <summary>x σ(1.702 x); slope σ + 1.702 x σ (1 − σ).</summary>
internal readonly struct QuickGeluFunction : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gate<T>(T x) where T : unmanaged, ISimd<T> => VectorMath.Sigmoid(T.All(1.702f) * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T gate) where T : unmanaged, ISimd<T> => x * gate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T gate) where T : unmanaged, ISimd<T> => T.MultiplyAdd(T.All(1.702f) * x * gate, T.All(1) - gate, gate);
}

/// <summary>The larger of x and 0; what is not a number stays so.</summary>
internal readonly struct ReluFunction : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gate<T>(T x) where T : unmanaged, ISimd<T> => T.WhereLess(T.All(0), x, T.All(1), T.All(0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T gate) where T : unmanaged, ISimd<T> => T.Max(T.All(0), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T gate) where T : unmanaged, ISimd<T> => gate;
}

/// <summary>x σ(x); slope σ + x σ (1 − σ).</summary>
internal readonly struct SiluFunction : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gate<T>(T x) where T : unmanaged, ISimd<T> => VectorMath.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T gate) where T : unmanaged, ISimd<T> => x * gate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T gate) where T : unmanaged, ISimd<T> => T.MultiplyAdd(x * gate, T.All(1) - gate, gate);
}

/// <summary>tanh x; slope 1 − tanh² x.</summary>
internal readonly struct TanhFunction : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gate<T>(T x) where T : unmanaged, ISimd<T> => VectorMath.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T gate) where T : unmanaged, ISimd<T> => gate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T gate) where T : unmanaged, ISimd<T> => T.MultiplyAdd(T.All(0) - gate, gate, T.All(1));
}

/// <summary>A nonlinearity of a.</summary>
internal readonly struct Activation<TFunction> : IElementwise where TFunction : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T> => TFunction.Value(a, TFunction.Gate(a));
}

/// <summary>A gradient a times the slope of a nonlinearity at b, added to c or not.</summary>
internal readonly struct ActivationSlope<TFunction>(float added) : IElementwise where TFunction : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T>
    {
        var slope = TFunction.Slope(b, TFunction.Gate(b));
        return added == 0 ? a * slope : T.MultiplyAdd(a, slope, c);
    }
}

/// <summary>A nonlinearity of a times b.</summary>
internal readonly struct Gated<TFunction> : IElementwise where TFunction : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T> => TFunction.Value(a, TFunction.Gate(a)) * b;
}
