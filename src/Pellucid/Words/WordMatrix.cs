using Pellucid.Tensors;

namespace Pellucid.Words;

/// <summary>A vector for each word in native memory, rows on cache lines; zero at first.</summary>
internal sealed unsafe class WordMatrix : IDisposable
{
    private const int Line = 16; // floats in a cache line

    private nint _memory;

    public WordMatrix(int rows, int width)
    {
        (Rows, Width, Stride) = (rows, width, (width + Line - 1) / Line * Line);
        _memory = AlignedMemory.Allocate((long)rows * Stride * sizeof(float));
        for (var row = 0; row < rows; row++)
            new Span<float>(Row(row), Stride).Clear();
    }

    ~WordMatrix() => Free();

    public int Rows { get; }

    public int Width { get; }

    /// <summary>Floats from a row to the next; those beyond the width are zero.</summary>
    public int Stride { get; }

    public Span<float> this[int row] => new(Row(row), Width);

    public float* Row(int row) => (float*)_memory + (long)row * Stride;

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_memory != 0)
            AlignedMemory.Free(_memory);
        _memory = 0;
    }
}
