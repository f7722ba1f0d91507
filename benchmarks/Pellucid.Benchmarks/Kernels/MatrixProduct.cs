using BenchmarkDotNet.Attributes;
using Pellucid.Tensors;

namespace Pellucid.Benchmarks.Kernels;

/// <summary>The three products of a linear layer of GPT-2 124M, rows × K by K × N:
/// forward, gradient of the input, gradient of the weight.</summary>
public class MatrixProduct : KernelBenchmarks
{
    private Tensor _x, _weight, _y, _xGradient, _weightGradient;

    /// <summary>Rows, K, N: queries, keys and values; the way up and down of the feed-forward layer; a long batch.</summary>
    [Params("256 768 2304", "256 768 3072", "256 3072 768", "1024 768 3072")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void Fill()
    {
        var sizes = Array.ConvertAll(Shape.Split(' '), int.Parse);
        var (R, K, N) = (sizes[0], sizes[1], sizes[2]);
        (_x, _weight, _y) = (Filled(R, K), Filled(K, N), Filled(R, N));
        (_xGradient, _weightGradient) = (Empty(R, K), Empty(K, N));
    }

    /// <summary>Neither factor transposed.</summary>
    [Benchmark]
    public void Forward() => Backend.Linear(_x, _weight, transposed: false, bias: default, _y);

    /// <summary>The right factor transposed.</summary>
    [Benchmark]
    public void BackwardInput() => Backend.LinearBackwardInput(_y, _weight, transposed: false, _xGradient, accumulate: false);

    /// <summary>The left factor transposed.</summary>
    [Benchmark]
    public void BackwardWeight() => Backend.LinearBackwardWeight(_y, _x, transposed: false, _weightGradient, accumulate: false);
}
