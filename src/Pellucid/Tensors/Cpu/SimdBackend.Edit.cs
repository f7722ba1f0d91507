namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    // A patching sweep edits thousands of short rows.
    internal override void Edit(Tensor source, in EditRegion region, EditOperation operation, float factor, Tensor destination)
    {
        for (var r = 0L; r < region.RowCount; r++)
        {
            var y = new Span<float>(
                destination.Floats + (region.FirstRow + r) * destination.Columns + region.FirstColumn, region.ColumnCount);
            var x = source.IsEmpty ? default : new ReadOnlySpan<float>(
                source.Floats + (region.SourceRow + r) * source.Columns + region.SourceColumn, region.ColumnCount);
            if (operation == EditOperation.Replace)
                x.CopyTo(y);
            else if (operation == EditOperation.Add)
                System.Numerics.Tensors.TensorPrimitives.FusedMultiplyAdd(x, factor, y, y);
            else if (factor == 0)
                y.Clear(); // switching off also switches off −∞ and NaN
            else
                System.Numerics.Tensors.TensorPrimitives.Multiply(y, factor, y);
        }
    }
}
