using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>
/// A change of one activation, as data: which, where, and what to do. It runs as a backend operation and is recorded on
/// the tape, so it works on every device and gradients flow through it.
/// </summary>
/// <param name="Activation">What is changed.</param>
/// <param name="Layer">Of which layer, 0-based.</param>
/// <param name="Operation">Replace by the source, add factor · source, or scale by the factor.</param>
/// <param name="Source">A tensor of the whole activation's shape, of which the edited part is used; none for scaling.</param>
/// <param name="Factor">For adding and scaling; scaling by 0 switches off.</param>
/// <param name="FirstRow">First row that is changed.</param>
/// <param name="RowCount">How many rows; all from the first one when 0.</param>
/// <param name="Head">Which head of an activation that has heads; all when negative.</param>
public sealed record TapEdit(Activation Activation, int Layer, EditOperation Operation, Tensor Source = default, float Factor = 1,
    int FirstRow = 0, int RowCount = 0, int Head = -1)
{
    internal Tensor Apply(Tensor x, Operations operations, int heads, int firstColumn, int columns)
    {
        var planes = Activation is Activation.AttnScores or Activation.Pattern ? heads : 1; // one plane of rows a head
        var rows = x.Rows / planes;
        var count = RowCount == 0 ? rows - FirstRow : RowCount;
        if (FirstRow < 0 || count < 0 || FirstRow + count > rows)
            throw new ArgumentException($"{Activation.Name()} has rows 0 to {rows - 1}; the edit asks for {FirstRow} to {FirstRow + count - 1}");
        if (Head >= heads)
            throw new ArgumentException($"the model has heads 0 to {heads - 1}; the edit asks for head {Head}");
        if (Operation != EditOperation.Scale && (Source.IsEmpty || Source.Shape != Part(x.Shape, columns)))
            throw new ArgumentException($"an edit of {Activation.Name()} needs a source of shape {Part(x.Shape, columns)}, not {(Source.IsEmpty ? "none" : Source.Shape)}");

        var source = Widened(operations, x, firstColumn, columns);
        if (planes == 1)
        {
            var width = Head < 0 ? columns : columns / heads;
            var region = new EditRegion(FirstRow, count, firstColumn + Math.Max(Head, 0) * width, width);
            return operations.Edit(x, source, region, Operation, Factor);
        }
        for (var h = Math.Max(Head, 0); h < (Head < 0 ? heads : Head + 1); h++)
            x = operations.Edit(x, source, new EditRegion(h * rows + FirstRow, count, 0, columns), Operation, Factor);
        return x;
    }

    private static Shape Part(Shape shape, int columns) => shape.WithColumns(columns);

    // A source of queries, keys or values is laid where the activation lies in qkv.
    private Tensor Widened(Operations operations, Tensor x, int firstColumn, int columns)
    {
        if (Source.IsEmpty || columns == x.Columns)
            return Source;
        return operations.PlaceColumns(Source, firstColumn, x.Columns);
    }
}
