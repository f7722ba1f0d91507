namespace Pellucid.Tensors;

/// <summary>
/// Rows of leaves, one leaf after another; while it is passed through, a <see cref="Tape"/> is turned to the leaf. A value that makes no
/// garbage.
/// </summary>
internal readonly struct LeafRows(Tape tape, int[] starts, int rows)
{
    public Enumerator GetEnumerator() => new(tape, starts, rows);

    public struct Enumerator(Tape tape, int[] starts, int rows)
    {
        private int _leaf = -1;

        public readonly RowsOfLeaf Current => starts.Length == 0 ? new(0, rows) : new(starts[_leaf], starts[_leaf + 1] - starts[_leaf]);

        public bool MoveNext()
        {
            _leaf++;
            if (starts.Length == 0)
                return _leaf == 0;
            var isOne = _leaf < starts.Length - 1;
            tape.TurnTo(isOne ? _leaf : 0);
            return isOne;
        }
    }
}

/// <summary>Rows of a leaf.</summary>
internal readonly record struct RowsOfLeaf(int First, int Count)
{
    /// <summary>The leaf's part of a matrix that has as many rows as all leaves; nothing of nothing.</summary>
    public Tensor Of(Tensor matrix) => matrix.IsEmpty || Count == matrix.Rows ? matrix.Detached : matrix.RowRange(First, Count);

    /// <summary>The leaf's part of a vector that has an element a row.</summary>
    public Tensor OfVector(Tensor vector) => vector.Elements(First, Count);

    /// <summary>What it has in common with a run of rows.</summary>
    public RowsOfLeaf Within(int first, int count) =>
        new(Math.Max(First, first), Math.Max(0, Math.Min(First + Count, first + count) - Math.Max(First, first)));
}
