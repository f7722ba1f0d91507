using BenchmarkDotNet.Attributes;
using Pellucid.Tensors;

namespace Pellucid.Benchmarks.Kernels;

/// <summary>Causal attention of one layer of GPT-2 124M over four sequences.</summary>
public class Attention : KernelBenchmarks
{
    private const int B = 4, C = 768, H = 12;

    private static readonly AttentionShape Shape = new(H, H, C / H);

    private Tensor _qkv, _z, _logSumExp, _gradient, _qkvGradient;
    private SegmentTable _segments;

    /// <summary>T: tokens of a sequence.</summary>
    [Params(64, 256, 1024)]
    public int Tokens { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        var R = B * Tokens;
        _segments = SegmentTable.Send(
            [.. Enumerable.Range(0, B).Select(sequence => new Segment(sequence * Tokens, Tokens, 0))], Backend, Arena);
        (_qkv, _gradient) = (Filled(R, 3 * C), Filled(R, C));
        (_z, _logSumExp, _qkvGradient) = (Empty(R, C), Empty(R, H), Empty(R, 3 * C));
        Forward(); // whose results the backward reads
    }

    [Benchmark]
    public void Forward() => Backend.Attention(_qkv, default, _segments, Shape, store: null, layer: 0, _z, _logSumExp);

    [Benchmark]
    public void Backward() => Backend.AttentionBackward(_gradient, _qkv, default, _z, _logSumExp, _segments, Shape, _qkvGradient, default);
}
