namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void Edit(Tensor source, in EditRegion region, EditOperation operation, float factor, Tensor destination)
    {
        var y = new Elements(destination);
        for (var r = 0; r < region.RowCount; r++)
        for (var c = 0; c < region.ColumnCount; c++)
        {
            var at = ((long)region.FirstRow + r) * destination.Columns + region.FirstColumn + c;
            var from = ((long)region.SourceRow + r) * (source.IsEmpty ? 0 : source.Columns) + region.SourceColumn + c;
            y[at] = operation switch
            {
                EditOperation.Replace => new Elements(source)[from],
                EditOperation.Add => y[at] + factor * new Elements(source)[from],
                _ => factor == 0 ? 0 : y[at] * factor, // switching off also switches off −∞ and NaN
            };
        }
    }
}
