namespace Pellucid.Looking.Features;

/// <summary>The k largest numbers of a row that are above a floor; of equals the earlier comes first.</summary>
internal sealed class TopOfRow(int count, float floor = 0)
{
    private readonly PriorityQueue<int, (float Value, int Behind)> _kept = new(count + 1);
    private int[] _places = [];
    private float[] _values = [];

    /// <summary>Sets all others to 0.</summary>
    public void Keep(Span<float> row)
    {
        var places = Find(row);
        if (_values.Length < places.Length)
            _values = new float[places.Length];
        for (var i = 0; i < places.Length; i++)
            _values[i] = row[places[i]];
        row.Clear();
        for (var i = 0; i < places.Length; i++)
            row[places[i]] = _values[i];
    }

    /// <summary>Where they are, ascending; valid until the next row.</summary>
    /// <param name="row">The numbers.</param>
    /// <param name="among">Whether a place counts; null: all do.</param>
    public ReadOnlySpan<int> Find(ReadOnlySpan<float> row, bool[]? among = null)
    {
        _kept.Clear();
        var least = floor; // what must be exceeded
        for (var place = 0; place < row.Length; place++)
        {
            if (!(row[place] > least) || among?[place] == false)
                continue;
            _kept.Enqueue(place, (row[place], -place)); // the smallest leaves first, of equals the last
            if (_kept.Count <= count)
                continue;
            _kept.Dequeue();
            _kept.TryPeek(out _, out var smallest);
            least = smallest.Value;
        }
        if (_places.Length < _kept.Count)
            _places = new int[_kept.Count];
        var found = 0;
        foreach (var (place, _) in _kept.UnorderedItems)
            _places[found++] = place;
        Array.Sort(_places, 0, found);
        return _places.AsSpan(0, found);
    }
}
