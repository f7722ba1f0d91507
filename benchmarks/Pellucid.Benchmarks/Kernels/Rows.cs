using BenchmarkDotNet.Attributes;
using Pellucid.Tensors;

namespace Pellucid.Benchmarks.Kernels;

/// <summary>What a layer of GPT-2 124M does row by row: LayerNorm of C numbers, GELU of 4C.</summary>
public class Rows : KernelBenchmarks
{
    private const int C = 768, F = 4 * C;

    private Tensor _x, _gain, _bias, _y, _mean, _deviation, _xGradient, _gainGradient, _biasGradient;
    private Tensor _hidden, _activated, _hiddenGradient;

    /// <summary>R: rows.</summary>
    [Params(1, 256, 1024)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        (_x, _gain, _bias, _hidden) = (Filled(Count, C), Filled(C), Filled(C), Filled(Count, F));
        (_y, _mean, _deviation, _xGradient) = (Empty(Count, C), Empty(Count), Empty(Count), Empty(Count, C));
        (_gainGradient, _biasGradient, _activated, _hiddenGradient) = (Empty(C), Empty(C), Empty(Count, F), Empty(Count, F));
        LayerNorm(); // whose results the backwards read
        Gelu();
    }

    [Benchmark]
    public void LayerNorm() => Backend.LayerNorm(_x, _gain, _bias, 1e-5f, _y, _mean, _deviation);

    [Benchmark]
    public void LayerNormBackward() =>
        Backend.LayerNormBackward(_y, _x, _gain, _mean, _deviation, _xGradient, false, _gainGradient, false, _biasGradient, false);

    [Benchmark]
    public void Gelu() => Backend.Activate(_hidden, Nonlinearity.GeluTanh, _activated);

    [Benchmark]
    public void GeluBackward() => Backend.ActivateBackward(_activated, _hidden, Nonlinearity.GeluTanh, _hiddenGradient, accumulate: false);
}
