using Pellucid.Tensors.Reference;

namespace Pellucid.Tensors.Cpu;

/// <summary>The operations, written once over a register of any width. One family a file.</summary>
internal sealed unsafe partial class SimdBackend<T> : CpuBackend where T : unmanaged, ISimd<T>
{
    /// <summary>Below so many elements a second thread costs more than it helps.</summary>
    private const int SmallestShared = 1 << 14;

    private readonly ReferenceBackend _reference = new();
    private readonly Lock _scratchInUse = new();
    private Scratch _scratch;

    public SimdBackend(int threads, CpuInstructions instructions) : base(threads)
    {
        Instructions = instructions;
        _scratch = Scratch.Allocate(threads, Gemm<T>.ScratchFloats);
    }

    public override CpuInstructions Instructions { get; }

    public override void Write(ReadOnlySpan<float> source, Tensor destination) => _reference.Write(source, destination);

    internal override void Write(ReadOnlySpan<double> source, Tensor destination) => _reference.Write(source, destination);

    public override void Write(ReadOnlySpan<int> source, Tensor destination) => _reference.Write(source, destination);

    public override void Read(Tensor source, Span<float> destination) => _reference.Read(source, destination);

    public override void Read(Tensor source, Span<int> destination) => _reference.Read(source, destination);

    public override void Copy(Tensor source, Tensor destination) => _reference.Copy(source, destination);

    public override void Fill(Tensor destination, float value)
    {
        var floats = destination.Floats;
        Map(new Constant(value), destination.Count, floats, floats, floats, floats);
    }

    // Gradients of what only looking inside forms, and of a few weights of experts: the plain loops compute them.
    internal override void AttentionScoresBackward(Tensor gradient, Tensor qkv, in SegmentTable segments,
        in AttentionShape shape, Tensor qkvGradient) =>
        _reference.AttentionScoresBackward(gradient, qkv, segments, shape, qkvGradient);

    internal override void SoftmaxBackward(Tensor gradient, Tensor y, Tensor xGradient, Tensor sinksGradient = default) =>
        _reference.SoftmaxBackward(gradient, y, xGradient, sinksGradient);

    internal override void AttentionMixBackward(Tensor gradient, Tensor pattern, Tensor qkv,
        in SegmentTable segments, in AttentionShape shape,
        Tensor patternGradient, Tensor qkvGradient) =>
        _reference.AttentionMixBackward(gradient, pattern, qkv, segments, shape, patternGradient, qkvGradient);

    // Only an adapter that learns lengths apart from directions asks for it.
    internal override void ScaleColumns(Tensor x, int firstColumn, Tensor gain, Tensor norm, Tensor bias, Tensor destination) =>
        _reference.ScaleColumns(x, firstColumn, gain, norm, bias, destination);

    internal override void ScaleColumnsBackward(Tensor gradient, Tensor x, int firstColumn, Tensor gain, Tensor norm, Tensor bias,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, Tensor biasGradient) =>
        _reference.ScaleColumnsBackward(gradient, x, firstColumn, gain, norm, bias, xGradient, accumulateX, gainGradient, biasGradient);

    public override void Dispose()
    {
        base.Dispose();
        _reference.Dispose();
        _scratch.Free();
        _quantisedRows.Free();
        _widened.Free();
    }

    // Call it, and use what it returns, only while holding the lock.
    private Scratch Reserve(long floatsEach)
    {
        if (_scratch.FloatsEach >= floatsEach)
            return _scratch;
        _scratch.Free();
        return _scratch = Scratch.Allocate(Threads, floatsEach);
    }

    // Small work stays on the calling thread; parts are fixed, so the result is the same.
    private void Run<TJob>(TJob job, long elements) where TJob : unmanaged, ITeamJob
    {
        if (elements < SmallestShared)
            job.Execute(0, 1);
        else
            Team.Run(job);
    }
}
