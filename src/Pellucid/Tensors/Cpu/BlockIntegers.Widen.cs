using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Cpu;

internal static unsafe partial class BlockIntegers
{
    /// <summary>Writes out what columns of some blocks of a panel stand for, [step][column].</summary>
    /// <param name="type">How they are stored.</param>
    /// <param name="block">The first block.</param>
    /// <param name="steps">Steps of the inner dimension: whole blocks.</param>
    /// <param name="column">The first column.</param>
    /// <param name="columns">How many, a multiple of <see cref="Width"/>.</param>
    /// <param name="to">Where the first step goes.</param>
    /// <param name="stride">From one step to the next.</param>
    public static void Widen(ElementType type, byte* block, int steps, int column, int columns, float* to, nint stride) =>
        Choose(type, new Widening(block, steps, column, columns, to, stride));

    private readonly struct Widening(byte* block, int steps, int column, int columns, float* to, nint stride) : IBlockIntegersUser
    {
        [SkipLocalsInit]
        public void Use<TBlocks>() where TBlocks : IBlockIntegers
        {
            var memory = stackalloc byte[IntegerSlab.Bytes];
            for (int k = 0, at = 0; k < steps; k += TBlocks.Steps, at += TBlocks.Bytes * WeightPanels.BlockColumns)
                Block<TBlocks>(block + at, to + k * stride, IntegerSlab.In(memory));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Block<TBlocks>(byte* from, float* first, IntegerSlab slab) where TBlocks : IBlockIntegers
        {
            PutScales<TBlocks>(from, column, columns, slab);
            for (nint c = column; c < column + columns; c += Width)
            for (nint scale = 0; scale < TBlocks.Steps / 4 / TBlocks.WordsOfScale; scale++)
            {
                var at = scale * WeightPanels.BlockColumns + c;
                var (d, offset) = (Vector256.Load(slab.Scales + at), Vector256.Load(slab.Offsets + at));
                var words = TBlocks.At((int*)from + c, scale);
                for (nint i = 0; i < TBlocks.WordsOfScale; i++)
                {
                    var word = TBlocks.Integers(words, i);
                    var row = first + 4 * (scale * TBlocks.WordsOfScale + i) * stride + c - column;
                    Value<TBlocks>(word, 0, d, offset).Store(row);
                    Value<TBlocks>(word, 8, d, offset).Store(row + stride);
                    Value<TBlocks>(word, 16, d, offset).Store(row + 2 * stride);
                    Value<TBlocks>(word, 24, d, offset).Store(row + 3 * stride);
                }
            }
        }

        [MethodImpl(Inline)]
        private static Vector256<float> Value<TBlocks>(Vector256<int> word, int bit, Vector256<float> scale, Vector256<float> offset)
            where TBlocks : IBlockIntegers
        {
            var integer = TBlocks.Range is IntegerRange.Unsigned or IntegerRange.UnsignedHalves
                ? word >>> bit & All(255)
                : word << 24 - bit >> 24;
            var value = Singles(TBlocks.Centre == 0 ? integer : integer - All(TBlocks.Centre)) * scale;
            return TBlocks.HasOffsets ? value + offset : value;
        }
    }
}
