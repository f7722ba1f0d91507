namespace Pellucid.Tensors;

/// <summary>A rectangle of a tensor seen as rows: rows of every plane, columns of every row.</summary>
/// <param name="FirstRow">First row.</param>
/// <param name="RowCount">Rows.</param>
/// <param name="FirstColumn">First column.</param>
/// <param name="ColumnCount">Columns.</param>
internal readonly record struct EditRegion(int FirstRow, int RowCount, int FirstColumn, int ColumnCount);

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
