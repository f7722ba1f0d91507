namespace Pellucid.Tensors;

/// <summary>Groups of neighbouring columns that are normalised each for itself: a whole row, or the queries or keys of heads.</summary>
/// <param name="First">First column.</param>
/// <param name="Count">Groups.</param>
/// <param name="Width">Columns of a group.</param>
internal readonly record struct ColumnGroups(int First, int Count, int Width);
