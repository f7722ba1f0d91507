namespace Pellucid.Tensors;

/// <summary>Numbers of rows that are added to some columns of a product; nothing by default.</summary>
internal readonly record struct ColumnsAdded
{
    /// <summary>Columns of an addend (R, n), in order, and where each of them goes.</summary>
    public ColumnsAdded(Tensor addend, int[] columns) : this(addend, [.. columns.Select((column, i) => (i, column))])
    {
    }

    private ColumnsAdded(Tensor addend, (int From, int To)[] pairs) => (Addend, Pairs) = (addend, pairs);

    /// <summary>(R, n).</summary>
    public Tensor Addend { get; }

    /// <summary>Of the addend and of the product.</summary>
    public (int From, int To)[]? Pairs { get; }

    /// <summary>The same of a product that has some of the columns alone.</summary>
    public ColumnsAdded Among(int[] columns) => Pairs is null ? this : new(Addend,
        [.. from pair in Pairs
            from place in Enumerable.Range(0, columns.Length)
            where columns[place] == pair.To
            select (pair.From, place)]);

    /// <summary>Adds, to a product's rows, rows of the addend from the first one on.</summary>
    public void AddTo(Tensor product, int first, Backend backend)
    {
        foreach (var (from, to) in Pairs ?? [])
            backend.Edit(Addend, new EditRegion(0, product.Rows, to, 1, first, from), EditOperation.Add, 1, product);
    }

    /// <summary>Adds, to the addend's gradient from that row on, that of the product.</summary>
    public void Back(Tensor gradient, int first, Tensor addendGradient, Backend backend)
    {
        foreach (var (from, to) in addendGradient.IsEmpty ? [] : Pairs ?? [])
            backend.Edit(gradient, new EditRegion(first, gradient.Rows, from, 1, 0, to), EditOperation.Add, 1, addendGradient);
    }
}
