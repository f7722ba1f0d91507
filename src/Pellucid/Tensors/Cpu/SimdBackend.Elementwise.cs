using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Cpu;

/// <summary>A function of up to three vectors, element by element.</summary>
internal interface IElementwise
{
    T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T>;
}

internal readonly struct Constant(float value) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T> => T.All(value);
}

internal readonly struct Sum : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T> => a + b;
}

internal readonly struct Product : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T> => a * b;
}

internal readonly struct ProductSum : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T> => T.MultiplyAdd(a, b, c);
}

internal readonly struct Scaled(float factor) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T> => T.All(factor) * a;
}

internal readonly struct Capped(float cap) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T> => T.All(cap) * VectorMath.Tanh(a * T.All(1 / cap));
}

/// <summary>A gradient a times the slope where a cap gave b, added to c or not.</summary>
internal readonly struct CapSlope(float cap, float added) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T>
    {
        var part = b * T.All(1 / cap);
        var slope = T.MultiplyAdd(T.All(0) - part, part, T.All(1));
        return added == 0 ? a * slope : T.MultiplyAdd(a, slope, c);
    }
}

internal readonly struct ScaledSum(float factor) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(T a, T b, T c) where T : unmanaged, ISimd<T> => T.MultiplyAdd(T.All(factor), a, b);
}

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void Add(Tensor left, Tensor right, Tensor destination) =>
        Map(default(Sum), destination.Count, left.Floats, right.Floats, left.Floats, destination.Floats);

    internal override void MultiplyAdd(Tensor left, Tensor right, Tensor destination) =>
        Map(default(ProductSum), destination.Count, left.Floats, right.Floats, destination.Floats, destination.Floats);

    internal override void AddScaled(Tensor source, float factor, Tensor destination) =>
        Map(new ScaledSum(factor), destination.Count, source.Floats, destination.Floats, source.Floats, destination.Floats);

    internal override void Scale(Tensor x, float factor, Tensor destination) =>
        Map(new Scaled(factor), x.Count, x.Floats, x.Floats, x.Floats, destination.Floats);

    internal override void SoftCap(Tensor x, float cap, Tensor destination) =>
        Map(new Capped(cap), x.Count, x.Floats, x.Floats, x.Floats, destination.Floats);

    internal override void SoftCapBackward(Tensor gradient, Tensor y, float cap, Tensor xGradient, bool accumulate) =>
        Map(new CapSlope(cap, accumulate ? 1 : 0), y.Count, gradient.Floats, y.Floats,
            accumulate ? xGradient.Floats : y.Floats, xGradient.Floats);

    internal override void Dropout(Tensor x, float probability, RandomStream random, Tensor destination, bool accumulate) =>
        Run(new DropoutJob(new(probability, random), x.Floats, accumulate ? destination.Floats : null,
            destination.Floats, x.Count), x.Count);

    private void Map<TOperation>(TOperation operation, long count, float* a, float* b, float* c, float* destination)
        where TOperation : unmanaged, IElementwise => Run(new MapJob<TOperation>(operation, count, a, b, c, destination), count);

    private readonly struct MapJob<TOperation>(TOperation operation, long count, float* a, float* b, float* c,
        float* destination) : ITeamJob
        where TOperation : unmanaged, IElementwise
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(count, member, members, grain: 16);
            Elementwise<T>.Map(operation, part.Length, a + part.Start, b + part.Start, c + part.Start, destination + part.Start);
        }
    }

    private readonly struct DropoutJob(Dropping dropping, float* x, float* added, float* destination, long count) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(count, member, members, grain: 16);
            dropping.Map(part.Start, part.Length, x + part.Start, added == null ? null : added + part.Start, destination + part.Start);
        }
    }
}

internal static unsafe class Elementwise<T> where T : unmanaged, ISimd<T>
{
    /// <summary>destination = operation(a, b, c), on one thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<TOperation>(TOperation operation, long count, float* a, float* b, float* c, float* destination)
        where TOperation : unmanaged, IElementwise
    {
        var i = 0L;
        for (; i + T.Width <= count; i += T.Width)
            T.Store(operation.Invoke(T.Load(a + i), T.Load(b + i), T.Load(c + i)), destination + i);
        if (i < count)
            Tail.Store(operation.Invoke(Tail.Load<T>(a + i, (int)(count - i)), Tail.Load<T>(b + i, (int)(count - i)),
                Tail.Load<T>(c + i, (int)(count - i))),
                destination + i, (int)(count - i));
    }
}

/// <summary>Dropout of elements of a tensor, which their place in it decides.</summary>
internal readonly unsafe struct Dropping(float probability, RandomStream random)
{
    private readonly ulong _key = CounterRandom.Key(random.Seed, random.Purpose, random.Step);

    public float Probability => probability;

    /// <summary>destination = [added +] x / (1 − probability) where an element is kept, on one thread;
    /// pointers are to element <paramref name="first"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Map(long first, long count, float* x, float* added, float* destination)
    {
        // A uniform of 24 bits is as large as the probability where all its 64 bits are as large as this.
        var (kept, scale) = ((ulong)Math.Ceiling(probability * (double)(1 << 24)) << 40, 1 / (1 - probability));
        var i = 0L;
        for (; i + 8 <= count; i += 8)
        {
            var keeps = Vector512.GreaterThanOrEqual(CounterRandom.LongBitsOfEight(_key, (ulong)(first + i)),
                Vector512.Create(kept)).AsInt64();
            var y = Vector256.Load(x + i) * scale & Vector256.Narrow(keeps.GetLower(), keeps.GetUpper()).AsSingle();
            (added == null ? y : Vector256.Load(added + i) + y).Store(destination + i);
        }
        for (; i < count; i++)
        {
            var y = CounterRandom.LongBits(_key, (ulong)(first + i)) >= kept ? x[i] * scale : 0;
            destination[i] = added == null ? y : added[i] + y;
        }
    }
}

/// <summary>The last few floats of a vector, fewer than a register holds.</summary>
internal static unsafe class Tail
{
    /// <summary>A whole register, or <see cref="Load{T}"/> of what is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Some<T>(float* source, int count) where T : unmanaged, ISimd<T> =>
        count == T.Width ? T.Load(source) : Load<T>(source, count);

    /// <summary>Stores a whole register, or the lanes that are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<T>(T value, float* destination, int count) where T : unmanaged, ISimd<T>
    {
        if (count == T.Width)
            T.Store(value, destination);
        else
            Store(value, destination, count);
    }

    /// <summary>Loads <paramref name="count"/> floats; the other lanes are zero.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static T Load<T>(float* source, int count) where T : unmanaged, ISimd<T>
    {
        var buffer = stackalloc float[16];
        for (var i = 0; i < 16; i++)
            buffer[i] = i < count ? source[i] : 0;
        return T.Load(buffer);
    }

    /// <summary>Stores the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Store<T>(T value, float* destination, int count) where T : unmanaged, ISimd<T>
    {
        var buffer = stackalloc float[16];
        T.Store(value, buffer);
        for (var i = 0; i < count; i++)
            destination[i] = buffer[i];
    }
}
