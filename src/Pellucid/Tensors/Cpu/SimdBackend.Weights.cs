using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    private Scratch _quantisedRows;

    internal override long WeightBytes(Shape shape, WeightForm form, ElementType type)
    {
        var panels = form == WeightForm.OutIn ? new WeightPanels(null, type, shape[1], shape[0], T.Width)
            : new WeightPanels(null, type, shape[0], shape[1], T.Width);
        return panels.Count * panels.PanelBytes;
    }

    internal override void WriteWeight(ReadOnlySpan<float> source, WeightForm form, Tensor destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, destination.Count);
        try
        {
            fixed (float* values = source)
                Run(new WriteWeightJob(values, form == WeightForm.OutIn, WeightPanels.Of(destination, form == WeightForm.OutIn, T.Width)),
                    destination.Count);
        }
        catch (InvalidOperationException error) when (error.InnerException is ArgumentException refused)
        {
            throw new ArgumentException(refused.Message, error); // what a format cannot hold, whichever thread met it
        }
    }

    internal override void ReadWeight(Tensor source, WeightForm form, Span<float> destination)
    {
        var weight = WeightPanels.Of(source, form == WeightForm.OutIn, T.Width);
        var row = new float[weight.Inner];
        for (var n = 0; n < weight.Outputs; n++)
        {
            fixed (float* to = row)
                weight.ReadRow(n, to);
            for (var k = 0; k < row.Length; k++)
                destination[form == WeightForm.OutIn ? n * weight.Inner + k : k * weight.Outputs + n] = row[k];
        }
    }

    internal override void WriteBlocks(ReadOnlySpan<byte> rows, WeightForm form, int firstOutput, Tensor destination)
    {
        var weight = WeightPanels.Of(destination, form == WeightForm.OutIn, T.Width);
        fixed (byte* source = rows)
            Run(new WriteBlocksJob(source, firstOutput, rows.Length / weight.RowBytes, weight), rows.Length);
    }

    internal override void ReadBlocks(Tensor source, WeightForm form, int firstOutput, Span<byte> rows)
    {
        var weight = WeightPanels.Of(source, form == WeightForm.OutIn, T.Width);
        for (var i = 0; i < rows.Length / weight.RowBytes; i++)
            weight.ReadRow(firstOutput + i, rows.Slice(i * weight.RowBytes, weight.RowBytes));
    }

    // The product with one part of a weight, whose outputs are columns of the destination from the first on; of rows that are
    // rounded in so many parts, or not at all.
    private void LinearStored(Tensor x, WeightPanels weight, int roundedParts, float* bias, Tensor destination, int first,
        in Finish<T> finish)
    {
        var y = destination.Floats + first;
        var (stride, work) = ((nint)destination.Columns, (long)x.Rows * weight.Outputs * weight.Inner / 16);
        lock (_scratchInUse)
        {
            if (!weight.Type.IsBlocks())
                Run(new PackedLinearJob<T>(x.Floats, x.Rows, weight, bias, y, stride, _scratch, finish), work);
            else if (roundedParts == 0)
                Run(new BlockLinearJob<T>(x.Floats, x.Rows, weight, bias, y, stride, _scratch, finish), work);
            else
                LinearQuantised(x, roundedParts, weight, bias, y, stride, work, finish);
        }
    }

    private void LinearQuantised(Tensor x, int parts, WeightPanels weight, float* bias, float* y, nint stride, long work,
        in Finish<T> finish)
    {
        var needed = QuantisedRows.Floats(x.Rows * parts, weight.Inner);
        if (_quantisedRows.FloatsEach < needed)
        {
            _quantisedRows.Free();
            _quantisedRows = Scratch.Allocate(1, needed);
        }
        var rows = new QuantisedRows(_quantisedRows.Of(0), x.Rows * parts, weight.Inner);
        Run(new QuantiseRowsJob(x.Floats, x.Rows, weight.Inner, rows, parts, weight.Type), x.Count);
        if (T.Width >= 8 && AvxVnni.IsSupported)
            Run(new QuantisedLinearJob<T, VnniDot>(rows, parts, x.Rows * parts, weight, bias, y, stride, _scratch, finish), work);
        else if (T.Width >= 8)
            Run(new QuantisedLinearJob<T, Avx2Dot>(rows, parts, x.Rows * parts, weight, bias, y, stride, _scratch, finish), work);
        else if (Ssse3.IsSupported)
            Run(new QuantisedLinearJob<T, Ssse3Dot>(rows, parts, x.Rows * parts, weight, bias, y, stride, _scratch, finish), work);
        else
            Run(new QuantisedLinearJob<T, PortableDot>(rows, parts, x.Rows * parts, weight, bias, y, stride, _scratch, finish), work);
    }

    private readonly struct WriteWeightJob(float* source, bool transposed, WeightPanels weight) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var panels = Part.Of(weight.Count, member, members);
            for (var panel = (int)panels.Start; panel < panels.End; panel++)
                weight.Write(panel, source, transposed);
        }
    }

    private readonly struct WriteBlocksJob(byte* rows, int firstOutput, int count, WeightPanels weight) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(count, member, members);
            for (var i = part.Start; i < part.End; i++)
                weight.WriteRow((int)(firstOutput + i), new(rows + i * weight.RowBytes, weight.RowBytes));
        }
    }

    // Rows of one part of a stored table, those of the tokens that lie in it, added to their positions.
    private readonly struct EmbedStoredJob(int* tokens, int* positions, WeightPanels table, int first, float* positionTable,
        float* destination, int R) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var (part, C) = (Part.Of(R, member, members), table.Inner);
            for (var r = part.Start; r < part.End; r++)
            {
                if ((uint)(tokens[r] - first) >= table.Outputs)
                    continue;
                table.ReadRow(tokens[r] - first, destination + r * C);
                if (positionTable != null)
                    RowSum(destination + r * C, positionTable + (long)positions[r] * C, destination + r * C, C);
            }
        }
    }
}
