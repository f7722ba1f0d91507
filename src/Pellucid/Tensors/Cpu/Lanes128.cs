using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Cpu;

/// <summary>4 floats: what every 64-bit machine has.</summary>
internal readonly unsafe struct Lanes128(Vector128<float> value) : ISimd<Lanes128>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly Vector128<float> _value = value;

    public static int Width => Vector128<float>.Count;

    [MethodImpl(Inline)]
    public static Lanes128 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(Inline)]
    public static void Store(Lanes128 value, float* destination) => value._value.Store(destination);

    [MethodImpl(Inline)]
    public static Lanes128 All(float value) => new(Vector128.Create(value));

    [MethodImpl(Inline)]
    public static Lanes128 Sequence(float first) => new(Vector128.CreateSequence(first, 1));

    [MethodImpl(Inline)]
    public static Lanes128 operator +(Lanes128 left, Lanes128 right) => new(left._value + right._value);

    [MethodImpl(Inline)]
    public static Lanes128 operator -(Lanes128 left, Lanes128 right) => new(left._value - right._value);

    [MethodImpl(Inline)]
    public static Lanes128 operator *(Lanes128 left, Lanes128 right) => new(left._value * right._value);

    [MethodImpl(Inline)]
    public static Lanes128 operator /(Lanes128 left, Lanes128 right) => new(left._value / right._value);

    [MethodImpl(Inline)]
    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c) => new(Vector128.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(Inline)]
    public static Lanes128 Max(Lanes128 left, Lanes128 right) => new(Vector128.MaxNative(left._value, right._value));

    [MethodImpl(Inline)]
    public static Lanes128 Min(Lanes128 left, Lanes128 right) => new(Vector128.MinNative(left._value, right._value));

    [MethodImpl(Inline)]
    public static Lanes128 Sqrt(Lanes128 value) => new(Vector128.Sqrt(value._value));

    [MethodImpl(Inline)]
    public static Lanes128 Round(Lanes128 value) => new(Vector128.Round(value._value));

    [MethodImpl(Inline)]
    public static Lanes128 TimesPowerOfTwo(Lanes128 x, Lanes128 n) =>
        new(x._value * (Vector128.ConvertToInt32Native(n._value) + Vector128.Create(127) << 23).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes128 Split(Lanes128 x, out Lanes128 exponent)
    {
        var shift = Vector128.Create(0x3f3504f3); // the bits of √½
        var bits = x._value.AsInt32() - shift;
        exponent = new(Vector128.ConvertToSingle(bits >> 23));
        return new(((bits & Vector128.Create(0x007fffff)) + shift).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes128 WhereLess(Lanes128 a, Lanes128 b, Lanes128 then, Lanes128 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(Inline)]
    public static Lanes128 FromBFloat16(uint* words, out Lanes128 upper)
    {
        var bits = Vector128.Load(words);
        upper = new((bits & Vector128.Create(0xffff0000)).AsSingle());
        return new((bits << 16).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes128 FromFloat16(uint* words, out Lanes128 upper)
    {
        var bits = Vector128.Load((int*)words);
        upper = new(FromFloat16(bits >>> 3, bits));
        return new(FromFloat16(bits << 13, bits << 16));
    }

    // From exponents and fractions that were moved, and signs.
    [MethodImpl(Inline)]
    private static Vector128<float> FromFloat16(Vector128<int> moved, Vector128<int> signs)
    {
        var scaled = (moved & Vector128.Create(0x0fffe000) | Vector128.Create(0x30000000)).AsSingle();
        var size = Vector128.MinNative(scaled * 65536f,
            Vector128.FusedMultiplyAdd(scaled, Vector128.Create(131072f), Vector128.Create(-6.103515625e-5f)));
        return (size.AsInt32() | signs & Vector128.Create(int.MinValue)).AsSingle();
    }

    [MethodImpl(Inline)]
    public static Lanes128 FromBFloat16(ushort* halves) =>
        new((Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)halves).AsUInt16()) << 16).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes128 FromBytes(sbyte* bytes) =>
        new(Vector128.ConvertToSingle(Vector128.WidenLower(
            Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(int*)bytes).AsSByte()))));

    [MethodImpl(Inline)]
    public static float Sum(Lanes128 value) => Vector128.Sum(value._value);

    [MethodImpl(Inline)]
    public static float Largest(Lanes128 value) =>
        MathF.Max(MathF.Max(value._value[0], value._value[1]), MathF.Max(value._value[2], value._value[3]));
}
