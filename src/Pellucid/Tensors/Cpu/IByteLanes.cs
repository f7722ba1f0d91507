using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>A register of words of four bytes, one for each of some columns, or of sums of their products. See
/// <see cref="IByteDot"/> for how large they may be.</summary>
/// <typeparam name="TSelf">The register.</typeparam>
/// <typeparam name="TSingles">One of as many singles.</typeparam>
internal unsafe interface IByteLanes<TSelf, TSingles>
    where TSelf : unmanaged, IByteLanes<TSelf, TSingles>
    where TSingles : unmanaged, ISimd<TSingles>
{
    static abstract bool HasRoom { get; }

    static abstract TSelf Load(byte* words);

    /// <summary>The same word for every column.</summary>
    static abstract TSelf All(int word);

    static abstract TSelf Add(TSelf sum, TSelf unsigned, TSelf signed);

    static abstract TSelf Whole(TSelf sum);

    static abstract TSelf AddLarge(TSelf sum, TSelf unsigned, TSelf signed);

    static abstract TSelf WithSign(TSelf x, TSelf sign);

    /// <summary>Magnitudes of signed bytes.</summary>
    static abstract TSelf Abs(TSelf signed);

    /// <summary>Differences of 32-bit sums.</summary>
    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSingles Singles(TSelf sum);
}

/// <summary>Eight columns.</summary>
internal readonly unsafe struct ByteLanes256<TDot>(Vector256<int> value) : IByteLanes<ByteLanes256<TDot>, Lanes256>
    where TDot : IByteDot
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly Vector256<int> _value = value;

    public static bool HasRoom => TDot.HasRoom;

    [MethodImpl(Inline)]
    public static ByteLanes256<TDot> Load(byte* words) => new(Vector256.Load((int*)words));

    [MethodImpl(Inline)]
    public static ByteLanes256<TDot> All(int word) => new(Vector256.Create(word));

    [MethodImpl(Inline)]
    public static ByteLanes256<TDot> Add(ByteLanes256<TDot> sum, ByteLanes256<TDot> unsigned, ByteLanes256<TDot> signed) =>
        new(TDot.Add(sum._value, unsigned._value.AsByte(), signed._value.AsSByte()));

    [MethodImpl(Inline)]
    public static ByteLanes256<TDot> Whole(ByteLanes256<TDot> sum) => new(TDot.Whole(sum._value));

    [MethodImpl(Inline)]
    public static ByteLanes256<TDot> AddLarge(ByteLanes256<TDot> sum, ByteLanes256<TDot> unsigned, ByteLanes256<TDot> signed) =>
        new(TDot.AddLarge(sum._value, unsigned._value.AsByte(), signed._value.AsSByte()));

    [MethodImpl(Inline)]
    public static ByteLanes256<TDot> WithSign(ByteLanes256<TDot> x, ByteLanes256<TDot> sign) =>
        new(TDot.WithSign(x._value.AsSByte(), sign._value.AsSByte()).AsInt32());

    [MethodImpl(Inline)]
    public static ByteLanes256<TDot> Abs(ByteLanes256<TDot> signed) => new(Vector256.Abs(signed._value.AsSByte()).AsInt32());

    [MethodImpl(Inline)]
    public static ByteLanes256<TDot> operator -(ByteLanes256<TDot> left, ByteLanes256<TDot> right) => new(left._value - right._value);

    [MethodImpl(Inline)]
    public static Lanes256 Singles(ByteLanes256<TDot> sum) => new(Vector256.ConvertToSingle(sum._value));
}

/// <summary>Sixteen columns: pairs of products in 16 bits, as in <see cref="Avx2Dot"/>. (.NET 10 has no VNNI of this width.)</summary>
internal readonly unsafe struct ByteLanes512(Vector512<int> value) : IByteLanes<ByteLanes512, Lanes512>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly Vector512<int> _value = value;

    public static bool HasRoom => false;

    [MethodImpl(Inline)]
    public static ByteLanes512 Load(byte* words) => new(Vector512.Load((int*)words));

    [MethodImpl(Inline)]
    public static ByteLanes512 All(int word) => new(Vector512.Create(word));

    [MethodImpl(Inline)]
    public static ByteLanes512 Add(ByteLanes512 sum, ByteLanes512 unsigned, ByteLanes512 signed) =>
        new((sum._value.AsInt16() + Avx512BW.MultiplyAddAdjacent(unsigned._value.AsByte(), signed._value.AsSByte())).AsInt32());

    [MethodImpl(Inline)]
    public static ByteLanes512 Whole(ByteLanes512 sum) =>
        new(Avx512BW.MultiplyAddAdjacent(sum._value.AsInt16(), Vector512.Create((short)1)));

    [MethodImpl(Inline)]
    public static ByteLanes512 AddLarge(ByteLanes512 sum, ByteLanes512 unsigned, ByteLanes512 signed) =>
        new(sum._value + Avx512BW.MultiplyAddAdjacent(
            Avx512BW.MultiplyAddAdjacent(unsigned._value.AsByte(), signed._value.AsSByte()), Vector512.Create((short)1)));

    [MethodImpl(Inline)]
    public static ByteLanes512 WithSign(ByteLanes512 x, ByteLanes512 sign) => new(Vector512.ConditionalSelect(
        Vector512.LessThan(sign._value.AsSByte(), Vector512<sbyte>.Zero), -x._value.AsSByte(), x._value.AsSByte()).AsInt32());

    [MethodImpl(Inline)]
    public static ByteLanes512 Abs(ByteLanes512 signed) => new(Vector512.Abs(signed._value.AsSByte()).AsInt32());

    [MethodImpl(Inline)]
    public static ByteLanes512 operator -(ByteLanes512 left, ByteLanes512 right) => new(left._value - right._value);

    [MethodImpl(Inline)]
    public static Lanes512 Singles(ByteLanes512 sum) => new(Vector512.ConvertToSingle(sum._value));
}
