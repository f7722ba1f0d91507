using BenchmarkDotNet.Attributes;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Benchmarks.Kernels;

/// <summary>A processor with all its threads, and tensors of random numbers.</summary>
public abstract class KernelBenchmarks : IDisposable
{
    private readonly Stack<IDisposable> _owned = [];
    private uint _filled;

    protected KernelBenchmarks()
    {
        Backend = Own(CpuBackend.Create());
        Arena = Own(new Arena(Backend));
    }

    private protected CpuBackend Backend { get; }

    private protected Arena Arena { get; }

    /// <summary>From −0.5 to 0.5.</summary>
    private protected Tensor Filled(params ReadOnlySpan<int> shape)
    {
        var tensor = Empty(shape);
        Backend.Write(Values(tensor.Count), tensor);
        return tensor;
    }

    private protected float[] Values(long count)
    {
        var (values, purpose) = (new float[count], _filled++);
        for (var i = 0; i < values.Length; i++)
            values[i] = CounterRandom.Uniform(1, purpose, 0, (ulong)i) - 0.5f;
        return values;
    }

    private protected Tensor Empty(params ReadOnlySpan<int> shape) =>
        Arena.Allocate(shape.Length == 1 ? new Shape(shape[0]) : new Shape(shape[0], shape[1]));

    /// <summary>Gives it back when all is measured.</summary>
    private protected T Own<T>(T part) where T : IDisposable
    {
        _owned.Push(part);
        return part;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        while (_owned.TryPop(out var part))
            part.Dispose();
        GC.SuppressFinalize(this);
    }
}
