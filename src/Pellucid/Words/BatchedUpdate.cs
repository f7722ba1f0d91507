using Pellucid.Tensors.Cpu;

namespace Pellucid.Words;

/// <summary>
/// Trains on several words at a time. Scores, errors of the inputs and changes of the outputs are each one small matrix
/// product, from the weights as they were before (the idea of Ji et al. 2016, arXiv 1604.04661). The gradient is that of
/// the exact update, summed over the batch; only the noise words are shared. Paths in the tree go one word after another.
/// </summary>
internal sealed unsafe class BatchedUpdate<T> where T : unmanaged, ISimd<T>
{
    private const int Line = 16; // floats in a cache line

    private readonly Word2VecOptions _options;
    private readonly Word2VecWeights _weights;
    private readonly RowUpdates? _later;
    private readonly int _width;
    private readonly AlignedFloats _hidden, _errors, _scores, _zeros, _waste;
    private readonly nint[] _inputs, _outputs, _changes, _errorRows, _neighbours; // rows, at fixed addresses

    /// <summary>With <paramref name="later"/>, the weights stay as they are and updates are put there.</summary>
    public BatchedUpdate(Word2VecWeights weights, Word2VecOptions options, int mostCentres, RowUpdates? later = null)
    {
        (_weights, _options, _later, _width) = (weights, options, later, weights.Input.Stride);
        var mostInputs = (options.SkipGram ? mostCentres * 2 * options.Window : mostCentres) + 1;
        var mostOutputs = Math.Max(options.Negative + mostCentres, weights.Tree?.LongestCode ?? 0) + 1;
        (_hidden, _errors, _scores) = (new AlignedFloats(mostInputs * _width), new AlignedFloats(mostInputs * _width),
            new AlignedFloats(mostInputs * mostOutputs + Line));
        (_zeros, _waste) = (new AlignedFloats(_width), new AlignedFloats(_width));
        (_inputs, _errorRows, _neighbours) = (Pointers(mostInputs), Pointers(mostInputs), Pointers(2 * options.Window));
        (_outputs, _changes) = (Pointers(mostOutputs), Pointers(mostOutputs));
    }

    private bool SkipGram => _options.SkipGram;

    /// <summary>Asks the memory for the rows of a batch that will be trained soon.</summary>
    public void Prefetch(WordBatch batch)
    {
        foreach (var word in batch.Contexts)
            Words.Prefetch.Row(_weights.Input.Row(word), _width);
        if (_weights.NegativeOutput is { } outputs)
        {
            foreach (var word in batch.Negatives)
                Words.Prefetch.Row(outputs.Row(word), _width);
            foreach (var word in batch.Centres.AsSpan(0, batch.Count))
                Words.Prefetch.Row(outputs.Row(word), _width);
        }
        if (_weights.Tree is { } tree)
            foreach (var word in batch.Centres.AsSpan(0, batch.Count))
                foreach (var node in tree.Path(word))
                    Words.Prefetch.Row(_weights.TreeOutput!.Row(node), _width);
    }

    public void Train(WordBatch batch, float rate)
    {
        var inputs = ReadInputs(batch);
        if (_weights.Tree is not null)
            for (var centre = 0; centre < batch.Count; centre++)
                PredictPath(batch, centre, rate);
        if (_weights.NegativeOutput is not null)
            PredictWords(batch, inputs, rate);
        WriteInputs(batch);
    }

    // Inputs are the neighbours themselves with skip-gram, and the mean of each centre's neighbours without.
    private int ReadInputs(WordBatch batch)
    {
        var inputs = SkipGram ? batch.Contexts.Length : batch.Count;
        for (var i = 0; i < inputs; i++)
            _errorRows[i] = (nint)(_later is null ? _errors.Pointer + i * _width : _later.NewRow());
        if (_later is null)
            new Span<float>(_errors.Pointer, inputs * _width).Clear();
        if (SkipGram)
        {
            for (var i = 0; i < inputs; i++)
                _inputs[i] = (nint)_weights.Input.Row(batch.Contexts[i]);
            return inputs;
        }
        for (var centre = 0; centre < inputs; centre++)
        {
            var contexts = batch.Contexts[batch.Starts[centre]..batch.Starts[centre + 1]];
            for (var i = 0; i < contexts.Length; i++)
                _neighbours[i] = (nint)_weights.Input.Row(contexts[i]);
            _inputs[centre] = (nint)(_hidden.Pointer + centre * _width);
            RowProducts<T>.Mean(Rows(_neighbours), contexts.Length, 1f / contexts.Length, (float*)_inputs[centre], _width);
        }
        return inputs;
    }

