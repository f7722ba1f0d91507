namespace Pellucid.Tensors;

/// <summary>
/// Records operations as they run, and replays them backwards to give gradients. Gradients of intermediate tensors come
/// from a pool and go back to it as soon as the operation that made the tensor has been replayed; a tape that is reused
/// allocates nothing after the first step.
/// </summary>
/// <param name="backend">Where it computes.</param>
/// <param name="ofParameters">Whether gradients of parameters are wanted too; without them backward does half the work.</param>
public sealed class Tape(Backend backend, bool ofParameters = true) : IDisposable
{
    private readonly Arena _arena = new(backend);
    private readonly List<TapeEntry> _entries = [];
    private readonly List<Gradient> _gradients = [default];
    private readonly Dictionary<long, Stack<Tensor>> _free = [];
    private readonly Dictionary<nint, int> _shared = [];
    private int[] _starts = [];
    private int _leaf;
    private bool _ofParameters;

    internal Backend Backend => backend;

    /// <summary>Bytes held for gradients of intermediate tensors.</summary>
    internal long Bytes => _arena.Bytes;

    /// <summary>A tensor whose gradient is kept, such as an activation that is looked at: the same memory, on this tape.</summary>
    public Tensor Watch(Tensor tensor)
    {
        if (tensor.Node == 0)
            return NewNode(tensor, keep: true);
        if (tensor.Node > 0)
            _gradients[tensor.Node] = _gradients[tensor.Node] with { Keep = true };
        return tensor;
    }

    /// <summary>
    /// Has gradients of parameters kept apart by leaves, each of some rows of what is recorded: every leaf's are computed alone, as if it
    /// were the only one, and go to a block of the parameters' gradients of its own, counted from the one that collects.
    /// </summary>
    /// <param name="starts">The first row of each leaf, and the number of rows; empty for one leaf of all rows.</param>
    internal void KeepApart(int[] starts) => (_starts, _leaf) = (starts, 0);

    /// <summary>Leaves whose gradients are kept apart.</summary>
    internal int LeafCount => Math.Max(1, _starts.Length - 1);

    /// <summary>
    /// Leaves of an operation's rows, one after another: what is asked for gradients of parameters meanwhile is asked of the leaf. What is
    /// made of parameters alone has no rows of leaves, and is replayed for each.
    /// </summary>
    internal LeafRows LeavesOf(Tensor output) => _starts.Length == 0 || IsOfParameters(output) ? new(this, [], output.Rows)
        : _starts[^1] == output.Rows ? new(this, _starts, output.Rows)
        : throw new NotSupportedException($"{output.Rows} rows are not those of leaves, which end at {_starts[^1]}");

    internal void TurnTo(int leaf) => _leaf = leaf;

    /// <summary>Records what is computed of parameters alone, such as a table with what is added to it.</summary>
    internal Tensor OfParameters(Func<Tensor> compute)
    {
        _ofParameters = true;
        var result = compute();
        _ofParameters = false;
        return result;
    }

    internal Tensor Record(Tensor output, TapeEntry entry)
    {
        output = NewNode(output, keep: false, entry.Slope);
        _entries.Add(entry with { Output = output });
        return output;
    }

    /// <summary>
    /// Gives a result its gradient, from which <see cref="Backward"/> starts. Any number of results may be given one, of any
    /// models; where they meet, and where one result is given several, gradients are summed.
    /// </summary>
    /// <exception cref="InvalidOperationException">The result is not on this tape.</exception>
    /// <exception cref="ArgumentException">The gradient is of another shape than the result.</exception>
    public void Seed(Tensor result, Tensor gradient)
    {
        if (result.Node <= 0 || result.Node >= _gradients.Count)
            throw new InvalidOperationException("backward starts from a tensor that this tape has recorded");
        if (gradient.Shape != result.Shape)
            throw new ArgumentException($"a result of shape {result.Shape} cannot have a gradient of shape {gradient.Shape}");
        var destination = Destination(result, out var accumulate);
        if (accumulate)
            backend.AddScaled(gradient, 1, destination);
        else
            backend.Copy(gradient, destination);
    }

