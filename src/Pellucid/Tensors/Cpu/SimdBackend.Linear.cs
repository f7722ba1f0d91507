using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void Linear(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination, in Epilogue epilogue = default)
    {
        var added = bias.IsEmpty ? null : bias.Floats;
        var finish = new Finish<T>(epilogue, destination);
        if (weight.Type == ElementType.Float32)
            Multiply(Rows(x), Weight(weight, transposed), destination, x.Columns, accumulate: false, added, finish: finish);
        for (var i = 0; i < weight.PartCount && weight.Type != ElementType.Float32; i++)
        {
            var part = weight.Part(i, transposed, out var first);
            LinearStored(x, WeightPanels.Of(part, transposed, T.Width), part.MeetsRoundedRows ? transposed ? 2 : 1 : 0,
                added == null ? null : added + first, destination, first, finish);
        }
    }

    internal override void LinearBackwardInput(Tensor gradient, Tensor weight, bool transposed, Tensor xGradient, bool accumulate,
        in Epilogue epilogue = default)
    {
        var finish = new Finish<T>(epilogue, xGradient);
        if (weight.Type == ElementType.Float32)
            Multiply(Rows(gradient), Weight(weight, transposed).Transposed, xGradient, gradient.Columns, accumulate, finish: finish);
        // The chain of additions of an element ascends over the outputs of all parts.
        for (var i = 0; i < weight.PartCount && weight.Type != ElementType.Float32; i++)
            LinearBackwardInputThrough(WeightPanels.Of(weight.Part(i, transposed, out var first), transposed, T.Width),
                Rows(gradient).From(0, first), xGradient, accumulate || i > 0, i == weight.PartCount - 1 ? finish : default);
    }

    internal override void LinearBackwardWeight(Tensor gradient, Tensor x, bool transposed, Tensor weightGradient, bool accumulate,
        Tensor biasGradient = default, bool accumulateBias = false)
    {
        if (!biasGradient.IsEmpty && !accumulateBias)
            Fill(biasGradient, 0);
        var sums = biasGradient.IsEmpty ? null : biasGradient.Floats;
        if (!weightGradient.IsEmpty && !transposed)
        {
            Multiply(Rows(x).Transposed, Rows(gradient), weightGradient, x.Rows, accumulate, columnSums: sums);
            return;
        }
        // No product has the gradient for its right factor, to sum in passing.
        if (!weightGradient.IsEmpty)
            Multiply(Rows(gradient).Transposed, Rows(x), weightGradient, x.Rows, accumulate);
        if (sums != null)
            new ColumnSums<T>(sums, new(0, gradient.Columns)).Add(Rows(gradient), 0, gradient.Columns, gradient.Rows);
    }

    private void Multiply(MatrixView a, MatrixView b, Tensor c, int inner, bool accumulate, float* bias = null,
        float* columnSums = null, in Finish<T> finish = default)
    {
        lock (_scratchInUse)
            Run(new GemmJob<T>(a, b, c.Floats, c.Columns, c.Rows, c.Columns, inner, accumulate, bias, _scratch, columnSums, finish),
                c.Count * inner / 16);
    }

    private static MatrixView Rows(Tensor matrix) => new(matrix.Floats, matrix.Columns, 1);

    // As (in, out), however it is stored.
    private static MatrixView Weight(Tensor weight, bool transposed) => transposed ? Rows(weight).Transposed : Rows(weight);
}

/// <summary>
/// Sums, ascending, of b's columns in a product: a bias gradient beside the gradient of the weight. The panels come near for
/// them, and are multiplied there.
/// </summary>
/// <param name="sums">Of all columns; those that count are added to.</param>
/// <param name="counted">Columns that count.</param>
internal readonly unsafe struct ColumnSums<T>(float* sums, Part counted) where T : unmanaged, ISimd<T>
{
    /// <summary>Rows that are fetched before they are added.</summary>
    public const nint RowsAhead = 4;

    public bool AreWanted => sums != null;

    /// <summary>The sums from that column on.</summary>
    public ColumnSums<T> From(int column) => sums == null ? default : new(sums + column, new(counted.Start - column, counted.End - column));

    /// <summary>Adds so many rows of b's columns from <paramref name="first"/> on.</summary>
    public void Add(MatrixView b, int first, int columns, int rows)
    {
        var (start, end) = (Math.Max(first, counted.Start), Math.Min(first + columns, counted.End));
        for (var k = 0; k < rows && start < end; k++)
            Add(b.From(k, (int)start).Start, b.RowStride, sums + start, end - start);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* row, nint stride, float* sums, long count)
    {
        var n = 0L;
        for (; n + T.Width <= count; n += T.Width)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0(row + n + RowsAhead * stride);
            T.Store(T.Load(sums + n) + T.Load(row + n), sums + n);
        }
        for (; n < count; n++)
            sums[n] += row[n];
    }
}
