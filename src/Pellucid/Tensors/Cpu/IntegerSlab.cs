using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// Some steps of a panel's columns as small integers: [step / 4][column][4 bytes], and scales and offsets, [scale][column].
/// </summary>
internal readonly unsafe struct IntegerSlab(byte* integers, float* scales, float* offsets)
{
    /// <summary>Steps that fit: those of the longest block.</summary>
    public const int Steps = 256;

    /// <summary>Bytes of four steps of a panel's columns.</summary>
    public const int WordBytes = 4 * WeightPanels.BlockColumns;

    /// <summary>Bytes of memory that it takes.</summary>
    public const int Bytes = IntegerBytes + 2 * ScaleBytes;

    private const int IntegerBytes = Steps * WeightPanels.BlockColumns;

    // One scale for sixteen steps is the most that a format has.
    private const int ScaleBytes = Steps / 16 * WeightPanels.BlockColumns * sizeof(float);

    public static IntegerSlab In(byte* memory) =>
        new(memory, (float*)(memory + IntegerBytes), (float*)(memory + IntegerBytes + ScaleBytes));

    public byte* Integers => integers;

    public float* Scales => scales;

    public float* Offsets => offsets;

    /// <summary>The rest from some words, scales and columns on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public IntegerSlab From(int words, int firstScale, int column) => new(integers + words * WordBytes + 4 * column,
        scales + firstScale * WeightPanels.BlockColumns + column, offsets + firstScale * WeightPanels.BlockColumns + column);

    /// <summary>Four steps of eight columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PutWord(nint i, nint column, Vector256<int> word) => word.Store((int*)(integers + i * WordBytes) + column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PutScale(nint i, Vector256<float> scale) => scale.Store(scales + i * WeightPanels.BlockColumns);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PutOffset(nint i, Vector256<float> offset) => offset.Store(offsets + i * WeightPanels.BlockColumns);
}
