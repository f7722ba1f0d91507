using System.Numerics.Tensors;

namespace Pellucid.Looking.Memories;

/// <summary>The strongest triggers of every neuron of a layer, exactly, kept while lines go by.
/// Of equal ones the earlier stays; a prefix that comes again counts once.</summary>
internal sealed class TopTriggers(int neurons, int top)
{
    private readonly Trigger[] _kept = new Trigger[neurons * top]; // strongest first, for each neuron
    private readonly int[] _counts = new int[neurons];
    private readonly float[] _bars = new float[neurons]; // what a trigger must exceed: the weakest kept, 0 at first
    private readonly float[] _largest = new float[neurons];

    public IReadOnlyList<Trigger> this[int neuron] => new ArraySegment<Trigger>(_kept, neuron * top, _counts[neuron]);

    /// <summary>Takes a line's coefficients (positions, neurons); its last token, which nothing follows, triggers nothing.</summary>
    public void Take(CorpusLine line, long number, ReadOnlySpan<float> coefficients)
    {
        var positions = line.Tokens.Length - 1;
        if (positions < 1)
            return;
        coefficients[..neurons].CopyTo(_largest);
        for (var position = 1; position < positions; position++)
            TensorPrimitives.Max(_largest, coefficients.Slice(position * neurons, neurons), _largest);
        for (var neuron = 0; neuron < neurons; neuron++)
            if (_largest[neuron] > _bars[neuron])
                Add(neuron, Strongest(neuron, line, number, coefficients));
    }

    /// <summary>Takes a trigger if it is among the strongest of a neuron.</summary>
    public void Add(int neuron, Trigger trigger)
    {
        if (trigger.Coefficient <= _bars[neuron])
            return;
        var first = neuron * top;
        for (var i = 0; i < _counts[neuron]; i++)
            if (_kept[first + i].Coefficient == trigger.Coefficient && _kept[first + i].Prefix.SequenceEqual(trigger.Prefix))
                return;
        var place = Math.Min(_counts[neuron], top - 1);
        for (; place > 0 && _kept[first + place - 1].Coefficient < trigger.Coefficient; place--)
            _kept[first + place] = _kept[first + place - 1];
        _kept[first + place] = trigger;
        _counts[neuron] = Math.Min(_counts[neuron] + 1, top);
        if (_counts[neuron] == top)
            _bars[neuron] = _kept[first + top - 1].Coefficient;
    }

    private Trigger Strongest(int neuron, CorpusLine line, long number, ReadOnlySpan<float> coefficients)
    {
        var at = 0;
        while (at < line.Tokens.Length - 2 && coefficients[at * neurons + neuron] != _largest[neuron])
            at++;
        return new Trigger(_largest[neuron], line, at) { LineNumber = number };
    }
}
