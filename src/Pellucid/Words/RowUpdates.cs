namespace Pellucid.Words;

/// <summary>Updates that wait: rows to be added to rows of the weights later, in the order in which they came.</summary>
internal sealed unsafe class RowUpdates(int stride)
{
    private const int RowsPerChunk = 256;

    private readonly List<AlignedFloats> _chunks = [];
    private readonly List<(nint Source, nint Destination)> _updates = [];
    private int _rows;

    /// <summary>A row of zeros that lasts until <see cref="Clear"/>.</summary>
    public float* NewRow()
    {
        if (_rows == _chunks.Count * RowsPerChunk)
            _chunks.Add(new AlignedFloats(RowsPerChunk * stride));
        var row = _chunks[_rows / RowsPerChunk].Pointer + _rows % RowsPerChunk * stride;
        _rows++;
        new Span<float>(row, stride).Clear();
        return row;
    }

    /// <summary>Lets a row be added to a row of the weights.</summary>
    public void Add(float* source, float* destination) => _updates.Add(((nint)source, (nint)destination));

    /// <summary>Applies the updates of those rows of the weights that are a member's; each row is one member's alone.</summary>
    public void Apply<T>(int member, int members) where T : unmanaged, Tensors.Cpu.ISimd<T>
    {
        var rowBytes = stride * sizeof(float);
        foreach (var (source, destination) in _updates)
            if (destination / rowBytes % members == member)
                RowProducts<T>.Add((float*)source, (float*)destination, stride);
    }

    public void Clear()
    {
        _updates.Clear();
        _rows = 0;
    }
}
