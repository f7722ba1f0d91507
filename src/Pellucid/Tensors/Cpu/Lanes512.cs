using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>16 floats: AVX-512.</summary>
internal readonly unsafe struct Lanes512(Vector512<float> value) : ISimd<Lanes512>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly Vector512<float> _value = value;

    public static int Width => Vector512<float>.Count;

    [MethodImpl(Inline)]
    public static Lanes512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(Inline)]
    public static void Store(Lanes512 value, float* destination) => value._value.Store(destination);

    [MethodImpl(Inline)]
    public static Lanes512 All(float value) => new(Vector512.Create(value));

    [MethodImpl(Inline)]
    public static Lanes512 Sequence(float first) => new(Vector512.CreateSequence(first, 1));

    [MethodImpl(Inline)]
    public static Lanes512 operator +(Lanes512 left, Lanes512 right) => new(left._value + right._value);

    [MethodImpl(Inline)]
    public static Lanes512 operator -(Lanes512 left, Lanes512 right) => new(left._value - right._value);

    [MethodImpl(Inline)]
    public static Lanes512 operator *(Lanes512 left, Lanes512 right) => new(left._value * right._value);

    [MethodImpl(Inline)]
    public static Lanes512 operator /(Lanes512 left, Lanes512 right) => new(left._value / right._value);

    [MethodImpl(Inline)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) => new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(Inline)]
    public static Lanes512 Max(Lanes512 left, Lanes512 right) => new(Vector512.MaxNative(left._value, right._value));

    [MethodImpl(Inline)]
    public static Lanes512 Min(Lanes512 left, Lanes512 right) => new(Vector512.MinNative(left._value, right._value));

    [MethodImpl(Inline)]
    public static Lanes512 Sqrt(Lanes512 value) => new(Vector512.Sqrt(value._value));

    [MethodImpl(Inline)]
    public static Lanes512 Round(Lanes512 value) => new(Vector512.Round(value._value));

    [MethodImpl(Inline)]
    public static Lanes512 TimesPowerOfTwo(Lanes512 x, Lanes512 n) =>
        new(x._value * (Vector512.ConvertToInt32Native(n._value) + Vector512.Create(127) << 23).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes512 Split(Lanes512 x, out Lanes512 exponent)
    {
        var shift = Vector512.Create(0x3f3504f3); // the bits of √½
        var bits = x._value.AsInt32() - shift;
        exponent = new(Vector512.ConvertToSingle(bits >> 23));
        return new(((bits & Vector512.Create(0x007fffff)) + shift).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes512 WhereLess(Lanes512 a, Lanes512 b, Lanes512 then, Lanes512 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(Inline)]
    public static Lanes512 FromBFloat16(uint* words, out Lanes512 upper)
    {
        var bits = Vector512.Load(words);
        upper = new((bits & Vector512.Create(0xffff0000)).AsSingle());
        return new((bits << 16).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes512 FromFloat16(uint* words, out Lanes512 upper)
    {
        var bits = Vector512.Load((int*)words);
        upper = new(FromFloat16(bits >>> 3, bits));
        return new(FromFloat16(bits << 13, bits << 16));
    }

    // From exponents and fractions that were moved, and signs.
    [MethodImpl(Inline)]
    private static Vector512<float> FromFloat16(Vector512<int> moved, Vector512<int> signs)
    {
        var scaled = (moved & Vector512.Create(0x0fffe000) | Vector512.Create(0x30000000)).AsSingle();
        var size = Vector512.MinNative(scaled * 65536f,
            Vector512.FusedMultiplyAdd(scaled, Vector512.Create(131072f), Vector512.Create(-6.103515625e-5f)));
        return (size.AsInt32() | signs & Vector512.Create(int.MinValue)).AsSingle();
    }

    [MethodImpl(Inline)]
    public static Lanes512 FromBFloat16(ushort* halves) =>
        new((Avx512F.ConvertToVector512Int32(Vector256.Load(halves)) << 16).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes512 FromBytes(sbyte* bytes) =>
        new(Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(bytes))));

    [MethodImpl(Inline)]
    public static float Sum(Lanes512 value) => Vector512.Sum(value._value);

    [MethodImpl(Inline)]
    public static float Largest(Lanes512 value) =>
        Lanes256.Largest(new(Vector256.MaxNative(value._value.GetLower(), value._value.GetUpper())));
}
