using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>What a row of logits says, in numbers: softmax in double precision.</summary>
public sealed class Distribution
{
    private readonly double[] _values, _probabilities;
    private double _logSum;

    /// <summary>Of the logits (V) of one position.</summary>
    /// <exception cref="InvalidDataException">They are not numbers.</exception>
    public Distribution(ReadOnlySpan<float> logits) : this(logits.Length) => Take(logits);

    /// <summary>One that is still to be given logits, again and again: memory for large vocabularies is dear to get.</summary>
    internal Distribution(int count)
    {
        _values = GC.AllocateUninitializedArray<double>(count); // both are written whole
        _probabilities = GC.AllocateUninitializedArray<double>(count);
    }

    /// <summary>Becomes the distribution of other logits.</summary>
    internal void Take(ReadOnlySpan<float> logits)
    {
        TensorPrimitives.ConvertTruncating<float, double>(logits, _values);
        double largest = FiniteNumbers.LargestLogit(logits);
        TensorPrimitives.Subtract(_values, largest, _probabilities);
        TensorPrimitives.Exp<double>(_probabilities, _probabilities);
        var sum = TensorPrimitives.Sum<double>(_probabilities);
        TensorPrimitives.Divide(_probabilities, sum, _probabilities);
        _logSum = largest + Math.Log(sum);
    }

    /// <summary>Number of tokens.</summary>
    public int Count => _values.Length;

    /// <summary>Natural logarithm of a token's probability.</summary>
    public double LogProbability(int token) => _values[token] - _logSum;

    /// <summary>A token's probability.</summary>
    public double Probability(int token) => _probabilities[token];

    /// <summary>Tokens that are likelier, 0 for the likeliest; of equals the lower token comes first.</summary>
    public int Rank(int token) =>
        CountAbove(_values.AsSpan(0, token), Math.BitDecrement(_values[token])) + CountAbove(_values.AsSpan(token + 1), _values[token]);

    private static int CountAbove(ReadOnlySpan<double> values, double bound)
    {
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(values);
        var above = Vector<long>.Zero;
        foreach (var vector in vectors)
            above -= Vector.GreaterThan(vector, new Vector<double>(bound)); // -1 where it is true
        var count = (int)Vector.Sum(above);
        foreach (var value in values[(vectors.Length * Vector<double>.Count)..])
            count += value > bound ? 1 : 0;
        return count;
    }

    /// <summary>The likeliest tokens, likeliest first.</summary>
    public int[] Top(int count)
    {
        var queue = new PriorityQueue<int, (double, int)>();
        var least = double.NegativeInfinity;
        for (var token = 0; token < _values.Length; token++)
        {
            if (queue.Count == count)
                while (token <= _values.Length - Vector<double>.Count
                    && !Vector.GreaterThanAny(new Vector<double>(_values, token), new Vector<double>(least)))
                    token += Vector<double>.Count; // most of a large vocabulary
            if (token == _values.Length || (queue.Count == count && !(_values[token] > least)))
                continue;
            queue.Enqueue(token, (_values[token], -token));
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
    public double Entropy() => _logSum - TensorPrimitives.Dot<double>(_probabilities, _values);

    /// <summary>Kullback-Leibler divergence KL(this ‖ other) in nats: what is lost by believing the other.</summary>
    public double DivergenceFrom(Distribution other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(this, other) ? 0
            : Math.Max(0, TensorPrimitives.Dot<double>(_probabilities, _values) - _logSum
                - TensorPrimitives.Dot<double>(_probabilities, other._values) + other._logSum);
    }
}
