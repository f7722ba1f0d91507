using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>How large the integers of a format are, and so how their products with bytes may be added.</summary>
internal enum IntegerRange
{
    /// <summary>Not negative, and so small that 16 bits hold the sum of the pairs of products of all words of a scale.</summary>
    Unsigned,

    /// <summary>Not negative, and so small that they hold it of half of the words; less the centre they are as small as those.</summary>
    UnsignedHalves,

    /// <summary>Signed, and as small as the first.</summary>
    Signed,

    /// <summary>Signed bytes: 16 bits hold the sum of two products.</summary>
    SignedByte,
}

/// <summary>
/// A format of blocks as small integers: x = scale · (q − centre) [+ offset], which rounded after each operation is to the bit
/// what the format defines. A block of a column is a row of words of four bytes, and one or two loose bytes where it has so many.
/// </summary>
internal unsafe interface IBlockIntegers
{
    /// <summary>Steps of the inner dimension in a block.</summary>
    static abstract int Steps { get; }

    /// <summary>Bytes of a column's block.</summary>
    static abstract int Bytes { get; }

    /// <summary>Words, of four steps each, that share a scale: 8 or 4.</summary>
    static abstract int WordsOfScale { get; }

    static abstract IntegerRange Range { get; }

    static abstract int Centre { get; }

    static abstract bool HasOffsets { get; }

    /// <summary>Unpacks scales and offsets of the block of eight columns.</summary>
    /// <param name="block">The first of the eight: word i of all of them at i · <see cref="WeightPanels.BlockColumns"/>.</param>
    /// <param name="loose">Loose bytes of the first of them.</param>
    /// <param name="to">Where those of the first of them go.</param>
    static abstract void PutScales(int* block, byte* loose, IntegerSlab to);

    /// <summary>Where the words that share a scale lie, of eight columns.</summary>
    static abstract ScaleWords At(int* block, nint scale);

    /// <summary>Word i of them, of four steps.</summary>
    static abstract Vector256<int> Integers(ScaleWords at, nint i);
}

/// <summary>Words that share a scale, of eight columns: the first of them, and by how many bits it is to be shifted; in some formats
/// upper bits of the integers lie in words of their own.</summary>
internal readonly unsafe struct ScaleWords(int* first, nint shift = 0, int* upper = null, nint upperShift = 0)
{
    private readonly Vector256<uint> _shift = Vector256.Create((uint)shift), _upperShift = Vector256.Create((uint)upperShift);

    /// <summary>Word i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Word(nint i) => BlockIntegers.Word(first, i);

    /// <summary>Word i, shifted, and of it what a mask keeps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Bits(nint i, int mask) => Shifted(BlockIntegers.Word(first, i), _shift) & Vector256.Create(mask);

    /// <summary>The same of upper bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> UpperBits(nint i, int mask) => Shifted(BlockIntegers.Word(upper, i), _upperShift) & Vector256.Create(mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Shifted(Vector256<int> words, Vector256<uint> shift) =>
        Avx2.IsSupported ? Avx2.ShiftRightLogicalVariable(words, shift) : words >>> (int)shift[0];
}

/// <summary>What to do with the integers of a format that is known by its type alone.</summary>
internal interface IBlockIntegersUser
{
    void Use<TBlocks>() where TBlocks : IBlockIntegers;
}

