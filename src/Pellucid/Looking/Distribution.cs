using System.Numerics;
using System.Runtime.InteropServices;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>What a row of logits says, in numbers: softmax in double precision.</summary>
public sealed class Distribution
{
    private readonly float[] _logits;
    private readonly double[] _weights; // e to the logit, over that of the largest
    private double _sum, _logSum, _mean;

    /// <summary>Of the logits (V) of one position.</summary>
    /// <exception cref="InvalidDataException">They are not numbers.</exception>
    public Distribution(ReadOnlySpan<float> logits) : this(logits.Length) => Take(logits);

    /// <summary>One that is still to be given logits, again and again: memory for large vocabularies is dear to get.</summary>
    internal Distribution(int count)
    {
        _logits = GC.AllocateUninitializedArray<float>(count); // both are written whole
        _weights = GC.AllocateUninitializedArray<double>(count);
    }

    /// <summary>Becomes the distribution of other logits.</summary>
    internal void Take(ReadOnlySpan<float> logits)
    {
        double largest = FiniteNumbers.LargestLogit(logits);
        logits.CopyTo(_logits);
        var sums = new Sums();
        var token = 0;
        for (; token + Vector<float>.Count <= _logits.Length; token += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(_logits, token), out var low, out var high);
            sums.Add(low, largest, _weights.AsSpan(token));
            sums.Add(high, largest, _weights.AsSpan(token + Vector<double>.Count));
        }
        var (sum, product) = (Vector.Sum(sums.Weights), Vector.Sum(sums.Products));
        for (; token < _logits.Length; token++)
        {
            _weights[token] = Math.Exp(_logits[token] - largest);
            sum += _weights[token];
            product += _weights[token] * _logits[token];
        }
        (_sum, _logSum, _mean) = (sum, largest + Math.Log(sum), product / sum);
    }

    private ref struct Sums
    {
        public Vector<double> Weights, Products;

        public void Add(Vector<double> logits, double largest, Span<double> weights)
        {
            var weight = Vector.Exp(logits - new Vector<double>(largest));
            weight.CopyTo(weights);
            Weights += weight;
            Products += weight * logits;
        }
    }

    /// <summary>Number of tokens.</summary>
    public int Count => _logits.Length;

    /// <summary>Natural logarithm of a token's probability.</summary>
    public double LogProbability(int token) => _logits[token] - _logSum;

    /// <summary>A token's probability.</summary>
    public double Probability(int token) => _weights[token] / _sum;

    /// <summary>Tokens that are likelier, 0 for the likeliest; of equals the lower token comes first.</summary>
    public int Rank(int token) =>
        CountAbove(_logits.AsSpan(0, token), MathF.BitDecrement(_logits[token])) + CountAbove(_logits.AsSpan(token + 1), _logits[token]);

    private static int CountAbove(ReadOnlySpan<float> values, float bound)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var above = Vector<int>.Zero;
        foreach (var vector in vectors)
            above -= Vector.GreaterThan(vector, new Vector<float>(bound)); // -1 where it is true
        var count = Vector.Sum(above);
        foreach (var value in values[(vectors.Length * Vector<float>.Count)..])
            count += value > bound ? 1 : 0;
        return count;
    }

    /// <summary>The likeliest tokens, likeliest first.</summary>
    public int[] Top(int count)
    {
        var queue = new PriorityQueue<int, (float, int)>();
        var least = float.NegativeInfinity;
        for (var token = 0; token < _logits.Length; token++)
        {
            if (queue.Count == count)
                while (token <= _logits.Length - Vector<float>.Count
                    && !Vector.GreaterThanAny(new Vector<float>(_logits, token), new Vector<float>(least)))
                    token += Vector<float>.Count; // most of a large vocabulary
            if (token == _logits.Length || (queue.Count == count && !(_logits[token] > least)))
                continue;
            queue.Enqueue(token, (_logits[token], -token));
            if (queue.Count > count)
                queue.Dequeue();
            queue.TryPeek(out _, out var last);
            least = last.Item1;
        }
        var top = new int[queue.Count];
        for (var i = top.Length - 1; i >= 0; i--)
            top[i] = queue.Dequeue();
        return top;
    }

    /// <summary>Entropy in nats.</summary>
    public double Entropy() => _logSum - _mean;

    /// <summary>Kullback-Leibler divergence KL(this ‖ other) in nats: what is lost by believing the other.</summary>
    public double DivergenceFrom(Distribution other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(this, other) ? 0 : Math.Max(0, _mean - _logSum - MeanOf(other._logits) + other._logSum);
    }

    // Expected by this distribution.
    private double MeanOf(float[] values)
    {
        var sums = Vector<double>.Zero;
        var token = 0;
        for (; token + Vector<float>.Count <= values.Length; token += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values, token), out var low, out var high);
            sums += new Vector<double>(_weights, token) * low + new Vector<double>(_weights, token + Vector<double>.Count) * high;
        }
        var sum = Vector.Sum(sums);
        for (; token < values.Length; token++)
            sum += _weights[token] * values[token];
        return sum / _sum;
    }
}