    /// <summary>Negative sampling: all inputs against the shared noise words, and each against its own centre.</summary>
    private void PredictWords(WordBatch batch, int inputs, float rate)
    {
        var (K, outputs) = (batch.Negatives.Length, batch.Negatives.Length + batch.Count);
        for (var i = 0; i < outputs; i++)
            SetOutput(i, _weights.NegativeOutput!.Row(i < K ? batch.Negatives[i] : batch.Centres[i - K]));
        var slopes = Slopes(0, inputs, outputs, rate);
        var stride = Even(outputs);
        for (var centre = 0; centre < batch.Count; centre++)
        {
            var (first, last) = Inputs(batch, centre);
            for (var input = first; input < last; input++)
            {
                var row = slopes + input * stride;
                for (var other = K; other < stride; other++)
                    row[other] = other == K + centre ? row[other] + rate : 0;
            }
            for (var noise = 0; noise < K; noise++)
                if (batch.Negatives[noise] == batch.Centres[centre])
                    for (var input = first; input < last; input++)
                        slopes[input * stride + noise] = 0;
        }
        Learn(0, inputs, outputs, slopes, stride);
    }

    /// <summary>Hierarchical softmax: the inputs of one centre against the nodes on its path.</summary>
    private void PredictPath(WordBatch batch, int centre, float rate)
    {
        var path = _weights.Tree!.Path(batch.Centres[centre]);
        var code = _weights.Tree.Code(batch.Centres[centre]);
        for (var i = 0; i < path.Length; i++)
            SetOutput(i, _weights.TreeOutput!.Row(path[i]));
        var (first, last) = Inputs(batch, centre);
        var slopes = Slopes(first, last - first, path.Length, rate);
        var stride = Even(path.Length);
        for (var input = 0; input < last - first; input++)
            for (var i = 0; i < stride; i++)
                slopes[input * stride + i] = i < path.Length ? slopes[input * stride + i] + (1 - code[i]) * rate : 0;
        Learn(first, last - first, path.Length, slopes, stride);
    }

    private (int First, int Last) Inputs(WordBatch batch, int centre) =>
        SkipGram ? (batch.Starts[centre], batch.Starts[centre + 1]) : (centre, centre + 1);

    private void SetOutput(int index, float* row)
    {
        _outputs[index] = (nint)row;
        _changes[index] = (nint)row;
        if (_later is null)
            return;
        var change = _later.NewRow();
        _changes[index] = (nint)change;
        _later.Add(change, row);
    }

    /// <summary>−rate · sigmoid(input · output) for each pair, rows of an even number of outputs.</summary>
    private float* Slopes(int firstInput, int inputs, int outputs, float rate)
    {
        var stride = Even(outputs);
        var after = _inputs[firstInput + inputs];
        _inputs[firstInput + inputs] = (nint)_zeros.Pointer;
        _outputs[outputs] = (nint)_zeros.Pointer;
        RowProducts<T>.Dots(Rows(_inputs) + firstInput, Even(inputs), Rows(_outputs), stride, _width, _scores.Pointer, stride);
        RowProducts<T>.Slopes(_scores.Pointer, inputs * stride, rate);
        if (inputs % 2 == 1)
            new Span<float>(_scores.Pointer + inputs * stride, stride).Clear();
        _inputs[firstInput + inputs] = after;
        return _scores.Pointer;
    }

    // Errors before changes: both see the weights as they were.
    private void Learn(int firstInput, int inputs, int outputs, float* slopes, int stride)
    {
        var after = _errorRows[firstInput + inputs];
        _errorRows[firstInput + inputs] = (nint)_waste.Pointer;
        RowProducts<T>.AddProducts(Rows(_errorRows) + firstInput, Even(inputs), slopes, stride, 1, Rows(_outputs), outputs, _width);
        _errorRows[firstInput + inputs] = after;
        _changes[outputs] = (nint)_waste.Pointer;
        RowProducts<T>.AddProducts(Rows(_changes), Even(outputs), slopes, 1, stride, Rows(_inputs) + firstInput, inputs, _width);
    }

    // The error of a mean goes to every neighbour in full, as in the original.
    private void WriteInputs(WordBatch batch)
    {
        for (var centre = 0; centre < batch.Count; centre++)
            for (var i = batch.Starts[centre]; i < batch.Starts[centre + 1]; i++)
            {
                var error = (float*)_errorRows[SkipGram ? i : centre];
                var row = _weights.Input.Row(batch.Contexts[i]);
                if (_later is null)
                    RowProducts<T>.Add(error, row, _width);
                else
                    _later.Add(error, row);
            }
    }

    private static int Even(int count) => count + 1 & ~1;

    private static nint[] Pointers(int count) => GC.AllocateArray<nint>(count + 1, pinned: true);

    private static float** Rows(nint[] pointers) => (float**)System.Runtime.CompilerServices.Unsafe.AsPointer(
        ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(pointers));
}