/// <summary>Blocks as integers, by their type.</summary>
internal static unsafe partial class BlockIntegers
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Columns that are unpacked together.</summary>
    public const int Width = 8;

    public static void Choose<TUser>(ElementType type, TUser user) where TUser : struct, IBlockIntegersUser
    {
        switch (type)
        {
            case ElementType.Q8_0: user.Use<Q8_0Integers>(); break;
            case ElementType.Q4_0: user.Use<Q4_0Integers>(); break;
            case ElementType.Q4_1: user.Use<Q4_1Integers>(); break;
            case ElementType.Q5_0: user.Use<Q5_0Integers>(); break;
            case ElementType.Q5_1: user.Use<Q5_1Integers>(); break;
            case ElementType.Q2_K: user.Use<Q2KIntegers>(); break;
            case ElementType.Q3_K: user.Use<Q3KIntegers>(); break;
            case ElementType.Q4_K: user.Use<Q4KIntegers>(); break;
            case ElementType.Q5_K: user.Use<Q5KIntegers>(); break;
            case ElementType.Q6_K: user.Use<Q6KIntegers>(); break;
            case ElementType.Iq4Nl: user.Use<Iq4NlIntegers>(); break;
            case ElementType.Iq4Xs: user.Use<Iq4XsIntegers>(); break;
            case ElementType.MxFp4: user.Use<MxFp4Integers>(); break;
            default: throw new NotSupportedException($"{type.Name()} stores no blocks");
        }
    }

    /// <summary>Unpacks the scales of some columns of a block of a panel.</summary>
    [MethodImpl(Inline)]
    public static void PutScales<TBlocks>(byte* block, int column, int columns, IntegerSlab to) where TBlocks : IBlockIntegers
    {
        var loose = block + TBlocks.Bytes / 4 * IntegerSlab.WordBytes;
        for (; columns > 0; columns -= Width, column += Width)
            TBlocks.PutScales((int*)block + column, loose + TBlocks.Bytes % 4 * column, to.From(0, 0, column));
    }

    /// <summary>Unpacks a block of a panel.</summary>
    /// <param name="block">The block.</param>
    /// <param name="to">Where its integers and scales go.</param>
    /// <param name="unsigned">Whether integers shall be unsigned, and more than is meant (<see cref="CorrectedBy"/>), whatever their
    /// range; otherwise they are as they are, less the centre where that makes them as small as they should be.</param>
    [MethodImpl(Inline)]
    public static void Unpack<TBlocks>(byte* block, IntegerSlab to, bool unsigned) where TBlocks : IBlockIntegers
    {
        PutScales<TBlocks>(block, 0, WeightPanels.BlockColumns, to);
        for (nint column = 0; column < WeightPanels.BlockColumns; column += Width)
        for (nint scale = 0; scale < TBlocks.Steps / 4 / TBlocks.WordsOfScale; scale++)
        {
            var at = TBlocks.At((int*)block + column, scale);
            var words = to.From(TBlocks.WordsOfScale * (int)scale, 0, (int)column);
            Unpack<TBlocks>(at, 0, words, unsigned);
            Unpack<TBlocks>(at, 1, words, unsigned);
            Unpack<TBlocks>(at, 2, words, unsigned);
            Unpack<TBlocks>(at, 3, words, unsigned);
            if (TBlocks.WordsOfScale == 4)
                continue;
            Unpack<TBlocks>(at, 4, words, unsigned);
            Unpack<TBlocks>(at, 5, words, unsigned);
            Unpack<TBlocks>(at, 6, words, unsigned);
            Unpack<TBlocks>(at, 7, words, unsigned);
        }
    }

    [MethodImpl(Inline)]
    private static void Unpack<TBlocks>(ScaleWords at, nint i, IntegerSlab to, bool unsigned) where TBlocks : IBlockIntegers
    {
        var word = TBlocks.Integers(at, i);
        if (TBlocks.Range == IntegerRange.UnsignedHalves && !unsigned)
            word = Less(word, (sbyte)TBlocks.Centre);
        else if (TBlocks.Range == IntegerRange.SignedByte && unsigned)
            word ^= All(unchecked((int)0x80808080));
        to.PutWord(i, 0, word);
    }

    /// <summary>By how much unsigned integers are more than what is meant: their centre, of signed bytes 128.</summary>
    [MethodImpl(Inline)]
    public static int CorrectedBy<TBlocks>() where TBlocks : IBlockIntegers =>
        TBlocks.Range == IntegerRange.SignedByte ? 128 : TBlocks.Centre;

    /// <summary>Word i of the blocks of eight columns.</summary>
    [MethodImpl(Inline)]
    public static Vector256<int> Word(int* block, nint i) => Vector256.Load(block + i * WeightPanels.BlockColumns);

    /// <summary>Where word i of the blocks of eight columns lies.</summary>
    [MethodImpl(Inline)]
    public static int* WordAt(int* block, nint i) => block + i * WeightPanels.BlockColumns;

    /// <summary>The half-precision numbers, finite ones, in the lower halves of words.</summary>
    [MethodImpl(Inline)]
    public static Vector256<float> LowerHalf(Vector256<int> words) => Lanes256.FromFloat16(words << 13, words << 16);

    /// <summary>The same of the upper halves.</summary>
    [MethodImpl(Inline)]
    public static Vector256<float> UpperHalf(Vector256<int> words) => Lanes256.FromFloat16(words >>> 3, words);

    /// <summary>Eight finite halves that lie side by side.</summary>
    [MethodImpl(Inline)]
    public static Vector256<float> LooseHalves(byte* loose) =>
        LowerHalf(Vector256.WidenLower(Vector128.Load((ushort*)loose).ToVector256Unsafe()).AsInt32());

    /// <summary>Four bits of each byte, the lower or the upper ones.</summary>
    [MethodImpl(Inline)]
    public static Vector256<int> Nibble(Vector256<int> bytes, nint upper) => bytes >>> (int)(4 * upper) & All(0x0f0f0f0f);

    /// <summary>Each byte less a number.</summary>
    [MethodImpl(Inline)]
    public static Vector256<int> Less(Vector256<int> bytes, sbyte number) => (bytes.AsSByte() - Vector256.Create(number)).AsInt32();

    /// <summary>The entry of a table of sixteen for each byte from 0 to 15.</summary>
    [MethodImpl(Inline)]
    public static Vector256<int> Look(Vector256<int> codes, Vector128<sbyte> table) => Avx2.IsSupported
        ? Avx2.Shuffle(Vector256.Create(table, table), codes.AsSByte()).AsInt32()
        : Vector256.Create(Vector128.Shuffle(table, codes.AsSByte().GetLower()), Vector128.Shuffle(table, codes.AsSByte().GetUpper()))
            .AsInt32();

    [MethodImpl(Inline)]
    public static Vector256<float> Singles(Vector256<int> integers) => Vector256.ConvertToSingle(integers);

    [MethodImpl(Inline)]
    public static Vector256<int> All(int value) => Vector256.Create(value);
}
