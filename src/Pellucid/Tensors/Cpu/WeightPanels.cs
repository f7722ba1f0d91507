using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// A weight in the order in which it is multiplied: outputs in panels of a few columns, and in each panel everything that a
/// step of the inner dimension needs side by side, so that a pass over the weight reads memory from front to back.
/// Singles: [k][column]. 16 bits: [k][word], a word holding column w in its lower and column w + half a panel in its upper half.
/// Quantised, 32 columns a panel: blocks of 32 steps, each 32 half-precision scales and then [k / 4][column][4 bytes]; q8_0
/// stores q + 128, q4_0 has step k in the lower four bits of a byte and step k + 16 in the upper ones.
/// </summary>
internal readonly unsafe struct WeightPanels(byte* start, ElementType type, int K, int N, int simdWidth)
{
    private const int QuantisedColumns = 32;

    /// <summary>Bytes of the scales that a block begins with.</summary>
    public const int ScaleBytes = 2 * QuantisedColumns;

    /// <summary>What q8_0 adds to make its integers unsigned, as the multiplying instruction wants them.</summary>
    public const int Q8Offset = 128;

    /// <summary>What q4_0's integers are above what they stand for.</summary>
    public const int Q4Offset = 8;

    public static WeightPanels Of(Tensor weight, bool transposed, int simdWidth) => transposed
        ? new((byte*)weight.Address, weight.Type, weight.Shape[1], weight.Shape[0], simdWidth)
        : new((byte*)weight.Address, weight.Type, weight.Shape[0], weight.Shape[1], simdWidth);

    public ElementType Type => type;

    /// <summary>Inner dimension.</summary>
    public int Inner => K;

    /// <summary>Outputs.</summary>
    public int Outputs => N;

    /// <summary>Columns of a panel.</summary>
    public int Columns => type.IsQuantised() ? QuantisedColumns : 2 * simdWidth;

    /// <summary>Panels; the last one may hang over.</summary>
    public int Count => (N + Columns - 1) / Columns;

    /// <summary>Bytes of a block of a quantised panel.</summary>
    public int BlockBytes => BytesOfBlock(type == ElementType.Q4_0);

    /// <inheritdoc cref="BlockBytes"/>
    public static int BytesOfBlock(bool fourBits) => ScaleBytes + QuantisedColumns * (fourBits ? 16 : 32);

    /// <summary>Bytes of a panel.</summary>
    public long PanelBytes => type.IsQuantised() ? (long)(K / WeightBlock.Length) * BlockBytes : (long)K * Columns * type.Bytes();

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
        Span<float> block = stackalloc float[WeightBlock.Length];
        for (var column = 0; column < Columns; column++)
        {
            var n = (long)panel * Columns + column;
            for (var first = 0; first < K; first += WeightBlock.Length)
            {
                var count = Math.Min(WeightBlock.Length, K - first);
                for (var i = 0; i < count; i++)
                    block[i] = n >= N ? 0 : source[transposed ? n * K + first + i : (first + i) * (long)N + n];
                if (type.IsQuantised())
                    WriteBlock(Panel(panel) + first / WeightBlock.Length * BlockBytes, column, block);
                else
                    for (var i = 0; i < count; i++)
                        Write(Panel(panel), (long)(first + i) * Columns, column, block[i]);
            }
        }
    }

    /// <summary>One number, as it was rounded.</summary>
    public float Read(int n, int k)
    {
        var panel = Panel(n / Columns);
        var column = n % Columns;
        if (type == ElementType.PackedFloat32)
            return ((float*)panel)[(long)k * Columns + column];
        if (!type.IsQuantised())
        {
            var bits = ((ushort*)panel)[(long)k * Columns + PlaceOfHalf(column)];
            return type == ElementType.BFloat16 ? WeightBlock.FromBFloat16(bits) : (float)BitConverter.UInt16BitsToHalf(bits);
        }
        var block = panel + k / WeightBlock.Length * BlockBytes;
        var i = k % WeightBlock.Length;
        var scale = (float)((Half*)block)[column];
        return scale * (type == ElementType.Q8_0
            ? block[PlaceOfByte(i, column)] - Q8Offset
            : (block[PlaceOfByte(i % 16, column)] >> (i < 16 ? 0 : 4) & 15) - Q4Offset);
    }

    private void Write(byte* panel, long row, int column, float value)
    {
        if (type == ElementType.PackedFloat32)
            ((float*)panel)[row + column] = value;
        else
            ((ushort*)panel)[row + PlaceOfHalf(column)] = type == ElementType.BFloat16 ? WeightBlock.ToBFloat16(value)
                : BitConverter.HalfToUInt16Bits((Half)value);
    }

    private void WriteBlock(byte* block, int column, ReadOnlySpan<float> values)
    {
        if (type == ElementType.Q8_0)
        {
            Span<sbyte> q = stackalloc sbyte[WeightBlock.Length];
            ((Half*)block)[column] = WeightBlock.QuantiseQ8(values, q);
            for (var i = 0; i < q.Length; i++)
                block[PlaceOfByte(i, column)] = (byte)(q[i] + Q8Offset);
        }
        else
        {
            Span<byte> q = stackalloc byte[WeightBlock.Length];
            ((Half*)block)[column] = WeightBlock.QuantiseQ4(values, q);
            for (var i = 0; i < 16; i++)
                block[PlaceOfByte(i, column)] = (byte)(q[i] | q[i + 16] << 4);
        }
    }

    private int PlaceOfHalf(int column) => column < simdWidth ? 2 * column : 2 * (column - simdWidth) + 1;

    private static int PlaceOfByte(int i, int column) => ScaleBytes + (i / 4 * QuantisedColumns + column) * 4 + i % 4;
}
