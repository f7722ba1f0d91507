namespace Pellucid.Tensors;

public sealed partial class Operations
{
    /// <summary>
    /// y with factor · addend (R, N') added to some of its columns, in y's own memory: y must come of an operation whose backward does
    /// not read its result, such as <see cref="Linear"/>, and nobody else may read it.
    /// </summary>
    internal Tensor AddColumns(Tensor y, Tensor addend, int firstColumn, float factor)
    {
        var region = new EditRegion(0, y.Rows, firstColumn, addend.Columns, 0, 0);
        backend.Edit(addend, region, EditOperation.Add, factor, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            if (tape.Zeroed(e.B) is { IsEmpty: false } daddend)
                tape.Backend.Edit(tape.GradientOf(e.Output), e.Region.Reversed, EditOperation.Add, e.Number, daddend);
            tape.PassOn(e.Output, e.A);
        })
        { A = y, B = addend, Region = region, Number = factor });
    }

    /// <summary>y with what is added to columns of it, in y's own memory, as in <see cref="AddColumns"/>; y itself where that is nothing.
    /// </summary>
    internal Tensor AddToColumns(Tensor y, in ColumnsAdded added)
    {
        if (added.Pairs is null)
            return y;
        added.AddTo(y, 0, backend);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            e.Added.Back(tape.GradientOf(e.Output), 0, tape.Zeroed(e.Added.Addend), tape.Backend);
            tape.PassOn(e.Output, e.A);
        })
        { A = y, Added = added });
    }

    /// <summary>
    /// x (R, N) with some of its columns, less their bias, multiplied by gain / norm (each N'), column by column: x where the two are
    /// equal, to the bit. The norm is taken for a constant by gradients (DoRA, Liu et al. 2024, section 4.3). The bias (N) may be empty.
    /// </summary>
    internal Tensor ScaleColumns(Tensor x, int firstColumn, Tensor gain, Tensor norm, Tensor bias)
    {
        var y = New(x.Shape, x.Type);
        backend.ScaleColumns(x, firstColumn, gain, norm, bias, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (dy, dx) = (tape.GradientOf(e.Output), tape.Destination(e.A, out var add));
            foreach (var leaf in tape.LeavesOf(e.Output))
                tape.Backend.ScaleColumnsBackward(leaf.Of(dy), leaf.Of(e.A), e.Region.FirstColumn, e.B, e.C, e.D, leaf.Of(dx), add,
                    tape.Zeroed(e.B), tape.Zeroed(e.D));
        })
        { A = x, B = gain, C = norm, D = bias, Region = new EditRegion(0, x.Rows, firstColumn, (int)gain.Count, 0, 0) });
    }
}
