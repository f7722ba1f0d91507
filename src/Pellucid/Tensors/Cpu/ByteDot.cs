using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>Sums of products of unsigned and signed bytes, exact, for each four of them that lie side by side.</summary>
internal interface IByteDot
{
    /// <summary>Whether sums are of 32 bits from the beginning, and have room for more than 16 hold.</summary>
    static abstract bool HasRoom { get; }

    /// <summary>Adds to sums in a form of its own, which is 0 in the beginning. In each half of four bytes all products together
    /// may come to no more than 16 bits hold.</summary>
    static abstract Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed);

    /// <summary>Such sums as 32-bit integers.</summary>
    static abstract Vector256<int> Whole(Vector256<int> sum);

    /// <summary>Adds to 32-bit sums, where two products come to no more than 16 bits hold.</summary>
    static abstract Vector256<int> AddLarge(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed);

    /// <summary>x, −x where the other is negative; where it is 0, either or 0.</summary>
    static abstract Vector256<sbyte> WithSign(Vector256<sbyte> x, Vector256<sbyte> sign);
}

/// <summary>One instruction, where the processor has it.</summary>
internal readonly struct VnniDot : IByteDot
{
    public static bool HasRoom => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        AvxVnni.MultiplyWideningAndAdd(sum, unsigned, signed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Whole(Vector256<int> sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddLarge(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        AvxVnni.MultiplyWideningAndAdd(sum, unsigned, signed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> WithSign(Vector256<sbyte> x, Vector256<sbyte> sign) => Avx2.Sign(x, sign);
}

/// <summary>Pairs of products in 16 bits, which are added there as long as they fit.</summary>
internal readonly struct Avx2Dot : IByteDot
{
    public static bool HasRoom => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        (sum.AsInt16() + Avx2.MultiplyAddAdjacent(unsigned, signed)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Whole(Vector256<int> sum) => Avx2.MultiplyAddAdjacent(sum.AsInt16(), Vector256.Create((short)1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddLarge(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        sum + Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(unsigned, signed), Vector256.Create((short)1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> WithSign(Vector256<sbyte> x, Vector256<sbyte> sign) => Avx2.Sign(x, sign);
}

/// <summary>The same in halves of a register.</summary>
internal readonly struct Ssse3Dot : IByteDot
{
    public static bool HasRoom => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        (sum.AsInt16() + Pairs(unsigned, signed)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Whole(Vector256<int> sum) => Vector256.Create(
        Sse2.MultiplyAddAdjacent(sum.AsInt16().GetLower(), Vector128.Create((short)1)),
        Sse2.MultiplyAddAdjacent(sum.AsInt16().GetUpper(), Vector128.Create((short)1)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddLarge(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        sum + Whole(Pairs(unsigned, signed).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> WithSign(Vector256<sbyte> x, Vector256<sbyte> sign) => Vector256.Create(
        Ssse3.Sign(x.GetLower(), sign.GetLower()), Ssse3.Sign(x.GetUpper(), sign.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pairs(Vector256<byte> unsigned, Vector256<sbyte> signed) => Vector256.Create(
        Ssse3.MultiplyAddAdjacent(unsigned.GetLower(), signed.GetLower()),
        Ssse3.MultiplyAddAdjacent(unsigned.GetUpper(), signed.GetUpper()));
}

/// <summary>Byte by byte in 32-bit lanes: any machine.</summary>
internal readonly struct PortableDot : IByteDot
{
    public static bool HasRoom => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed)
    {
        var (u, s, mask) = (unsigned.AsInt32(), signed.AsInt32(), Vector256.Create(0xff));
        sum += (u & mask) * (s << 24 >> 24);
        sum += (u >> 8 & mask) * (s << 16 >> 24);
        sum += (u >> 16 & mask) * (s << 8 >> 24);
        return sum + (u >>> 24) * (s >> 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Whole(Vector256<int> sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddLarge(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        Add(sum, unsigned, signed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> WithSign(Vector256<sbyte> x, Vector256<sbyte> sign) =>
        Vector256.ConditionalSelect(Vector256.LessThan(sign, Vector256<sbyte>.Zero), -x, x);
}
