namespace Pellucid.Tensors;

public sealed partial class Operations
{
    /// <summary>A copy of x with a rectangle of it replaced, added to or scaled; gradients flow to x and to the source.</summary>
    /// <remarks>In place, x is such a copy already and changes itself; only without a tape.</remarks>
    internal Tensor Edit(Tensor x, Tensor source, in EditRegion region, EditOperation operation, float factor, bool inPlace = false)
    {
        var y = inPlace ? x : New(x.Shape, x.Type);
        if (!inPlace)
            backend.Copy(x, y);
        backend.Edit(source, region, operation, factor, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dy = tape.GradientOf(e.Output);
            if (!e.B.IsEmpty && tape.Zeroed(e.B) is { IsEmpty: false } dsource)
                tape.Backend.Edit(dy, e.Region.Reversed, EditOperation.Add, e.Edit == EditOperation.Replace ? 1 : e.Number, dsource);
            if (tape.Zeroed(e.A) is not { IsEmpty: false } dx)
                return;
            var passed = tape.Borrow(e.Output);
            tape.Backend.Copy(dy, passed);
            if (e.Edit != EditOperation.Add)
                tape.Backend.Edit(default, e.Region, EditOperation.Scale, e.Edit == EditOperation.Scale ? e.Number : 0, passed);
            tape.AddAndReturn(passed, dx);
        })
        { A = x, B = source, Region = region, Edit = operation, Number = factor });
    }
}
