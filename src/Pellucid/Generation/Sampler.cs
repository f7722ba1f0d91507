using System.Numerics.Tensors;
using Pellucid.Constraints;
using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>
/// Chooses tokens. What there is to choose from is made in the order of transformers: repetition penalty and bias, presence and
/// frequency penalties (which transformers has not), temperature, top-k, top-p, min-p. The n-th choice of a seed is always made
/// with the same random number.
/// </summary>
public sealed class Sampler
{
    private const uint Purpose = 0x73616d70;

    private readonly SamplingOptions _options;
    private readonly int _named;
    private readonly IReadOnlyList<int> _ends;
    private SamplerMemory? _own;

    /// <summary>A sampler of those options.</summary>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="named">Tokens that have a name; a model's table may have more rows, which are never chosen.
    /// All have one if left out.</param>
    /// <param name="ends">Tokens that end a text, which need no name.</param>
    public Sampler(SamplingOptions options, int named = int.MaxValue, IReadOnlyList<int>? ends = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_options, _named, _ends) = (options, named, ends ?? []);
    }

    /// <summary>A token from its logits (V). Of equal logits the smaller token counts as the more likely.</summary>
    /// <param name="logits">One a token; the highest must be a number.</param>
    /// <param name="step">Tokens chosen before.</param>
    /// <param name="text">Tokens of the text so far, which the repetition penalty makes less likely.</param>
    /// <exception cref="InvalidDataException">The logits are not numbers.</exception>
    public int Choose(ReadOnlySpan<float> logits, int step, ReadOnlySpan<int> text = default) =>
        Choose(logits, step, text, _own ??= new SamplerMemory());

    /// <summary>The same with memory that others use too, not at the same time, and of a text that may only go on in some ways.</summary>
    internal int Choose(ReadOnlySpan<float> logits, int step, ReadOnlySpan<int> text, SamplerMemory memory,
        ConstrainedText? constrained = null)
    {
        FiniteNumbers.LargestLogit(logits);
        memory.Fit(logits.Length);
        if (constrained is not null)
            logits = Admitted(logits, constrained, memory.Room(logits.Length));
        if (_options.RepetitionPenalty != 1 && !text.IsEmpty || _options.LogitBias.Count > 0 || PenalisesWritten
            || _named < logits.Length)
            logits = Adjust(logits, text, step, memory);
        if (_options.Temperature == 0)
            return MostLikely(logits);
        if (_options is { TopK: 0, TopP: 1, MinP: 0 })
            return FromAll(logits, step, memory.Weights);
        var (tokens, weights) = (memory.Tokens, memory.Weights);
        var kept = Sort(logits, memory);
        var total = Weigh(kept, memory);
        if (_options.TopP < 1)
            (kept, total) = Nucleus(kept, total, weights);
        if (_options.MinP > 0)
            total = DropUnlikely(kept, weights);
        var place = CounterRandom.Uniform(_options.Seed, Purpose, (ulong)step, 0) * total;
        for (var i = 0; i < kept; i++)
            if ((place -= weights[i]) < 0)
                return tokens[i];
        while (weights[kept - 1] == 0)
            kept--;
        return tokens[kept - 1];
    }

    /// <summary>The likeliest of the tokens that a choice may fall on, and how likely each is, likeliest first.
    /// The repetition penalty is left out.</summary>
    /// <param name="logits">One a token; the highest must be a number.</param>
    /// <param name="count">How many are wanted.</param>
    public IReadOnlyList<(int Token, double Probability)> Choices(ReadOnlySpan<float> logits, int count)
    {
        FiniteNumbers.LargestLogit(logits);
        var memory = _own ??= new SamplerMemory();
        memory.Fit(logits.Length);
        if (_named < logits.Length)
            logits = WithoutNameless(logits, memory.Adjusted);
        if (_options.Temperature == 0)
            return [(MostLikely(logits), 1)];
        var (tokens, weights) = (memory.Tokens, memory.Weights);
        var kept = Sort(logits, memory, always: true);
        var total = Weigh(kept, memory);
        if (_options.TopP < 1)
            (kept, total) = Nucleus(kept, total, weights);
        if (_options.MinP > 0)
            total = DropUnlikely(kept, weights);
        return [.. Enumerable.Range(0, Math.Min(count, kept)).Where(i => weights[i] > 0).Select(i => (tokens[i], weights[i] / total))];
    }

    // The penalty takes each token once, however often it is there.
    private float[] Adjust(ReadOnlySpan<float> logits, ReadOnlySpan<int> text, int step, SamplerMemory memory)
    {
        var adjusted = memory.Adjusted;
        logits.CopyTo(adjusted);
        if (_options.RepetitionPenalty != 1)
            foreach (var token in text)
                adjusted[token] = logits[token] > 0 ? logits[token] / _options.RepetitionPenalty
                    : logits[token] * _options.RepetitionPenalty;
        if (PenalisesWritten)
            Penalise(text[^Math.Min(step, text.Length)..], adjusted, memory.Tokens);
        foreach (var (token, bias) in _options.LogitBias)
            adjusted[token] += bias;
        return _named < adjusted.Length ? WithoutNameless(adjusted, adjusted) : adjusted;
    }

    // What may not follow has no probability; an end has one where the text may end.
    private float[] Admitted(ReadOnlySpan<float> logits, ConstrainedText constrained, float[] admitted)
    {
        var mask = constrained.Mask();
        var largest = float.NegativeInfinity;
        for (var token = 0; token < admitted.Length; token++)
        {
            var may = token >> 6 < mask.Length && (mask[token >> 6] >> token & 1) != 0;
            admitted[token] = may ? logits[token] : float.NegativeInfinity;
            largest = Math.Max(largest, admitted[token]);
        }
        foreach (var end in constrained.MayEnd ? _ends : [])
            largest = Math.Max(largest, admitted[end] = logits[end]);
        return largest > float.NegativeInfinity ? admitted : throw new ConstraintException(
            "no token of the model's may follow here by the constraint, or all that may have a logit of minus infinity");
    }

    private bool PenalisesWritten => _options.PresencePenalty != 0 || _options.FrequencyPenalty != 0;

    // Each logit is computed once, from how often its token is there, so that the order of tokens does not matter.
    private void Penalise(ReadOnlySpan<int> written, float[] adjusted, int[] counts)
    {
        Array.Clear(counts);
        foreach (var token in written)
            counts[token]++;
        for (var token = 0; token < counts.Length; token++)
            if (counts[token] is > 0 and var count)
                adjusted[token] -= _options.PresencePenalty + count * _options.FrequencyPenalty;
    }

    // Tokens without a name have no probability; the others share what there is.
    private float[] WithoutNameless(ReadOnlySpan<float> logits, float[] adjusted)
    {
        logits.CopyTo(adjusted);
        for (var token = _named; token < adjusted.Length; token++)
            if (!_ends.Contains(token))
                adjusted[token] = float.NegativeInfinity;
        return adjusted;
    }

    private static int MostLikely(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var token = 1; token < logits.Length; token++)
            if (logits[token] > logits[best])
                best = token;
        return best;
    }

    // Most likely first; how many of them top-k keeps. Those as likely as the last of them stay too, as in transformers.
    private int Sort(ReadOnlySpan<float> logits, SamplerMemory memory, bool always = false)
    {
        var (keys, tokens, kept) = (memory.Keys, memory.Tokens, 0);
        var isCut = _options.TopK > 0 && _options.TopK < logits.Length;
        var least = isCut ? LeastOfLargest(logits, memory.Heap(_options.TopK)) : float.NegativeInfinity;
        for (var token = 0; token < logits.Length; token++)
            if (logits[token] >= least)
                (keys[kept], tokens[kept++]) = (-logits[token], token);
        if (!always && _options.TopK == 0 && _options.TopP == 1)
            return kept; // for what is unlikely, the order does not matter
        Array.Sort(keys, tokens, 0, kept);
        for (int start = 0, end; start < kept; start = end)
        {
            for (end = start + 1; end < kept && keys[end] == keys[start]; end++) ;
            Array.Sort(tokens, start, end - start);
        }
        return kept;
    }

    // The least of the largest logits, as many as the heap has room for: it holds the largest so far, the least on top.
    private static float LeastOfLargest(ReadOnlySpan<float> logits, Span<float> heap)
    {
        logits[..heap.Length].CopyTo(heap);
        heap.Sort();
        foreach (var logit in logits[heap.Length..])
        {
            if (logit <= heap[0])
                continue;
            var place = 0;
            for (int child; (child = 2 * place + 1) < heap.Length; place = child)
            {
                if (child + 1 < heap.Length && heap[child + 1] < heap[child])
                    child++;
                if (heap[child] >= logit)
                    break;
                heap[place] = heap[child];
            }
            heap[place] = logit;
        }
        return heap[0];
    }

    private double Weigh(int kept, SamplerMemory memory)
    {
        var (keys, weights) = (memory.Keys, memory.Weights);
        var (smallest, total) = (float.PositiveInfinity, 0.0);
        for (var i = 0; i < kept; i++)
            smallest = Math.Min(smallest, keys[i]);
        for (var i = 0; i < kept; i++)
            weights[i] = (smallest - keys[i]) / (double)_options.Temperature;
        TensorPrimitives.Exp(weights.AsSpan(0, kept), weights);
        for (var i = 0; i < kept; i++)
            total += weights[i];
        return total;
    }

    // From the whole distribution, with the numbers that the others come to: nothing is sorted, and what leads nowhere is not written.
    private int FromAll(ReadOnlySpan<float> logits, int step, double[] weights)
    {
        var (largest, total) = (FiniteNumbers.LargestLogit(logits), 0.0);
        for (var token = 0; token < logits.Length; token++)
            weights[token] = (logits[token] - largest) / (double)_options.Temperature;
        TensorPrimitives.Exp(weights.AsSpan(0, logits.Length), weights);
        for (var token = 0; token < logits.Length; token++)
            total += weights[token];
        var place = CounterRandom.Uniform(_options.Seed, Purpose, (ulong)step, 0) * total;
        for (var token = 0; token < logits.Length; token++)
            if ((place -= weights[token]) < 0)
                return token;
        return Array.FindLastIndex(weights, logits.Length - 1, weight => weight > 0);
    }

    // Weights are relative to the largest, which is 1.
    private double DropUnlikely(int kept, double[] weights)
    {
        var total = 0.0;
        for (var i = 0; i < kept; i++)
            total += weights[i] = weights[i] < _options.MinP ? 0 : weights[i];
        return total;
    }

    private (int, double) Nucleus(int kept, double total, double[] weights)
    {
        var sum = 0.0;
        for (var i = 0; i < kept; i++)
            if ((sum += weights[i]) >= _options.TopP * total)
                return (i + 1, sum);
        return (kept, sum);
    }
}

