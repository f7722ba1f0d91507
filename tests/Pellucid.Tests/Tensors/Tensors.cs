using Pellucid.Tensors;

namespace Pellucid.Tests.Tensors;

/// <summary>Tensors for tests.</summary>
internal static class Tensors
{
    /// <summary>Values near a normal distribution of deviation 0.7, the same on every backend.</summary>
    public static Tensor Random(Backend backend, Arena arena, Shape shape, ElementType type, ulong seed, uint purpose)
    {
        var tensor = arena.Allocate(shape, type);
        backend.Write(RandomValues(shape.Count, seed, purpose), tensor);
        return tensor;
    }

    public static float[] RandomValues(long count, ulong seed, uint purpose)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = 0.7f * CounterRandom.Normal(seed, purpose, 0, (ulong)i);
        return values;
    }

    public static unsafe double[] ToDoubles(this Tensor tensor)
    {
        var values = new double[tensor.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = tensor.Type == ElementType.Float64 ? tensor.Pointer<double>()[i] : tensor.Floats[i];
        return values;
    }

    public static float[] ToFloats(this Tensor tensor, Backend backend)
    {
        var values = new float[tensor.Count];
        backend.Read(tensor, values);
        return values;
    }
}
