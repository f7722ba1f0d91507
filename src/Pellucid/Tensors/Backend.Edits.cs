namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>Edits a rectangle of destination in place by the source's rectangle.</summary>
    internal abstract void Edit(Tensor source, in EditRegion region, EditOperation operation, float factor, Tensor destination);
}
