using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Tensors.Cpu;

internal readonly unsafe partial struct WeightPanels
{
    /// <summary>Columns of a panel of blocks.</summary>
    public const int BlockColumns = 32;

    /// <summary>Bytes of the scales that a block of columns begins with, where it is multiplied in integers.</summary>
    public const int ScaleBytes = 2 * BlockColumns;

    /// <summary>What q8_0 adds to make its integers unsigned, as the multiplying instruction wants them.</summary>
    public const int Q8Offset = 128;

    /// <summary>What q4_0's integers are above what they stand for.</summary>
    public const int Q4Offset = 8;

    /// <summary>Bytes that the blocks of a panel's columns take together.</summary>
    public int BlockBytes => BlockColumns * Format.Bytes;

    /// <inheritdoc cref="BlockBytes"/>
    public static int BytesOfBlock(bool fourBits) => ScaleBytes + BlockColumns * (fourBits ? 16 : 32);

    /// <summary>Bytes of an output in the format's blocks, or plain numbers.</summary>
    public int RowBytes => Inner / Format.Length * Format.Bytes;

    /// <summary>The blocks of a panel's columns that begin with step k.</summary>
    public byte* Block(int panel, int k) => Panel(panel) + k / Format.Length * BlockBytes;

    private BlockFormat Format => Type.Format()!;

    /// <summary>Stores an output given in the format's blocks, or in the format of plain numbers.</summary>
    public void WriteRow(int n, ReadOnlySpan<byte> row)
    {
        var panel = Panel(n / Columns);
        var (format, column) = (Format, n % Columns);
        if (Type.IsBlocks())
        {
            for (; !row.IsEmpty; row = row[format.Bytes..], panel += BlockBytes)
                PutBlock(panel, column, row[..format.Bytes]);
            return;
        }
        var value = 0f;
        for (var k = 0; k < Inner; k++)
        {
            format.Dequantise(row.Slice(k * format.Bytes, format.Bytes), new(ref value));
            Write(panel, (long)k * Columns, column, value);
        }
    }

    /// <summary>Gives back what <see cref="WriteRow"/> stored.</summary>
    public void ReadRow(int n, Span<byte> row)
    {
        var panel = Panel(n / Columns);
        var (format, column) = (Format, n % Columns);
        if (Type.IsBlocks())
        {
            for (; !row.IsEmpty; row = row[format.Bytes..], panel += BlockBytes)
                GetBlock(panel, column, row[..format.Bytes]);
            return;
        }
        var values = new float[Inner];
        fixed (float* to = values)
            ReadRow(n, to);
        format.Quantise(values, row);
    }

    // Byte i of the columns side by side, so that a register takes the same byte of many columns. What is multiplied in integers
    // lies as those instructions want it: 32 scales, then [step / 4][column][4 bytes], of q8_0 q + 128, and of q4_0 bytes as they
    // are, in which step k has the lower and step k + 16 the upper four bits.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PutBlock(byte* block, int column, ReadOnlySpan<byte> bytes)
    {
        if (!Type.IsMultipliedInIntegers())
        {
            for (var i = 0; i < bytes.Length; i++)
                block[i * BlockColumns + column] = bytes[i];
            return;
        }
        (block[2 * column], block[2 * column + 1]) = (bytes[0], bytes[1]);
        for (int i = 0, at = 2; at < bytes.Length; i++, at += 4)
            Word(block, i, column) = BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) ^ Flip;
    }

    private void GetBlock(byte* block, int column, Span<byte> bytes)
    {
        if (!Type.IsMultipliedInIntegers())
        {
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = block[i * BlockColumns + column];
            return;
        }
        (bytes[0], bytes[1]) = (block[2 * column], block[2 * column + 1]);
        for (int i = 0, at = 2; at < bytes.Length; i++, at += 4)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], Word(block, i, column) ^ Flip);
    }

    // Four bytes of a column, where it is multiplied in integers.
    private static ref uint Word(byte* block, int i, int column) => ref ((uint*)(block + ScaleBytes))[i * BlockColumns + column];

    // Adds 128 to each of four bytes of q8_0, and takes it away again.
    private uint Flip => Type == ElementType.Q8_0 ? 0x80808080 : 0;

    private void WriteBlock(byte* block, int column, ReadOnlySpan<float> values)
    {
        Span<byte> bytes = stackalloc byte[Format.Bytes];
        Format.Quantise(values, bytes);
        PutBlock(block, column, bytes);
    }

    private void ReadBlocks(byte* block, int column, float* row)
    {
        var format = Format;
        Span<byte> bytes = stackalloc byte[format.Bytes];
        for (var k = 0; k < Inner; k += format.Length, block += BlockBytes)
        {
            GetBlock(block, column, bytes);
            format.Dequantise(bytes, new(row + k, format.Length));
        }
    }
}
