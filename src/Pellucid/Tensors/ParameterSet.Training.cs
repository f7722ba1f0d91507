namespace Pellucid.Tensors;

public sealed partial class ParameterSet
{
    // Block 0 is what an update reads; more are there only while gradients of several micro-batches are summed.
    private readonly List<Tensor> _gradients = [];
    private readonly long _trainedBytes;
    private readonly List<bool[]> _hasGradient = [];
    private int _collecting;
    private bool _frozen;
    private Tensor _firstMoments, _secondMoments;
    private (long First, long Count) _shard;

    /// <summary>Elements of a block of gradients, padding included.</summary>
    internal long TrainedElements => _trainedBytes / Type.Bytes();

    /// <summary>Whether training changes a parameter. What does not train has neither gradient nor moments.</summary>
    public bool Trains(int index) => !_frozen && _parameters[index].TrainedStart is not null;

    /// <summary>From now on nothing of it trains, and there are neither gradients nor moments: something beside it does.</summary>
    internal void Freeze() => _frozen = true;

    /// <summary>Makes room for gradients and moments of what trains; the moments start at zero.</summary>
    /// <exception cref="NotSupportedException">Nothing trains.</exception>
    public void PrepareTraining()
    {
        if (_firstMoments.IsEmpty)
            PrepareTraining(0, TrainedElements);
    }