    /// <summary>Replays backwards, once, from all results that have a gradient: seeded ones, and losses that know their own.</summary>
    public void Backward()
    {
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            var entry = _entries[i];
            if (_gradients[entry.Output.Node].Exists)
                for (_leaf = 0; _leaf == 0 || (IsOfParameters(entry.Output) && _leaf < LeafCount); _leaf++)
                    entry.Backward(this, entry);
            _leaf = 0;
            if (!_gradients[entry.Output.Node].Keep)
                Return(entry.Output.Node);
        }
    }

    /// <summary>The gradient of a watched tensor or of a parameter that trains; empty if nothing has flowed to a tensor.</summary>
    public Tensor GradientOf(Tensor tensor) => tensor.Node < 0
        ? SetOf(tensor).Gradient(tensor)
        : _gradients[tensor.Node].Value is { IsEmpty: false } value ? OfLeaf(tensor, value) : default;

    /// <summary>Where the gradient of an operation's source goes, and whether one is there already and must be added to.</summary>
    internal Tensor Destination(Tensor tensor, out bool accumulate)
    {
        accumulate = false;
        if (tensor.Node == 0 || (tensor.Node < 0 && !ofParameters))
            return default;
        if (tensor.Node < 0)
            return SetOf(tensor).Destination(tensor, out accumulate, _leaf);
        if (IsOfParameters(tensor))
            return DestinationOfLeaf(tensor, out accumulate);
        var gradient = _gradients[tensor.Node];
        accumulate = gradient.Exists;
        if (!gradient.Exists)
            gradient = gradient with { Value = Take(tensor.Shape, tensor.Type) };
        else if (_shared.TryGetValue(gradient.Value.Address, out var users) && users > 1)
        {
            var own = Take(tensor.Shape, tensor.Type);
            backend.Copy(gradient.Value.Reshape(tensor.Shape), own);
            Return(tensor.Node);
            gradient = gradient with { Value = own };
        }
        _gradients[tensor.Node] = gradient;
        return gradient.Value.Reshape(tensor.Shape);
    }

    /// <summary>
    /// The slope of the function that made a tensor, if a gradient may be multiplied by it at once and go to what the function
    /// was of: nobody looks at the gradient in between, and none came another way before. Empty otherwise.
    /// </summary>
    internal Tensor SlopeOf(Tensor tensor) =>
        tensor.Node > 0 && _gradients[tensor.Node] is { Keep: false, Slope: { IsEmpty: false } slope } && !_gradients[slope.Node].Exists
            ? slope : default;

    /// <summary>A destination to add to: zeros where nothing has been written yet; empty where no gradient is kept.</summary>
    internal Tensor Zeroed(Tensor tensor)
    {
        var destination = Destination(tensor, out var accumulate);
        if (!destination.IsEmpty && !accumulate)
            backend.Fill(destination, 0);
        return destination;
    }

    /// <summary>Memory of a tensor's shape, until <see cref="Free"/> or <see cref="AddAndReturn"/>.</summary>
    internal Tensor Borrow(Tensor like) => Take(like.Shape, like.Type);

    /// <summary>Adds borrowed memory to a destination and gives it back.</summary>
    internal void AddAndReturn(Tensor borrowed, Tensor destination)
    {
        backend.AddScaled(borrowed, 1, destination);
        Free(borrowed);
    }

    /// <summary>Passes an output's gradient on to a source unchanged: by sharing the memory where none is there, else by adding.</summary>
    internal void PassOn(Tensor output, Tensor source)
    {
        if (source.Node == 0)
            return;
        var value = _gradients[output.Node].Value;
        if (IsOfParameters(output))
        {
            PassOnOfLeaf(output, source);
            return;
        }
        if (source.Node > 0 && !_gradients[source.Node].Exists)
        {
            _shared[value.Address] = _shared.GetValueOrDefault(value.Address, 1) + 1;
            _gradients[source.Node] = _gradients[source.Node] with { Value = value };
            return;
        }
        var destination = Destination(source, out var accumulate);
        if (destination.IsEmpty)
            return;
        if (accumulate)
            backend.AddScaled(value.Reshape(source.Shape), 1, destination);
        else
            backend.Copy(value.Reshape(source.Shape), destination);
    }

    /// <summary>Forgets what was recorded; memory stays for the next step.</summary>
    public void Clear()
    {
        for (var node = 1; node < _gradients.Count; node++)
            Return(node);
        _entries.Clear();
        _gradients.RemoveRange(1, _gradients.Count - 1);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _arena.Dispose();

    private static ParameterSet SetOf(Tensor parameter) => parameter.Storage.Parameters!; // what has a node below 0 is of a set

    private Tensor NewNode(Tensor tensor, bool keep, Tensor slope = default)
    {
        _gradients.Add(new Gradient(default, keep, slope, _ofParameters));
        return tensor.On(_gradients.Count - 1);
    }

    private Tensor Take(Shape shape, ElementType type)
    {
        var bytes = shape.Count * type.Bytes();
        return _free.TryGetValue(bytes, out var free) && free.TryPop(out var tensor)
            ? tensor.Reshape(shape)
            : _arena.Allocate(shape, type);
    }

    private void Return(int node)
    {
        var value = _gradients[node].Value;
        if (value.IsEmpty)
            return;
        _gradients[node] = _gradients[node] with { Value = default };
        if (_shared.TryGetValue(value.Address, out var users) && users > 1)
        {
            _shared[value.Address] = users - 1;
            return;
        }
        Free(value);
    }

    /// <summary>Takes memory back for other gradients.</summary>
    internal void Free(Tensor tensor)
    {
        if (!_free.TryGetValue(tensor.Bytes, out var free))
            _free[tensor.Bytes] = free = new Stack<Tensor>();
        free.Push(tensor.Detached);
    }

    // A leaf after another, each of the tensor's shape, from zeros.
    private Tensor DestinationOfLeaf(Tensor tensor, out bool accumulate)
    {
        accumulate = true;
        var gradient = _gradients[tensor.Node];
        if (!gradient.Exists)
        {
            gradient = gradient with { Value = Take(new Shape(LeafCount * tensor.Rows, tensor.Columns), tensor.Type) };
            backend.Fill(gradient.Value, 0);
            _gradients[tensor.Node] = gradient;
        }
        return OfLeaf(tensor, gradient.Value);
    }

    private void PassOnOfLeaf(Tensor output, Tensor source)
    {
        var destination = Destination(source, out var accumulate);
        if (destination.IsEmpty)
            return;
        if (accumulate)
            backend.AddScaled(GradientOf(output), 1, destination);
        else
            backend.Copy(GradientOf(output), destination);
    }

    private Tensor OfLeaf(Tensor tensor, Tensor value) => IsOfParameters(tensor)
        ? value.Elements(_leaf * tensor.Count, tensor.Count).Reshape(tensor.Shape) : value.Reshape(tensor.Shape);

    private bool IsOfParameters(Tensor tensor) => tensor.Node > 0 && _gradients[tensor.Node].OfParameters;

    private readonly record struct Gradient(Tensor Value, bool Keep, Tensor Slope, bool OfParameters)
    {
        public bool Exists => !Value.IsEmpty;
    }
}
