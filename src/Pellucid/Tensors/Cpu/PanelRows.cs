using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>The rows of a that a kernel multiplies, one step of the inner dimension at a time.</summary>
internal interface IPanelRows
{
    /// <summary>What a row, whose number is a constant, holds in this step.</summary>
    float At(int row);

    /// <summary>Goes on to the next step.</summary>
    void Next();
}

/// <summary>A step's rows side by side, and steps a stride apart: a packed panel, or a matrix that is given transposed.</summary>
internal unsafe struct RowsSideBySide(float* step, nint stride) : IPanelRows
{
    private const int StepsAhead = 24, LastRow = 13;

    private readonly nint _stride = stride;
    private float* _step = step;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float At(int row) => _step[row];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Next()
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_step + StepsAhead * _stride + LastRow);
        _step += _stride;
    }
}

/// <summary>Each row dense, and rows a stride apart: up to 14, which two pointers and few multiples of the stride reach.</summary>
internal unsafe struct RowsApart(float* first, nint stride) : IPanelRows
{
    private const int Half = 7;

    private readonly nint _stride = stride * sizeof(float);
    private byte* _upper = (byte*)first, _lower = (byte*)(first + Half * stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float At(int row) => *(float*)(row < Half ? _upper + row * _stride : _lower + (row - Half) * _stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Next()
    {
        _upper += sizeof(float);
        _lower += sizeof(float);
    }
}
