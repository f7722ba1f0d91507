using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>What the blocks of a panel's columns stand for, eight columns at a time; to the bit what the format defines.</summary>
internal unsafe interface IBlockLanes
{
    /// <summary>Steps of the inner dimension in a block.</summary>
    static abstract int Steps { get; }

    /// <summary>Bytes of a column's block.</summary>
    static abstract int Bytes { get; }

    /// <summary>Writes eight columns from <paramref name="column"/> on: step k to <paramref name="to"/> + k · stride.</summary>
    static abstract void Widen(byte* block, int column, float* to, nint stride);
}

/// <summary>Panels of blocks written out in singles.</summary>
internal static unsafe class BlockLanes
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Columns that are widened together.</summary>
    public const int Width = 8;

    /// <summary>Some columns of some blocks of a panel, [step][column].</summary>
    /// <param name="type">How they are stored.</param>
    /// <param name="block">The first block.</param>
    /// <param name="steps">Steps of the inner dimension: whole blocks.</param>
    /// <param name="column">The first column.</param>
    /// <param name="columns">How many, a multiple of <see cref="Width"/>.</param>
    /// <param name="to">Where the first step goes.</param>
    /// <param name="stride">From one step to the next.</param>
    public static void Widen(ElementType type, byte* block, int steps, int column, int columns, float* to, nint stride)
    {
        switch (type)
        {
            case ElementType.Q8_0: Widen<Q8_0Lanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Q4_0: Widen<Q4_0Lanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Q4_1: Widen<Q4_1Lanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Q5_0: Widen<Q5_0Lanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Q5_1: Widen<Q5_1Lanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Q2_K: Widen<Q2KLanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Q3_K: Widen<Q3KLanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Q4_K: Widen<Q4KLanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Q5_K: Widen<Q5KLanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Q6_K: Widen<Q6KLanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Iq4Nl: Widen<Iq4NlLanes>(block, steps, column, columns, to, stride); break;
            case ElementType.Iq4Xs: Widen<Iq4XsLanes>(block, steps, column, columns, to, stride); break;
            case ElementType.MxFp4: Widen<MxFp4Lanes>(block, steps, column, columns, to, stride); break;
            default: throw new NotSupportedException($"{type.Name()} stores no blocks");
        }
    }

    private static void Widen<TLanes>(byte* block, int steps, int column, int columns, float* to, nint stride) where TLanes : IBlockLanes
    {
        for (; steps > 0; steps -= TLanes.Steps, block += TLanes.Bytes * WeightPanels.BlockColumns, to += TLanes.Steps * stride)
        for (var c = 0; c < columns; c += Width)
            TLanes.Widen(block, column + c, to + c, stride);
    }

    /// <summary>Byte i of the blocks of eight columns, the first of which begins there.</summary>
    [MethodImpl(Inline)]
    public static Vector256<int> Byte(byte* first, int i)
    {
        var at = first + i * WeightPanels.BlockColumns;
        if (Avx2.IsSupported)
            return Avx2.ConvertToVector256Int32(at);
        var words = Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)at).AsByte());
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32();
    }

    /// <summary>The same signed byte of eight columns.</summary>
    [MethodImpl(Inline)]
    public static Vector256<int> SignedByte(byte* first, int i) => Byte(first, i) << 24 >> 24;

    /// <summary>The half-precision number, a finite one, that begins with byte i.</summary>
    [MethodImpl(Inline)]
    public static Vector256<float> Half(byte* first, int i)
    {
        var bits = Byte(first, i) | Byte(first, i + 1) << 8;
        return Lanes256.FromFloat16(bits << 13, bits << 16);
    }

    /// <summary>The lower (0) or upper (1) four bits of each.</summary>
    [MethodImpl(Inline)]
    public static Vector256<int> Nibble(Vector256<int> bytes, int upper) =>
        upper == 0 ? bytes & Vector256.Create(15) : bytes >>> 4;

    /// <summary>Entries of a table of sixteen.</summary>
    [MethodImpl(Inline)]
    public static Vector256<float> Look(Vector256<int> codes, Vector256<float> lower, Vector256<float> upper) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(codes, Vector256.Create(7)).AsSingle(),
            Vector256.Shuffle(upper, codes & Vector256.Create(7)), Vector256.Shuffle(lower, codes & Vector256.Create(7)));

    [MethodImpl(Inline)]
    public static Vector256<float> Singles(Vector256<int> integers) => Vector256.ConvertToSingle(integers);

    [MethodImpl(Inline)]
    public static Vector256<int> All(int value) => Vector256.Create(value);
}
