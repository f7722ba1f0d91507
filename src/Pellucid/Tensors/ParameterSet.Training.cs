namespace Pellucid.Tensors;

public sealed partial class ParameterSet
{
    // Block 0 is what an update reads; more are there only while gradients of several micro-batches are summed.
    private readonly List<Tensor> _gradients = [];
    private readonly long _trainedBytes;
    private bool[] _hasGradient = [];
    private int _collecting;
    private bool _frozen;
    private Tensor _firstMoments, _secondMoments;

    /// <summary>Whether training changes a parameter. What does not train has neither gradient nor moments.</summary>
    public bool Trains(int index) => !_frozen && _parameters[index].TrainedStart is not null;

    /// <summary>From now on nothing of it trains, and there are neither gradients nor moments: something beside it does.</summary>
    internal void Freeze() => _frozen = true;

    /// <summary>Makes room for gradients and moments of what trains; the moments start at zero.</summary>
    /// <exception cref="NotSupportedException">Nothing trains.</exception>
    public void PrepareTraining()
    {
        if (!_firstMoments.IsEmpty)
            return;
        if (_trainedBytes == 0 || _frozen)
            throw new NotSupportedException($"none of the model's {Count} parameters trains");
        GradientBlock(0);
        (_firstMoments, _secondMoments) = (AllocateBlock(_trainedBytes), AllocateBlock(_trainedBytes));
        _backend.Fill(_firstMoments, 0);
        _backend.Fill(_secondMoments, 0);
    }

    /// <summary>Gradient of a parameter; zeros if nothing has flowed to it.</summary>
    /// <exception cref="InvalidOperationException">The parameter does not train.</exception>
    public Tensor Gradient(Tensor parameter)
    {
        var destination = Destination(parameter, out var written);
        if (destination.IsEmpty)
            throw new InvalidOperationException($"{NameOf(IndexOf(parameter))} does not train, and has no gradient");
        if (!written)
            _backend.Fill(destination, 0);
        return destination;
    }

    /// <summary>All gradients as one vector; those that nothing flowed to are zeros.</summary>
    public Tensor AllGradients
    {
        get
        {
            for (var index = 0; index < Count; index++)
                if (Trains(index))
                    Gradient(this[index]);
            return GradientBlock(_collecting);
        }
    }

    /// <summary>First moment of a parameter under AdamW.</summary>
    /// <exception cref="InvalidOperationException">The parameter does not train, or training was not prepared.</exception>
    public Tensor FirstMoment(int index) => Trained(_firstMoments, index);

    /// <summary>Second moment of a parameter under AdamW.</summary>
    /// <exception cref="InvalidOperationException">The parameter does not train, or training was not prepared.</exception>
    public Tensor SecondMoment(int index) => Trained(_secondMoments, index);

    /// <summary>Forgets gradients without touching memory: the next one to be written overwrites.</summary>
    public void ClearGradients() => CollectGradients(0);

    /// <summary>One AdamW update of every parameter that trains; weight decay only where <paramref name="decays"/> says so.</summary>
    public void Update(in AdamWStep step, float gradientScale, Func<int, bool> decays)
    {
        ArgumentNullException.ThrowIfNull(decays);
        PrepareTraining();
        for (var index = 0; index < Count; index++)
            if (Trains(index))
                _backend.AdamW(Gradient(this[index]), gradientScale, decays(index) ? step : step with { WeightDecay = 0 },
                    this[index].Detached, FirstMoment(index), SecondMoment(index));
    }

    /// <summary>From now on gradients are collected in that block, where none is yet.</summary>
    internal void CollectGradients(int block)
    {
        _collecting = block;
        Array.Clear(_hasGradient);
    }

    /// <summary>Says that block 0 holds every gradient, summed there from others.</summary>
    internal void GradientsAreSummed()
    {
        _collecting = 0;
        Array.Fill(_hasGradient, true);
    }

    /// <summary>A block of gradients, as one vector.</summary>
    internal Tensor GradientBlock(int block)
    {
        while (_gradients.Count <= block)
        {
            _gradients.Add(AllocateBlock(_trainedBytes));
            _backend.Fill(_gradients[^1], 0); // the padding counts in no norm
        }
        return _gradients[block];
    }

    /// <summary>Where a parameter's gradient goes, and whether one is there already; empty if it does not train.</summary>
    internal Tensor Destination(Tensor parameter, out bool accumulate)
    {
        var index = IndexOf(parameter);
        accumulate = false;
        if (!Trains(index))
            return default;
        if (_hasGradient.Length == 0)
            _hasGradient = new bool[Count];
        accumulate = _hasGradient[index];
        _hasGradient[index] = true;
        return Trained(GradientBlock(_collecting), index);
    }

    private Tensor Trained(Tensor block, int index)
    {
        if (block.IsEmpty)
            throw new InvalidOperationException("moments exist only once training has been prepared");
        return View(block, _parameters[index].TrainedStart
            ?? throw new InvalidOperationException($"{NameOf(index)} does not train, and has no moments"), index);
    }

    private static int IndexOf(Tensor parameter) => -parameter.Node - 1;
}
