using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>
/// What one run shows of its inside, and what is changed there. An argument of the run, never state of the model: two
/// runs of one model know nothing of each other. Reading costs nothing but remembering where the activation lies, and a
/// run that is watched computes the same bits as one that is not.
/// </summary>
public sealed class Taps
{
    private readonly HashSet<(Activation, int)> _reads = [];
    private readonly Dictionary<(Activation, int), List<TapEdit>> _edits = [];
    private readonly Dictionary<(Activation, int), TapReading> _readings = [];

    /// <summary>Asks for an activation of a layer, 0-based.</summary>
    public Taps Read(Activation activation, int layer)
    {
        _reads.Add((activation, layer));
        return this;
    }

    /// <summary>Changes an activation in passing; edits of one place apply in the order they were added.</summary>
    public Taps Edit(TapEdit edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        if (!_edits.TryGetValue((edit.Activation, edit.Layer), out var here))
            _edits[(edit.Activation, edit.Layer)] = here = [];
        here.Add(edit);
        return this;
    }

    /// <summary>An activation that was asked for, after the run; valid until the run's memory is reset.</summary>
    /// <exception cref="KeyNotFoundException">It was not asked for, or the run did not come past it.</exception>
    public TapReading this[Activation activation, int layer] => _readings.TryGetValue((activation, layer), out var reading)
        ? reading
        : throw new KeyNotFoundException($"{activation.Name()} of layer {layer} was not read in this run");

    /// <summary>Places that are read.</summary>
    internal IEnumerable<(Activation Activation, int Layer)> Reads => _reads;

    /// <summary>Refuses to read or change what a model of that shape does not have.</summary>
    /// <exception cref="ArgumentException">One line says what there is.</exception>
    internal void RequirePlaces(GptConfig config)
    {
        foreach (var (activation, layer) in _reads.Concat(_edits.Keys))
        {
            if (!activation.Exists(config))
                throw new ArgumentException($"a model of this shape has no {activation.Name()}");
            var (first, last) = activation == Activation.LnFinal ? (config.Layers, config.Layers) : (0, config.Layers - 1);
            if (layer < first || layer > last)
                throw new ArgumentException($"{activation.Name()} exists in layers {first} to {last}, not in {layer}");
        }
    }

    /// <summary>The same edits, and these places read.</summary>
    internal Taps Reading(IEnumerable<(Activation, int)> places)
    {
        var taps = new Taps();
        foreach (var (place, edits) in _edits)
            taps._edits[place] = edits;
        taps._reads.UnionWith(places);
        return taps;
    }

    /// <summary>An activation that was asked for, if the run came past it.</summary>
    internal TapReading? Find(Activation activation, int layer) =>
        _readings.TryGetValue((activation, layer), out var reading) ? reading : null;

    internal bool Touches(Activation activation, int layer) => _reads.Contains((activation, layer)) || IsEdited(activation, layer);

    internal bool Touches(Activation first, Activation last, int layer)
    {
        for (var activation = first; activation <= last; activation++)
            if (Touches(activation, layer))
                return true;
        return false;
    }

    internal bool IsEdited(Activation activation, int layer) => _edits.ContainsKey((activation, layer));

    /// <summary>What an activation is replaced by as a whole, so that it need not be computed; empty where it is not.</summary>
    internal Tensor Replacement(Activation activation, int layer, Shape shape) =>
        _edits.TryGetValue((activation, layer), out var here) && here[0].ReplacesAll && here[0].Source.Shape == shape ? here[0].Source
            : default;

    /// <summary>Applies edits of this place, then remembers it: readers see what the run goes on with.</summary>
    internal Tensor Pass(Activation activation, int layer, Tensor x, Operations operations, int heads, int firstColumn, int columns)
    {
        var original = true;
        if (_edits.TryGetValue((activation, layer), out var here))
            foreach (var edit in here)
            {
                x = edit.Apply(x, operations, heads, firstColumn, columns, inPlace: !original && operations.Tape is null);
                original = false;
            }
        if (_reads.Contains((activation, layer)))
        {
            // Where nothing normalises what a layer reads, that is the stream itself. Its gradient is of everything that comes after,
            // not of what the layer makes of it, so that what is read here becomes a tensor of its own.
            if (operations.Tape is not null && activation is (Activation.Ln1 or Activation.Ln2))
                x = operations.Edit(x, default, new EditRegion(0, x.Rows, 0, x.Columns, 0, 0), EditOperation.Scale, 1);
            x = operations.Tape?.Watch(x) ?? x;
            _readings[(activation, layer)] = new TapReading(x, firstColumn, columns);
        }
        return x;
    }
}

/// <summary>Where an activation lies after a run.</summary>
/// <param name="Tensor">The tensor that holds it; on the run's tape if there is one, so that gradients of it can be asked for.</param>
/// <param name="FirstColumn">Its first column there: queries, keys and values lie beside each other.</param>
/// <param name="Columns">Its width.</param>
public readonly record struct TapReading(Tensor Tensor, int FirstColumn, int Columns)
{
    /// <summary>Copies the activation to host memory, row by row.</summary>
    public float[] ToArray(Backend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var all = new float[Tensor.Count];
        backend.Read(Tensor, all);
        if (Columns == Tensor.Columns)
            return all;
        var part = new float[(long)Tensor.Rows * Columns];
        for (var r = 0; r < Tensor.Rows; r++)
            all.AsSpan(r * Tensor.Columns + FirstColumn, Columns).CopyTo(part.AsSpan(r * Columns));
        return part;
    }
}
