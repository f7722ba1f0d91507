namespace Pellucid.Words;

/// <summary>Scratch floats at a fixed address on a cache line, collected like any other object.</summary>
internal sealed unsafe class AlignedFloats
{
    private const int Line = 64;

    private readonly float[] _memory; // keeps the address alive

    public AlignedFloats(int count)
    {
        _memory = GC.AllocateArray<float>(count + Line / sizeof(float), pinned: true);
        fixed (float* start = _memory)
            Pointer = (float*)(((nint)start + Line - 1) & -Line);
    }

    public float* Pointer { get; }
}
