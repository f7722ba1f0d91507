using BenchmarkDotNet.Attributes;
using Pellucid.Tensors;

namespace Pellucid.Benchmarks.Kernels;

/// <summary>One AdamW update; a large one reads and writes 28 bytes a parameter at the speed of memory.</summary>
public class Optimizer : KernelBenchmarks
{
    private Tensor _gradients, _parameters, _firstMoment, _secondMoment;

    /// <summary>Parameters: a matrix of GPT-2 124M, and a block's worth of them.</summary>
    [Params(768 * 3072, 7_087_872)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        (_gradients, _parameters, _firstMoment, _secondMoment) = (Filled(Count), Filled(Count), Empty(Count), Empty(Count));
        Backend.Fill(_firstMoment, 0);
        Backend.Fill(_secondMoment, 0);
    }

    // Far on, where the moments' correction is 1, and so small a rate that the weights stay what they are.
    [Benchmark]
    public void AdamW() => Backend.AdamW(_gradients, 1, new AdamWStep(1e-7f, 0.9f, 0.99f, 1e-8f, 0.1f, 10_000),
        _parameters, _firstMoment, _secondMoment);
}
