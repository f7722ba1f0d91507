namespace Pellucid.Tensors;

/// <summary>
/// Consecutive rows of one sequence: row <paramref name="RowStart"/> stands at position <paramref name="FirstPosition"/>,
/// the next ones follow. A row attends to its own and every earlier position of its sequence.
/// </summary>
/// <param name="RowStart">First row of the segment in the flat list of rows.</param>
/// <param name="RowCount">Rows in the segment.</param>
/// <param name="FirstPosition">Position of the first row; what comes before it must lie in the key-value store.</param>
/// <param name="Sequence">Which sequence of the key-value store the rows belong to; unused without a store.</param>
/// <param name="BranchRow">Without a store:
/// the row of the batch that holds position 0 of the sequence this one branches off at its first position.</param>
internal readonly record struct Segment(int RowStart, int RowCount, int FirstPosition, int Sequence = 0, int BranchRow = 0)
{
    /// <summary>Keys that the last row sees.</summary>
    public int KeyCount => FirstPosition + RowCount;

    /// <summary>Pairs of a row and a key that it sees where there is no window.</summary>
    internal long Pairs => (long)RowCount * (FirstPosition + KeyCount + 1) / 2;

    /// <summary>Without a store: the row that holds a position of this sequence.</summary>
    internal int RowAt(int position) => position < FirstPosition ? BranchRow + position : RowStart + position - FirstPosition;
}
