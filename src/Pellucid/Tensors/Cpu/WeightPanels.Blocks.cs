using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Tensors.Cpu;

internal readonly unsafe partial struct WeightPanels
{
    /// <summary>Columns of a panel of blocks.</summary>
    public const int BlockColumns = 32;

    /// <summary>Bytes that the blocks of a panel's columns take together.</summary>
    public int BlockBytes => BlockColumns * Format.Bytes;

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
        Span<float> values = stackalloc float[Math.Min(Inner, 256)];
        for (var first = 0; first < Inner; first += values.Length)
        {
            var some = values[..Math.Min(values.Length, Inner - first)];
            format.Dequantise(row.Slice(first * format.Bytes, some.Length * format.Bytes), some);
            for (var i = 0; i < some.Length; i++)
                Write(panel, (long)(first + i) * Columns, column, some[i]);
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

    // Words of four bytes of the columns side by side, [word][column], so that a register takes the same four bytes of eight columns;
    // then, where a block is no whole number of words, its loose bytes, [column][byte]: the last ones of q3_K and q6_K, of others
    // the first. So every word is one of scales, or one of the integers of four steps. Of q6_K the integers are laid anew.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PutBlock(byte* block, int column, scoped ReadOnlySpan<byte> bytes)
    {
        Span<byte> laid = stackalloc byte[Type == ElementType.Q6_K ? bytes.Length : 0];
        if (Type == ElementType.Q6_K)
            bytes = Q6KWords.Lay(bytes, laid);
        var words = WordsOf(bytes.Length, out var loose, out var first);
        for (var i = 0; i < words; i++)
            ((uint*)block)[i * BlockColumns + column] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(first + 4 * i)..]);
        var rest = block + (4 * words * BlockColumns) + column * (bytes.Length - 4 * words);
        for (var i = 0; i < bytes.Length - 4 * words; i++)
            rest[i] = bytes[loose + i];
    }

    private void GetBlock(byte* block, int column, Span<byte> bytes)
    {
        var words = WordsOf(bytes.Length, out var loose, out var first);
        for (var i = 0; i < words; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(first + 4 * i)..], ((uint*)block)[i * BlockColumns + column]);
        var rest = block + (4 * words * BlockColumns) + column * (bytes.Length - 4 * words);
        for (var i = 0; i < bytes.Length - 4 * words; i++)
            bytes[loose + i] = rest[i];
        if (Type == ElementType.Q6_K)
            Q6KWords.LayBack(bytes);
    }

    // How many words a block has, and where its loose bytes and its first word are.
    private int WordsOf(int bytes, out int loose, out int first)
    {
        var words = bytes / 4;
        (loose, first) = Type is ElementType.Q3_K or ElementType.Q6_K ? (4 * words, 0) : (0, bytes - 4 * words);
        return words;
    }

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
