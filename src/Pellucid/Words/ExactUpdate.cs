namespace Pellucid.Words;

/// <summary>
/// One prediction after another as word2vec.c makes them, in plain loops: the reference that the batched update is
/// judged by. The sigmoid is a table over ±6; beyond, tree nodes are skipped and noise words count as certain.
/// </summary>
internal sealed class ExactUpdate
{
    public const int OriginalBins = 1000;

    private const int LargestScore = 6;

    private readonly Word2VecOptions _options;
    private readonly Word2VecWeights _weights;
    private readonly float[] _sigmoid, _hidden, _error;
    private OriginalRandom _random;

    /// <summary>The random numbers are those of the original's first thread, when the seed of the run is 1.</summary>
    public ExactUpdate(Word2VecWeights weights, Word2VecOptions options, int sigmoidBins = OriginalBins)
    {
        (_weights, _options, _random) = (weights, options, new OriginalRandom(options.Seed - 1));
        (_hidden, _error) = (new float[options.Size], new float[options.Size]);
        _sigmoid = new float[sigmoidBins];
        for (var i = 0; i < sigmoidBins; i++)
        {
            var power = (float)Exp((i / (float)sigmoidBins * 2 - 1) * LargestScore);
            _sigmoid[i] = power / (power + 1);
        }
    }

    public bool ReadSentence(SentenceStream stream) => stream.Next(ref _random);

    /// <summary>An empty sentence draws a window too, in the original.</summary>
    public void SkipSentence() => _random.Next();

    /// <summary>Draws the window and trains on the word at a place of a sentence.</summary>
    public void Train(ReadOnlySpan<int> sentence, int position, float rate)
    {
        var reach = _options.Window - (int)(_random.Next() % (ulong)_options.Window);
        var (first, last) = (Math.Max(0, position - reach), Math.Min(sentence.Length - 1, position + reach));
        if (last <= first)
            return;
        if (_options.SkipGram)
            TrainSkipGram(sentence, position, first, last, rate);
        else
            TrainBag(sentence, position, first, last, rate);
    }

    private void TrainSkipGram(ReadOnlySpan<int> sentence, int position, int first, int last, float rate)
    {
        for (var at = first; at <= last; at++)
        {
            if (at == position)
                continue;
            Predict(sentence[position], _weights.Input[sentence[at]], rate);
            Add(1, _error, _weights.Input[sentence[at]]);
        }
    }

    // The error is added to every neighbour in full, not divided by their number as the mean was.
    private void TrainBag(ReadOnlySpan<int> sentence, int position, int first, int last, float rate)
    {
        Array.Clear(_hidden);
        for (var at = first; at <= last; at++)
            if (at != position)
                Add(1, _weights.Input[sentence[at]], _hidden);
        foreach (ref var value in _hidden.AsSpan())
            value /= last - first;
        Predict(sentence[position], _hidden, rate);
        for (var at = first; at <= last; at++)
            if (at != position)
                Add(1, _error, _weights.Input[sentence[at]]);
    }

    /// <summary>Trains the outputs for a word and gathers the error of the hidden vector.</summary>
    private void Predict(int word, ReadOnlySpan<float> hidden, float rate)
    {
        Array.Clear(_error);
        if (_weights.Tree is { } tree)
            for (var d = 0; d < tree.Path(word).Length; d++)
            {
                var output = _weights.TreeOutput![tree.Path(word)[d]];
                var score = Dot(hidden, output);
                if (score is > -LargestScore and < LargestScore)
                    Learn((1 - tree.Code(word)[d] - Sigmoid(score)) * rate, hidden, output);
            }
        if (_weights.Sampler is { } sampler)
            for (var d = 0; d <= _options.Negative; d++)
            {
                var target = d == 0 ? word : sampler.Sample(_random.Next());
                if (d > 0 && target == word)
                    continue;
                var output = _weights.NegativeOutput![target];
                var (label, score) = (d == 0 ? 1 : 0, Dot(hidden, output));
                var slope = score > LargestScore ? label - 1 : score < -LargestScore ? label : label - Sigmoid(score);
                Learn(slope * rate, hidden, output);
            }
    }

    private void Learn(float slope, ReadOnlySpan<float> hidden, Span<float> output)
    {
        Add(slope, output, _error);
        Add(slope, hidden, output);
    }

    private float Sigmoid(float score) =>
        _sigmoid[Math.Min(_sigmoid.Length - 1, (int)((score + LargestScore) * (_sigmoid.Length / LargestScore / 2)))];

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static void Add(float factor, ReadOnlySpan<float> source, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++)
            destination[i] += factor * source[i];
    }

    // e^x by halving x until the Taylor series is short: no mathematics library, so the same bits everywhere.
    private static double Exp(double x)
    {
        const int halvings = 10;
        var (r, y) = (x / (1 << halvings), 1.0);
        for (var i = 9; i >= 1; i--)
            y = 1 + r / i * y;
        for (var i = 0; i < halvings; i++)
            y *= y;
        return y;
    }
}
