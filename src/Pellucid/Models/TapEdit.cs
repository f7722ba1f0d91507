using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>
/// A change of one activation, as data: which, where, and what to do. It runs as a backend operation and is recorded on
/// the tape, so it works on every device and gradients flow through it.
/// </summary>
/// <param name="Activation">What is changed.</param>
/// <param name="Layer">Of which layer, 0-based.</param>
/// <param name="Operation">Replace by the source, add factor · source, or scale by the factor.</param>
/// <param name="Source">Rows as wide as the activation; none for scaling.
/// Without <paramref name="SourceRow"/> it has the whole activation's shape, and the edited part is used.</param>
/// <param name="Factor">For adding and scaling; scaling by 0 switches off.</param>
/// <param name="FirstRow">First row that is changed.</param>
/// <param name="RowCount">How many rows; all from the first one when 0.</param>
/// <param name="Head">Which head of an activation that has heads; all when negative.</param>
/// <param name="Column">Which single column, such as a neuron of <c>mlp_post</c>; all when negative.</param>
/// <param name="SourceRow">Row of the source that the first changed row takes; the same row when negative.
/// Rows of scores and patterns are counted within a head.</param>
public sealed record TapEdit(Activation Activation, int Layer, EditOperation Operation, Tensor Source = default, float Factor = 1,
    int FirstRow = 0, int RowCount = 0, int Head = -1, int Column = -1, int SourceRow = -1)
{
    /// <summary>Whether the whole activation is replaced, whatever it was.</summary>
    internal bool ReplacesAll => Operation == EditOperation.Replace && FirstRow == 0 && RowCount == 0 && Head < 0 && Column < 0
        && SourceRow < 0 && !Source.IsEmpty;

    internal Tensor Apply(Tensor x, Operations operations, int heads, int firstColumn, int columns, bool inPlace)
    {
        var planes = Activation.HasPlanes() ? heads : 1; // one plane of rows a head
        var rows = x.Rows / planes;
        var count = RowCount == 0 ? rows - FirstRow : RowCount;
        if (FirstRow < 0 || count < 0 || FirstRow + count > rows)
            throw new ArgumentException(
                $"{Activation.Name()} has rows 0 to {rows - 1}; the edit asks for {FirstRow} to {FirstRow + count - 1}");
        if (Head >= heads)
            throw new ArgumentException($"the model has heads 0 to {heads - 1}; the edit asks for head {Head}");
        if (Column >= columns)
            throw new ArgumentException($"{Activation.Name()} has columns 0 to {columns - 1}; the edit asks for column {Column}");
        if (Operation != EditOperation.Scale)
            CheckSource(x.Shape.WithColumns(columns), planes, count);

        var (width, column) = Column >= 0 ? (1, Column) : planes > 1 || Head < 0 ? (columns, 0)
            : (columns / heads, Head * (columns / heads));
        var sourceRow = SourceRow < 0 ? FirstRow : SourceRow;
        if (planes == 1)
            return operations.Edit(x, Source,
                new EditRegion(FirstRow, count, firstColumn + column, width, sourceRow, column), Operation, Factor, inPlace);
        // Keys beyond the narrower of the two are masked in both.
        var sourceRows = Source.IsEmpty ? 0 : Source.Rows / planes;
        width = Column >= 0 || Source.IsEmpty ? width : Math.Min(width, Source.Columns);
        for (var h = Math.Max(Head, 0); h < (Head < 0 ? heads : Head + 1); h++, inPlace = operations.Tape is null)
            x = operations.Edit(x, Source, new EditRegion(h * rows + FirstRow, count, column, width, h * sourceRows + sourceRow, column),
                Operation, Factor, inPlace);
        return x;
    }

    private void CheckSource(Shape shape, int planes, int count)
    {
        var fits = !Source.IsEmpty && (SourceRow < 0 ? Source.Shape == shape
            : (planes > 1 || Source.Columns == shape.Columns) && SourceRow + count <= Source.Rows / planes);
        if (!fits)
            throw new ArgumentException(
                $"an edit of {Activation.Name()} needs a source of shape {shape}, not {(Source.IsEmpty ? "none" : Source.Shape)}");
    }
}
