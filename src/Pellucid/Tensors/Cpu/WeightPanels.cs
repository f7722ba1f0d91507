using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// A weight in the order in which it is multiplied: outputs in panels of a few columns, and in each panel everything that a
/// step of the inner dimension needs side by side, so that a pass over the weight reads memory from front to back.
/// Singles: [k][column]. 16 bits: [k][word], a word holding column w in its lower and column w + half a panel in its upper half.
/// Blocks, 32 columns a panel: the 32 columns' blocks of the same steps lie together and take the bytes that they have alone;
/// see <see cref="PutBlock"/>.
/// </summary>
internal readonly unsafe partial struct WeightPanels(byte* start, ElementType type, int K, int N, int simdWidth)
{
    public static WeightPanels Of(Tensor weight, bool transposed, int simdWidth) => transposed
        ? new((byte*)weight.Address, weight.Type, weight.Shape[1], weight.Shape[0], simdWidth)
        : new((byte*)weight.Address, weight.Type, weight.Shape[0], weight.Shape[1], simdWidth);

    public ElementType Type => type;

    /// <summary>Inner dimension.</summary>
    public int Inner => K;

    /// <summary>Outputs.</summary>
    public int Outputs => N;

    /// <summary>Columns of a panel. (It and the panel's bytes are asked for at every panel, so they are computed once.)</summary>
    public int Columns { get; } = type.IsBlocks() ? BlockColumns : 2 * simdWidth;

    /// <summary>Panels; the last one may hang over.</summary>
    public int Count => (N + Columns - 1) / Columns;

    /// <summary>Bytes of a panel.</summary>
    public long PanelBytes { get; } = type.IsBlocks()
        ? (long)(K / type.Format()!.Length) * BlockColumns * type.Format()!.Bytes
        : (long)K * 2 * simdWidth * type.Bytes();

    public byte* Panel(int panel) => start + panel * PanelBytes;

    /// <summary>Puts the sums of one panel's columns into a row of the product, the bias added.</summary>
    public void PutSums(float* sums, int panel, float* bias, float* row)
    {
        var first = panel * Columns;
        var (column, count) = (0, Math.Min(Columns, N - first));
        for (; column + 8 <= count; column += 8)
        {
            var sum = Vector256.Load(sums + column);
            (bias == null ? sum : sum + Vector256.Load(bias + first + column)).Store(row + first + column);
        }
        for (; column < count; column++)
            row[first + column] = bias == null ? sums[column] : sums[column] + bias[first + column];
    }

    /// <summary>Stores the columns of one panel; those beyond the last output become 0.</summary>
    public void Write(int panel, float* source, bool transposed)
    {
        var length = type.IsBlocks() ? Format.Length : WeightBlock.Length;
        Span<float> block = stackalloc float[length];
        for (var column = 0; column < Columns; column++)
        {
            var n = (long)panel * Columns + column;
            for (var first = 0; first < K; first += length)
            {
                var count = Math.Min(length, K - first);
                for (var i = 0; i < count; i++)
                    block[i] = n >= N ? 0 : source[transposed ? n * K + first + i : (first + i) * (long)N + n];
                if (type.IsBlocks())
                    WriteBlock(Panel(panel) + first / length * BlockBytes, column, block);
                else
                    for (var i = 0; i < count; i++)
                        Write(Panel(panel), (long)(first + i) * Columns, column, block[i]);
            }
        }
    }

    /// <summary>One output's numbers, as they were rounded.</summary>
    public void ReadRow(int n, float* row)
    {
        var panel = Panel(n / Columns);
        var column = n % Columns;
        if (type.IsBlocks())
            ReadBlocks(panel, column, row);
        else if (type == ElementType.PackedFloat32)
            for (var k = 0; k < K; k++)
                row[k] = ((float*)panel)[(long)k * Columns + column];
        else
            for (var k = 0; k < K; k++)
            {
                var bits = ((ushort*)panel)[(long)k * Columns + PlaceOfHalf(column)];
                row[k] = type == ElementType.BFloat16 ? WeightBlock.FromBFloat16(bits) : (float)BitConverter.UInt16BitsToHalf(bits);
            }
    }

    private void Write(byte* panel, long row, int column, float value)
    {
        if (type == ElementType.PackedFloat32)
            ((float*)panel)[row + column] = value;
        else
            ((ushort*)panel)[row + PlaceOfHalf(column)] = type == ElementType.BFloat16 ? WeightBlock.ToBFloat16(value)
                : BitConverter.HalfToUInt16Bits((Half)value);
    }

    private int PlaceOfHalf(int column) => column < simdWidth ? 2 * column : 2 * (column - simdWidth) + 1;
}
