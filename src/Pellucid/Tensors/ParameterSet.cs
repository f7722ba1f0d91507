namespace Pellucid.Tensors;

/// <summary>
/// The parameters of a model in one contiguous block; once training starts, their gradients and AdamW's two moments in
/// three more blocks laid out alike, so that a step over all of them is one pass.
/// </summary>
public sealed class ParameterSet : IDisposable
{
    private const int Alignment = 64; // every parameter starts on a cache line

    private readonly Backend _backend;
    private readonly Arena _arena;
    private readonly List<Parameter> _parameters = [];
    private readonly Tensor _values;
    private bool[] _hasGradient = [];
    private Tensor _gradients, _firstMoments, _secondMoments;

    /// <summary>Room for parameters of the given names and shapes, in this order; values are not set yet.</summary>
    /// <param name="backend">Where they lie.</param>
    /// <param name="parameters">Names, shapes, and which of them are weights.</param>
    /// <param name="type">How they are stored.</param>
    /// <param name="weights">How weights are stored, if otherwise: such a set computes, but cannot be trained.</param>
    /// <exception cref="ArgumentException">A weight's inner dimension is not whole blocks.</exception>
    public ParameterSet(Backend backend, IEnumerable<ParameterShape> parameters, ElementType type = ElementType.Float32, ElementType? weights = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(parameters);
        _backend = backend;
        _arena = new Arena(backend);
        (Type, WeightType) = (type, weights ?? type);
        var bytes = 0L;
        foreach (var parameter in parameters)
        {
            var own = parameter.Form == WeightForm.None ? type : WeightType;
            if (own.IsQuantised() && parameter.Shape[parameter.Form == WeightForm.InOut ? 0 : 1] % WeightBlock.Length != 0)
                throw new ArgumentException($"{parameter.Name} of shape {parameter.Shape} cannot be stored as {own}: its inner dimension is not a multiple of {WeightBlock.Length}");
            _parameters.Add(new Parameter(parameter, own, bytes));
            bytes += own == type ? parameter.Shape.Count * type.Bytes() : backend.WeightBytes(parameter.Shape, parameter.Form, own);
            bytes = (bytes + Alignment - 1) / Alignment * Alignment;
        }
        Total = bytes / type.Bytes();
        _values = AllocateBlock();
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

    /// <summary>One parameter; gradients flow to it when it is used on a tape.</summary>
    public Tensor this[int index] => View(_values, index).On(-(index + 1));

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
    public long Bytes => _arena.Bytes;

    /// <summary>Gradient of a parameter; zeros if nothing has flowed to it.</summary>
    public Tensor Gradient(Tensor parameter)
    {
        var destination = Destination(parameter, out var written);
        if (!written)
            _backend.Fill(destination, 0);
        return destination;
    }

    /// <summary>First moment of a parameter under AdamW.</summary>
    public Tensor FirstMoment(int index) => View(_firstMoments, index);

    /// <summary>Second moment of a parameter under AdamW.</summary>
    public Tensor SecondMoment(int index) => View(_secondMoments, index);

    /// <summary>All values as one vector.</summary>
    public Tensor AllValues => _values;

    /// <summary>All gradients as one vector; those that nothing flowed to are zeros.</summary>
    public Tensor AllGradients
    {
        get
        {
            for (var i = 0; i < _parameters.Count; i++)
                Gradient(this[i]);
            return _gradients;
        }
    }

    /// <summary>Makes room for gradients and moments; the moments start at zero.</summary>
    public void PrepareTraining()
    {
        if (!_gradients.IsEmpty)
            return;
        if (WeightType != Type)
            throw new NotSupportedException($"weights stored as {WeightType} can be computed with, not trained; load the model as Float32");
        (_gradients, _firstMoments, _secondMoments) = (AllocateBlock(), AllocateBlock(), AllocateBlock());
        _hasGradient = new bool[_parameters.Count];
        _backend.Fill(_gradients, 0);
        _backend.Fill(_firstMoments, 0);
        _backend.Fill(_secondMoments, 0);
    }

    /// <summary>Forgets gradients without touching memory: the next one to be written overwrites.</summary>
    public void ClearGradients() => Array.Clear(_hasGradient);

    /// <summary>One AdamW update of every parameter; weight decay only where <paramref name="decays"/> says so.</summary>
    public void Update(in AdamWStep step, float gradientScale, Func<int, bool> decays)
    {
        ArgumentNullException.ThrowIfNull(decays);
        for (var i = 0; i < _parameters.Count; i++)
            _backend.AdamW(Gradient(this[i]), gradientScale, decays(i) ? step : step with { WeightDecay = 0 },
                this[i].Detached, FirstMoment(i), SecondMoment(i));
    }

    internal Tensor Destination(Tensor parameter, out bool accumulate)
    {
        PrepareTraining();
        var index = -parameter.Node - 1;
        accumulate = _hasGradient[index];
        _hasGradient[index] = true;
        return View(_gradients, index);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _arena.Dispose();

    private Tensor AllocateBlock() => _arena.Allocate(new Shape(checked((int)Total)), Type);

    private Tensor View(Tensor block, int index) => block.IsEmpty
        ? throw new InvalidOperationException("gradients and moments exist only once training has been prepared")
        : new(block.Storage, block.Offset + (nint)_parameters[index].Start, _parameters[index].Shape.Shape, _parameters[index].Type);

    /// <param name="Shape">Name, shape and use.</param>
    /// <param name="Type">How it is stored.</param>
    /// <param name="Start">Bytes from the start of the block.</param>
    private readonly record struct Parameter(ParameterShape Shape, ElementType Type, long Start);
}
