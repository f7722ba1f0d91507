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
        fixed (float* values = source)
            Run(new WriteWeightJob(values, form == WeightForm.OutIn, WeightPanels.Of(destination, form == WeightForm.OutIn, T.Width)),
                destination.Count);
    }

    internal override void ReadWeight(Tensor source, WeightForm form, Span<float> destination)
    {
        var weight = WeightPanels.Of(source, form == WeightForm.OutIn, T.Width);
        for (var n = 0; n < weight.Outputs; n++)
        for (var k = 0; k < weight.Inner; k++)
            destination[form == WeightForm.OutIn ? n * weight.Inner + k : k * weight.Outputs + n] = weight.Read(n, k);
    }

    private void LinearPacked(Tensor x, WeightPanels weight, float* bias, Tensor destination, in Finish<T> finish)
    {
        var work = destination.Count * weight.Inner / 16;
        lock (_scratchInUse)
        {
            if (!weight.Type.IsQuantised())
            {
                Run(new PackedLinearJob<T>(x.Floats, x.Rows, weight, bias, destination.Floats, _scratch, finish), work);
                return;
            }
            var needed = QuantisedRows.Floats(x.Rows, weight.Inner);
            if (_quantisedRows.FloatsEach < needed)
            {
                _quantisedRows.Free();
                _quantisedRows = Scratch.Allocate(1, needed);
            }
            var rows = new QuantisedRows(_quantisedRows.Of(0), x.Rows, weight.Inner);
            Run(new QuantiseRowsJob(x.Floats, x.Rows, weight.Inner, rows), x.Count);
            if (T.Width >= 8 && AvxVnni.IsSupported)
                Run(new QuantisedLinearJob<T, VnniDot>(rows, x.Rows, weight, bias, destination.Floats, finish), work);
            else if (T.Width >= 8)
                Run(new QuantisedLinearJob<T, Avx2Dot>(rows, x.Rows, weight, bias, destination.Floats, finish), work);
            else
                Run(new QuantisedLinearJob<T, PortableDot>(rows, x.Rows, weight, bias, destination.Floats, finish), work);
        }
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

    // Rows of a packed table of tokens, added to their positions.
    private readonly struct EmbedPackedJob(int* tokens, int* positions, WeightPanels tokenTable, float* positionTable,
        float* destination, int R) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var (part, C) = (Part.Of(R, member, members), tokenTable.Inner);
            for (var r = part.Start; r < part.End; r++)
            for (var c = 0; c < C; c++)
                destination[r * C + c] = tokenTable.Read(tokens[r], c)
                    + (positionTable == null ? 0 : positionTable[(long)positions[r] * C + c]);
        }
    }
}
