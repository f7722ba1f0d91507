using System.Runtime.InteropServices;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Words;

/// <summary>Updates that wait: rows to be added to rows of the weights later, in the order in which they came.</summary>
internal sealed unsafe class RowUpdates(int stride)
{
    private const int RowsPerChunk = 256;
    private const int Ahead = 6; // updates whose rows the memory is asked for before their turn

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
    public void Apply<T>(int member, int members) where T : unmanaged, ISimd<T>
    {
        var rowBytes = stride * sizeof(float);
        var updates = CollectionsMarshal.AsSpan(_updates);
        for (var i = 0; i < updates.Length; i++)
        {
            if (i + Ahead < updates.Length && updates[i + Ahead] is var (source, destination) && destination / rowBytes % members == member)
            {
                Prefetch.Row((float*)source, stride);
                Prefetch.Row((float*)destination, stride);
            }
            (source, destination) = updates[i];
            if (destination / rowBytes % members == member)
                RowProducts<T>.Add((float*)source, (float*)destination, stride);
        }
    }

    public void Clear()
    {
        _updates.Clear();
        _rows = 0;
    }
}
