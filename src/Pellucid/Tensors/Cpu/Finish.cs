using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>An <see cref="Epilogue"/> for parts of a product: for elements that are whole, while they are still in a cache.</summary>
internal readonly unsafe struct Finish<T>(in Epilogue epilogue, Tensor product) where T : unmanaged, ISimd<T>
{
    private readonly EpilogueKind _kind = epilogue.Kind;
    private readonly Nonlinearity _nonlinearity = epilogue.Nonlinearity;
    private readonly float* _product = product.Floats, _other = epilogue.Other.IsEmpty ? null : epilogue.Other.Floats;
    private readonly Dropping _dropping = epilogue.Probability == 0 ? default : new(epilogue.Probability, epilogue.Random);

    public bool IsNeeded => _kind != EpilogueKind.None;

    /// <summary>Fetches what it needs for a tile that is about to be multiplied.</summary>
    public void Fetch(float* c, nint stride, int rows)
    {
        if (_other == null || !Sse.IsSupported)
            return;
        var other = _other + (c - _product);
        for (var i = 0; i < rows; i++, other += stride)
        for (var j = 0; j < Gemm<T>.Columns; j += 16)
            Sse.Prefetch1(other + j);
    }

    /// <summary>Finishes a rectangle of the product, whose rows are <paramref name="stride"/> apart.</summary>
    public void Apply(float* c, nint stride, int rows, int columns)
    {
        var other = _other == null ? null : _other + (c - _product);
        if (_kind == EpilogueKind.Activate)
            _nonlinearity.Choose(new Activating(c, other, stride, rows, columns));
        else if (_kind == EpilogueKind.Gate)
            _nonlinearity.Choose(new Gating(c, other, stride, rows, columns));
        else if (_kind == EpilogueKind.MultiplyBy)
            Map(default(Product), c, other, stride, rows, columns);
        else if (_dropping.Probability == 0)
            Map(default(Sum), c, other, stride, rows, columns);
        else
            for (var i = 0; i < rows; i++)
                _dropping.Map(c + i * stride - _product, columns, c + i * stride, other + i * stride, c + i * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Activate<TFunction>(float* c, float* slope, nint stride, int rows, int columns) where TFunction : INonlinearity
    {
        for (var i = 0; i < rows; i++, c += stride, slope += slope == null ? 0 : stride)
        {
            var j = 0;
            for (; j + T.Width <= columns; j += T.Width)
            {
                var x = T.Load(c + j);
                var gate = TFunction.Gate(x);
                T.Store(TFunction.Value(x, gate), c + j);
                if (slope != null)
                    T.Store(TFunction.Slope(x, gate), slope + j);
            }
            if (j == columns)
                continue;
            var last = Tail.Load<T>(c + j, columns - j);
            var lastGate = TFunction.Gate(last);
            Tail.Store(TFunction.Value(last, lastGate), c + j, columns - j);
            if (slope != null)
                Tail.Store(TFunction.Slope(last, lastGate), slope + j, columns - j);
        }
    }

    private readonly struct Activating(float* c, float* slope, nint stride, int rows, int columns) : INonlinearityUser
    {
        public void Use<TFunction>() where TFunction : unmanaged, INonlinearity => Activate<TFunction>(c, slope, stride, rows, columns);
    }

    private readonly struct Gating(float* c, float* gate, nint stride, int rows, int columns) : INonlinearityUser
    {
        public void Use<TFunction>() where TFunction : unmanaged, INonlinearity
        {
            float* product = c, factor = gate;
            for (var i = 0; i < rows; i++, product += stride, factor += stride)
                Elementwise<T>.Map(default(Gated<TFunction>), columns, factor, product, product, product);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Map<TOperation>(TOperation operation, float* c, float* other, nint stride, int rows, int columns)
        where TOperation : unmanaged, IElementwise
    {
        for (var i = 0; i < rows; i++, c += stride, other += stride)
            Elementwise<T>.Map(operation, columns, c, other, c, c);
    }
}
