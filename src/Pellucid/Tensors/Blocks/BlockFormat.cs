using System.Buffers.Binary;

namespace Pellucid.Tensors.Blocks;

/// <summary>
/// A way to store rows of numbers as blocks of a fixed length, as the files of other programs do. What a block stands for
/// is defined bit for bit: every product and every sum is rounded to single precision, in the order written, and never fused.
/// </summary>
/// <param name="name">What GGUF calls it.</param>
/// <param name="length">Numbers in a block.</param>
/// <param name="bytes">Bytes of a block.</param>
/// <param name="scales">Where in a block numbers in half precision lie.</param>
internal abstract class BlockFormat(string name, int length, int bytes, params int[] scales)
{
    /// <summary>Every format that can be read and written.</summary>
    public static IReadOnlyList<BlockFormat> All { get; } =
    [
        new Float32Format(), new Float16Format(), new BFloat16Format(), new Q8_0Format(),
        new Q4_0Format(), new Q4_1Format(), new Q5_0Format(), new Q5_1Format(),
        new Q2KFormat(), new Q3KFormat(), new Q4KFormat(), new Q5KFormat(), new Q6KFormat(),
        new Iq4NlFormat(), new Iq4XsFormat(), new MxFp4Format(),
    ];

    /// <summary>What GGUF calls it: f32, q4_K, ….</summary>
    public string Name => name;

    /// <summary>Numbers in a block; a row is a whole number of blocks.</summary>
    public int Length => length;

    /// <summary>Bytes of a block.</summary>
    public int Bytes => bytes;

    /// <summary>Bits that a number takes, scales included.</summary>
    public double BitsPerNumber => 8.0 * Bytes / Length;

    /// <summary>The format of a name, or null.</summary>
    public static BlockFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);

    /// <summary>What blocks stand for.</summary>
    /// <param name="blocks">Whole blocks, one after another.</param>
    /// <param name="values">As many numbers.</param>
    public void Dequantise(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        RequireEqualCounts(values.Length, blocks.Length);
        if (Length == 1)
            DequantiseBlock(blocks, values);
        else
            for (; !values.IsEmpty; values = values[Length..], blocks = blocks[Bytes..])
                DequantiseBlock(blocks[..Bytes], values[..Length]);
    }

    /// <summary>Rounds numbers to blocks.</summary>
    /// <param name="values">A whole number of blocks; of finite numbers, but for f32 and bf16.</param>
    /// <param name="blocks">As many blocks.</param>
    /// <exception cref="ArgumentException">A number is not finite, or it or its scale is beyond half precision.</exception>
    public void Quantise(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        RequireEqualCounts(values.Length, blocks.Length);
        if (Length == 1)
        {
            QuantiseBlock(values, blocks);
            return;
        }
        for (; !values.IsEmpty; values = values[Length..], blocks = blocks[Bytes..])
        {
            foreach (var value in values[..Length])
                if (!float.IsFinite(value))
                    throw new ArgumentException($"{value} cannot be stored as {Name}, which holds finite numbers alone");
            QuantiseBlock(values[..Length], blocks[..Bytes]);
        }
    }

    /// <summary>Whether the scales of a block are finite numbers; what it stands for then is, but for mxfp4's largest powers.</summary>
    public bool HasFiniteScales(ReadOnlySpan<byte> block)
    {
        foreach (var at in scales)
            if (!float.IsFinite(Half(block[at..])))
                return false;
        return true;
    }

    /// <summary>What one block stands for; where a block is one number, what a run of them does.</summary>
    protected abstract void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values);

    /// <summary>Rounds one block of finite numbers; where a block is one number, a run of any.</summary>
    protected abstract void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block);

    /// <summary>The half-precision number at the beginning of a span.</summary>
    protected static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    /// <summary>Stores a scale in half precision.</summary>
    /// <returns>What it has become.</returns>
    /// <exception cref="ArgumentException">It is beyond what half precision holds.</exception>
    protected float PutHalf(Span<byte> bytes, float value)
    {
        var half = (Half)value;
        if (!System.Half.IsFinite(half))
            throw new ArgumentException(
                $"{Name} stores {(Length == 1 ? "numbers" : "scales")} in half precision, which ends at 65504; {value} is beyond it");
        BinaryPrimitives.WriteHalfLittleEndian(bytes, half);
        return (float)half;
    }

    /// <summary>The nearest whole number of steps, within bounds.</summary>
    protected static int Steps(float value, float step, int lowest, int highest) => step == 0 ? 0
        : (int)Math.Clamp(MathF.Round(value / step, MidpointRounding.AwayFromZero), lowest, highest);

    private void RequireEqualCounts(int numbers, int bytesOfBlocks)
    {
        if (numbers % Length != 0 || (long)numbers / Length * Bytes != bytesOfBlocks)
            throw new ArgumentException(
                $"{numbers} numbers do not take {bytesOfBlocks} bytes as {Name}, of which a block of {Length} takes {Bytes}");
    }
}
