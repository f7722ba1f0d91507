namespace Pellucid.Tensors;

/// <summary>
/// The parameters of a model in one contiguous block; once training starts, gradients and AdamW's two moments of those
/// that train in three more.
/// </summary>
public sealed partial class ParameterSet : IDisposable
{
    private const int Alignment = 64; // every parameter starts on a cache line

    private readonly Backend _backend;
    private readonly List<Storage> _blocks = [];
    private readonly List<Parameter> _parameters = [];
    private readonly Tensor _values;

    /// <summary>Room for parameters of the given names and shapes, in this order; values are not set yet.</summary>
    /// <param name="backend">Where they lie.</param>
    /// <param name="parameters">Names, shapes, which of them are weights, and which of them train.</param>
    /// <param name="type">How they are stored.</param>
    /// <param name="weights">How weights are stored, if otherwise: such weights are computed with, and do not train.</param>
    /// <exception cref="ArgumentException">A weight's inner dimension is not whole blocks.</exception>
    public ParameterSet(Backend backend, IEnumerable<ParameterShape> parameters, ElementType type = ElementType.Float32,
        ElementType? weights = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(parameters);
        _backend = backend;
        Type = type;
        var bytes = 0L;
        foreach (var shape in parameters)
        {
            var parts = PartsOf(shape, shape.Form == WeightForm.None ? type : weights ?? type);
            var (own, layout, size) = (parts[0].Type, (WeightLayout?)null, 0L);
            if (parts.Count > 1)
                (own, layout) = (ElementType.Mixed, WeightLayout.Place(parts, part => StoredBytes(shape, part), out size));
            else
                size = own == type ? Aligned(shape.Shape.Count * type.Bytes()) : StoredBytes(shape, parts[0]);
            var trains = shape.Trains && own == type;
            _parameters.Add(new Parameter(shape, own, layout, bytes, trains ? _trainedBytes : null));
            bytes += size;
            if (trains)
                _trainedBytes += size;
        }
        WeightType = CommonType(weights ?? type);
        Total = bytes / type.Bytes();
        _values = AllocateBlock(bytes);
        backend.Fill(_values, 0); // the padding between parameters must stay harmless
    }

    /// <summary>How the values are stored, weights aside.</summary>
    public ElementType Type { get; }

    /// <summary>How weights are stored; <see cref="ElementType.Mixed"/> where it is not all in one type.</summary>
    public ElementType WeightType { get; }

    /// <summary>Elements of the block as <see cref="Type"/>, padding included.</summary>
    public long Total { get; }

    /// <summary>Names in order.</summary>
    public IEnumerable<string> Names => _parameters.Select(parameter => parameter.Shape.Name);

    /// <summary>Number of parameters by tensor.</summary>
    public int Count => _parameters.Count;

    /// <summary>One parameter; gradients flow to it, if it trains, when it is used on a tape.</summary>
    public Tensor this[int index] => View(_values, _parameters[index].Start, index).On(-(index + 1));

    /// <summary>The parameter of that name.</summary>
    /// <exception cref="KeyNotFoundException">No parameter has it.</exception>
    public Tensor this[string name] => this[IndexOf(name)];

    /// <summary>Index of a name.</summary>
    public int IndexOf(string name)
    {
        var index = _parameters.FindIndex(parameter => parameter.Shape.Name == name);
        return index >= 0 ? index : throw new KeyNotFoundException($"the model has no parameter named {name}");
    }

    /// <summary>Name of one parameter.</summary>
    public string NameOf(int index) => _parameters[index].Shape.Name;

    /// <summary>Bytes held, gradients and moments included.</summary>
    internal long Bytes => _blocks.Sum(block => block.Bytes);

    /// <summary>All values as one vector.</summary>
    public Tensor AllValues => _values;

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (var block in _blocks)
            block.Free();
    }

    private Tensor AllocateBlock(long bytes)
    {
        _blocks.Add(new Storage(_backend, bytes, this));
        return new Tensor(_blocks[^1], 0, new Shape(checked((int)(bytes / Type.Bytes()))), Type);
    }

    private Tensor View(Tensor block, long start, int index) =>
        new(block.Storage, (nint)start, _parameters[index].Shape.Shape, _parameters[index].Type, layout: _parameters[index].Layout);

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <param name="Shape">Name, shape and use.</param>
    /// <param name="Type">How it is stored.</param>
    /// <param name="Layout">Where its parts lie, if it is of several types.</param>
    /// <param name="Start">Bytes from the start of the block of values.</param>
    /// <param name="TrainedStart">Bytes from the start of the blocks of gradients and moments; none if it does not train.</param>
    private readonly record struct Parameter(ParameterShape Shape, ElementType Type, WeightLayout? Layout, long Start,
        long? TrainedStart);
}
