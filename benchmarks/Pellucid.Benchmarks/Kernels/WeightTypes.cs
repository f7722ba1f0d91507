using BenchmarkDotNet.Attributes;
using Pellucid.Tensors;

namespace Pellucid.Benchmarks.Kernels;

/// <summary>A linear layer of GPT-2 124M, 768 × 3072, by how its weight is stored: one token, eight sequences, a prompt.</summary>
public class WeightTypes : KernelBenchmarks
{
    private const int K = 768, N = 3072;

    private ParameterSet? _parameters;
    private Tensor _x, _y;

    [Params(ElementType.PackedFloat32, ElementType.BFloat16, ElementType.Q8_0, ElementType.Q4_0, ElementType.Q4_K, ElementType.Q6_K)]
    public ElementType Weights { get; set; }

    /// <summary>R: rows of x.</summary>
    [Params(1, 8, 512)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        (_x, _y) = (Filled(Rows, K), Empty(Rows, N));
        _parameters = Own(new ParameterSet(Backend, [new ParameterShape("weight", new Shape(K, N), WeightForm.InOut)], weights: Weights));
        _parameters.Write(0, Values((long)K * N));
    }

    [Benchmark]
    public void Linear() => Backend.Linear(_x, _parameters![0], transposed: false, bias: default, _y);
}
