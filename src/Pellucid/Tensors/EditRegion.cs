namespace Pellucid.Tensors;

/// <summary>A rectangle of a tensor seen as rows, and where the source's rectangle of the same size begins.</summary>
/// <param name="FirstRow">First row.</param>
/// <param name="RowCount">Rows.</param>
/// <param name="FirstColumn">First column.</param>
/// <param name="ColumnCount">Columns.</param>
/// <param name="SourceRow">First row in the source.</param>
/// <param name="SourceColumn">First column in the source.</param>
internal readonly record struct EditRegion(int FirstRow, int RowCount, int FirstColumn, int ColumnCount, int SourceRow, int SourceColumn)
{
    /// <summary>The way back: what was source is edited.</summary>
    public EditRegion Reversed => new(SourceRow, RowCount, SourceColumn, ColumnCount, FirstRow, FirstColumn);
}

/// <summary>What an edit does with a rectangle.</summary>
public enum EditOperation
{
    /// <summary>destination = source.</summary>
    Replace,

    /// <summary>destination += factor · source.</summary>
    Add,

    /// <summary>destination *= factor; no source.</summary>
    Scale,
}
