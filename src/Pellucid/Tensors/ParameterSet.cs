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
        (Type, WeightType) = (type, weights ?? type);
        var bytes = 0L;
        foreach (var parameter in parameters)
        {
            var own = parameter.Form == WeightForm.None ? type : WeightType;
            if (own.IsQuantised() && parameter.Shape[parameter.Form == WeightForm.InOut ? 0 : 1] % WeightBlock.Length != 0)
                throw new ArgumentException($"{parameter.Name} of shape {parameter.Shape} cannot be stored as {own}: "
                    + $"its inner dimension is not a multiple of {WeightBlock.Length}");
            var trains = parameter.Trains && own == type;
            _parameters.Add(new Parameter(parameter, own, bytes, trains ? _trainedBytes : null));
            bytes += Aligned(own == type ? parameter.Shape.Count * type.Bytes()
                : backend.WeightBytes(parameter.Shape, parameter.Form, own));
            if (trains)
                _trainedBytes += Aligned(parameter.Shape.Count * type.Bytes());
        }
        Total = bytes / type.Bytes();
        _values = AllocateBlock(bytes);
        backend.Fill(_values, 0); // the padding between parameters must stay harmless
    }

    /// <summary>How the values are stored, weights aside.</summary>
    public ElementType Type { get; }

    /// <summary>How weights are stored.</summary>
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

    /// <summary>Sets one parameter from values in the order of its shape, whatever it is stored as.</summary>
    public void Write(int index, ReadOnlySpan<float> values)
    {
        if (_parameters[index].Type == Type)
            _backend.Write(values, this[index]);
        else
            _backend.WriteWeight(values, _parameters[index].Shape.Form, this[index]);
    }

    /// <summary>Values of one parameter, in the order of its shape.</summary>
    public void Read(int index, Span<float> values)
    {
        if (_parameters[index].Type == Type)
            _backend.Read(this[index], values);
        else
            _backend.ReadWeight(this[index], _parameters[index].Shape.Form, values);
    }

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
        new(block.Storage, (nint)start, _parameters[index].Shape.Shape, _parameters[index].Type);

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <param name="Shape">Name, shape and use.</param>
    /// <param name="Type">How it is stored.</param>
    /// <param name="Start">Bytes from the start of the block of values.</param>
    /// <param name="TrainedStart">Bytes from the start of the blocks of gradients and moments; none if it does not train.</param>
    private readonly record struct Parameter(ParameterShape Shape, ElementType Type, long Start, long? TrainedStart);
}