    /// <summary>
    /// The same where others keep the rest (ZeRO-1: Rajbhandari et al. 2020): moments, and updates, are those of a range alone of
    /// what trains, counted in elements of a block of gradients.
    /// </summary>
    internal void PrepareTraining(long first, long count)
    {
        if (_trainedBytes == 0 || _frozen)
            throw new NotSupportedException($"none of the model's {Count} parameters trains");
        if (!_firstMoments.IsEmpty)
        {
            if (_shard != (first, count))
                throw new InvalidOperationException("training was prepared already, with moments of other parameters");
            return;
        }
        _shard = (first, count);
        GradientBlock(0);
        var bytes = Aligned(Math.Max(1, count) * Type.Bytes());
        (_firstMoments, _secondMoments) = (AllocateBlock(bytes), AllocateBlock(bytes));
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
            for (var leaf = 0; leaf < BlocksCollecting; leaf++)
                for (var index = 0; index < Count; index++)
                    if (Trains(index) && Destination(this[index], out var written, leaf) is var gradient && !written)
                        _backend.Fill(gradient, 0);
            return GradientBlock(_collecting);
        }
    }

    /// <summary>First moment of a parameter under AdamW.</summary>
    /// <exception cref="InvalidOperationException">The parameter does not train, or training was not prepared.</exception>
    public Tensor FirstMoment(int index) => Trained(WholeMoments(_firstMoments), index);

    /// <summary>Second moment of a parameter under AdamW.</summary>
    /// <exception cref="InvalidOperationException">The parameter does not train, or training was not prepared.</exception>
    public Tensor SecondMoment(int index) => Trained(WholeMoments(_secondMoments), index);

    /// <summary>Forgets gradients without touching memory: the next one to be written overwrites.</summary>
    public void ClearGradients() => CollectGradients(0);

    /// <summary>
    /// One AdamW update of every parameter that trains, as far as its moments are here; weight decay only where
    /// <paramref name="decays"/> says so.
    /// </summary>
    public void Update(in AdamWStep step, float gradientScale, Func<int, bool> decays)
    {
        ArgumentNullException.ThrowIfNull(decays);
        PrepareTraining();
        for (var index = 0; index < Count; index++)
            if (Trains(index) && Overlap(index, _shard.First, _shard.Count) is { Count: > 0 } part)
            {
                var (gradient, moments) = (Gradient(this[index]), part.First + TrainedStart(index) - _shard.First);
                _backend.AdamW(gradient.Elements(part.First, part.Count), gradientScale,
                    decays(index) ? step : step with { WeightDecay = 0 }, this[index].Elements(part.First, part.Count),
                    _firstMoments.Elements(moments, part.Count), _secondMoments.Elements(moments, part.Count));
            }
    }

    /// <summary>Copies values of a range of what trains to a block of gradients, or from there.</summary>
    internal void CopyValues(Tensor block, long first, long count, bool fromBlock)
    {
        for (var index = 0; index < Count; index++)
            if (Trains(index) && Overlap(index, first, count) is { Count: > 0 } part)
            {
                var (values, there) = (this[index].Elements(part.First, part.Count),
                    block.Elements(TrainedStart(index) + part.First, part.Count));
                _backend.Copy(fromBlock ? there : values, fromBlock ? values : there);
            }
    }

    /// <summary>Copies the moments that are here to their place in a block of gradients.</summary>
    internal void CopyMoments(bool second, Tensor block)
    {
        if (_shard.Count > 0)
            _backend.Copy((second ? _secondMoments : _firstMoments).Elements(0, _shard.Count), block.Elements(_shard.First, _shard.Count));
    }

    /// <summary>Sets the moments of a parameter, as far as they are kept here.</summary>
    internal void WriteMoment(int index, bool second, ReadOnlySpan<float> values)
    {
        if (Overlap(index, _shard.First, _shard.Count) is { Count: > 0 } part)
            _backend.Write(values.Slice((int)part.First, (int)part.Count), (second ? _secondMoments : _firstMoments)
                .Elements(TrainedStart(index) + part.First - _shard.First, part.Count));
    }

    /// <summary>From now on gradients are collected in that block, or of several leaves in as many from there, where none is yet.
    /// </summary>
    internal void CollectGradients(int block, int blocks = 1)
    {
        (_collecting, BlocksCollecting) = (block, blocks);
        for (var leaf = 0; leaf < blocks; leaf++)
            Array.Clear(Has(leaf));
    }

    /// <summary>Blocks in which gradients are collected, those of a leaf each.</summary>
    internal int BlocksCollecting { get; private set; } = 1;

    /// <summary>Says that block 0 holds every gradient, summed there from others.</summary>
    internal void GradientsAreSummed()
    {
        (_collecting, BlocksCollecting) = (0, 1);
        Array.Fill(Has(0), true);
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

    /// <summary>Where a parameter's gradient of a leaf goes, and whether one is there already; empty if it does not train.</summary>
    internal Tensor Destination(Tensor parameter, out bool accumulate, int leaf = 0)
    {
        var index = IndexOf(parameter);
        accumulate = false;
        if (!Trains(index))
            return default;
        accumulate = Has(leaf)[index];
        Has(leaf)[index] = true;
        return Trained(GradientBlock(_collecting + leaf), index);
    }

    /// <summary>A parameter's part of a block of gradients, or of one that is laid out like it.</summary>
    internal Tensor Trained(Tensor block, int index)
    {
        if (block.IsEmpty)
            throw new InvalidOperationException("moments exist only once training has been prepared");
        return View(block, _parameters[index].TrainedStart
            ?? throw new InvalidOperationException($"{NameOf(index)} does not train, and has no moments"), index);
    }

    private Tensor WholeMoments(Tensor moments) => _shard.Count == TrainedElements || moments.IsEmpty ? moments
        : throw new InvalidOperationException("only a part of the moments is kept here");

    private long TrainedStart(int index) => _parameters[index].TrainedStart!.Value / Type.Bytes();

    // What a parameter that trains and a range of what trains have in common, counted from the parameter's first element.
    private (long First, long Count) Overlap(int index, long first, long count)
    {
        var start = TrainedStart(index);
        var from = Math.Max(start, first);
        return (from - start, Math.Min(start + _parameters[index].Shape.Shape.Count, first + count) - from);
    }

    // Which parameters have a gradient in a block that collects.
    private bool[] Has(int leaf)
    {
        while (_hasGradient.Count <= leaf)
            _hasGradient.Add(new bool[Count]);
        return _hasGradient[leaf];
    }

    private static int IndexOf(Tensor parameter) => -parameter.Node - 1;
}
