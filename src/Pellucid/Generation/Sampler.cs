using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>Chooses tokens. The n-th choice of a seed is always made with the same random number.</summary>
public sealed class Sampler
{
    private const uint Purpose = 0x73616d70;

    private readonly SamplingOptions _options;
    private float[] _penalised = [];
    private float[] _keys = [];
    private int[] _tokens = [];
    private double[] _weights = [];

    /// <summary>A sampler of those options.</summary>
    public Sampler(SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>A token from its logits (V). Of equal logits the smaller token counts as the more likely.</summary>
    /// <param name="logits">One a token; the highest must be a number.</param>
    /// <param name="step">Tokens chosen before.</param>
    /// <param name="text">Tokens of the text so far, which the repetition penalty makes less likely.</param>
    public int Choose(ReadOnlySpan<float> logits, int step, ReadOnlySpan<int> text = default)
    {
        if (_options.RepetitionPenalty != 1 && !text.IsEmpty)
            logits = Penalise(logits, text);
        if (_options.Temperature == 0 || _options.TopK == 1)
            return MostLikely(logits);
        var kept = Sort(logits);
        var total = Weigh(kept);
        if (_options.TopP < 1)
            (kept, total) = Nucleus(kept, total);
        if (_options.MinP > 0)
            total = DropUnlikely(kept);
        var place = CounterRandom.Uniform(_options.Seed, Purpose, (ulong)step, 0) * total;
        for (var i = 0; i < kept; i++)
            if ((place -= _weights[i]) < 0)
                return _tokens[i];
        while (_weights[kept - 1] == 0)
            kept--;
        return _tokens[kept - 1];
    }

    /// <summary>The likeliest of the tokens that <see cref="Choose"/> may choose, and how likely each is, likeliest first. The repetition penalty is left out.</summary>
    /// <param name="logits">One a token; the highest must be a number.</param>
    /// <param name="count">How many are wanted.</param>
    public IReadOnlyList<(int Token, double Probability)> Choices(ReadOnlySpan<float> logits, int count)
    {
        if (_options.Temperature == 0 || _options.TopK == 1)
            return [(MostLikely(logits), 1)];
        var kept = Sort(logits, always: true);
        var total = Weigh(kept);
        if (_options.TopP < 1)
            (kept, total) = Nucleus(kept, total);
        if (_options.MinP > 0)
            total = DropUnlikely(kept);
        return [.. Enumerable.Range(0, Math.Min(count, kept)).Where(i => _weights[i] > 0).Select(i => (_tokens[i], _weights[i] / total))];
    }

    // Each token once, however often it is there.
    private float[] Penalise(ReadOnlySpan<float> logits, ReadOnlySpan<int> text)
    {
        if (_penalised.Length != logits.Length)
            _penalised = new float[logits.Length];
        logits.CopyTo(_penalised);
        foreach (var token in text)
            _penalised[token] = logits[token] > 0 ? logits[token] / _options.RepetitionPenalty : logits[token] * _options.RepetitionPenalty;
        return _penalised;
    }

    private static int MostLikely(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var token = 1; token < logits.Length; token++)
            if (logits[token] > logits[best])
                best = token;
        return best;
    }

    // Most likely first; how many of them top-k keeps.
    private int Sort(ReadOnlySpan<float> logits, bool always = false)
    {
        if (_keys.Length != logits.Length)
            (_keys, _tokens, _weights) = (new float[logits.Length], new int[logits.Length], new double[logits.Length]);
        for (var token = 0; token < logits.Length; token++)
            (_keys[token], _tokens[token]) = (-logits[token], token);
        if (always || _options.TopK > 0 || _options.TopP < 1)
        {
            Array.Sort(_keys, _tokens);
            for (int start = 0, end; start < _tokens.Length; start = end)
            {
                for (end = start + 1; end < _tokens.Length && _keys[end] == _keys[start]; end++) ;
                Array.Sort(_tokens, start, end - start);
            }
        }
        return _options.TopK > 0 ? Math.Min(_options.TopK, logits.Length) : logits.Length;
    }

    private double Weigh(int kept)
    {
        var (smallest, total) = (float.PositiveInfinity, 0.0);
        for (var i = 0; i < kept; i++)
            smallest = Math.Min(smallest, _keys[i]);
        for (var i = 0; i < kept; i++)
            total += _weights[i] = Math.Exp((smallest - _keys[i]) / (double)_options.Temperature);
        return total;
    }

    // Weights are relative to the largest, which is 1.
    private double DropUnlikely(int kept)
    {
        var total = 0.0;
        for (var i = 0; i < kept; i++)
            total += _weights[i] = _weights[i] < _options.MinP ? 0 : _weights[i];
        return total;
    }

    private (int, double) Nucleus(int kept, double total)
    {
        var sum = 0.0;
        for (var i = 0; i < kept; i++)
            if ((sum += _weights[i]) >= _options.TopP * total)
                return (i + 1, sum);
        return (kept, sum);
    }
}
