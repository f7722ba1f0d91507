namespace Pellucid.Tensors;

/// <summary>
/// The parameters of a model in one contiguous block; once training starts, their gradients and AdamW's two moments in
/// three more blocks laid out alike, so that a step over all of them is one pass.
/// </summary>
public sealed class ParameterSet : IDisposable
{
    private readonly Backend _backend;
    private readonly Arena _arena;
    private readonly List<Parameter> _parameters = [];
    private readonly Tensor _values;
    private bool[] _hasGradient = [];
    private Tensor _gradients, _firstMoments, _secondMoments;

    /// <summary>Room for parameters of the given names and shapes, in this order; values are not set yet.</summary>
    public ParameterSet(Backend backend, IEnumerable<(string Name, Shape Shape)> parameters, ElementType type = ElementType.Float32)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(parameters);
        _backend = backend;
        _arena = new Arena(backend);
        Type = type;
        foreach (var (name, shape) in parameters)
        {
            _parameters.Add(new Parameter(name, shape, Total));
            Total += (shape.Count + 15) / 16 * 16; // every parameter starts on a cache line
        }
        _values = AllocateBlock();
        backend.Fill(_values, 0); // the padding between parameters must stay harmless
    }

    /// <summary>How the values are stored.</summary>
    public ElementType Type { get; }

    /// <summary>Elements of the block, padding included.</summary>
    public long Total { get; }

    /// <summary>Names in order.</summary>
    public IEnumerable<string> Names => _parameters.Select(parameter => parameter.Name);

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
        var index = _parameters.FindIndex(parameter => parameter.Name == name);
        return index >= 0 ? index : throw new KeyNotFoundException($"the model has no parameter named {name}");
    }

    /// <summary>Name of one parameter.</summary>
    public string NameOf(int index) => _parameters[index].Name;

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
        : new(block.Storage, block.Offset + (nint)(_parameters[index].Start * Type.Bytes()), _parameters[index].Shape, Type);

    private readonly record struct Parameter(string Name, Shape Shape, long Start);
}