/// <summary>Room to sort a vocabulary in.</summary>
internal sealed class SamplerMemory
{
    private float[] _heap = [], _admitted = [];

    /// <summary>Room for the logits of what a constraint admits.</summary>
    public float[] Room(int vocabulary) => _admitted.Length == vocabulary ? _admitted : _admitted = new float[vocabulary];

    /// <summary>Logits after penalty and bias.</summary>
    public float[] Adjusted { get; private set; } = [];

    /// <summary>Logits with their sign turned, in the order of <see cref="Tokens"/>.</summary>
    public float[] Keys { get; private set; } = [];

    public int[] Tokens { get; private set; } = [];

    /// <summary>Probabilities up to a common factor, in the order of <see cref="Tokens"/>.</summary>
    public double[] Weights { get; private set; } = [];

    /// <summary>Room for so many logits.</summary>
    public Span<float> Heap(int count)
    {
        if (_heap.Length < count)
            _heap = new float[count];
        return _heap.AsSpan(0, count);
    }

    /// <summary>Makes room for that many tokens.</summary>
    public void Fit(int vocabulary)
    {
        if (Keys.Length != vocabulary)
            (Adjusted, Keys, Tokens, Weights) = (new float[vocabulary], new float[vocabulary], new int[vocabulary], new double[vocabulary]);
    }
}
