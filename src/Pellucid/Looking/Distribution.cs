using System.Numerics.Tensors;

namespace Pellucid.Looking;

/// <summary>What a row of logits says, in numbers: softmax in double precision.</summary>
public sealed class Distribution
{
    private readonly float[] _logits;
    private readonly double[] _values, _probabilities;
    private readonly double _logSum;

    /// <summary>Of the logits (V) of one position.</summary>
    public Distribution(ReadOnlySpan<float> logits)
    {
        _logits = logits.ToArray();
        _values = new double[logits.Length];
        _probabilities = new double[logits.Length];
        TensorPrimitives.ConvertTruncating<float, double>(logits, _values);
        var largest = (double)TensorPrimitives.Max(logits);
        TensorPrimitives.Subtract(_values, largest, _probabilities);
        TensorPrimitives.Exp<double>(_probabilities, _probabilities);
        var sum = TensorPrimitives.Sum<double>(_probabilities);
        TensorPrimitives.Divide(_probabilities, sum, _probabilities);
        _logSum = largest + Math.Log(sum);
    }

    /// <summary>Number of tokens.</summary>
    public int Count => _logits.Length;

    /// <summary>Natural logarithm of a token's probability.</summary>
    public double LogProbability(int token) => _values[token] - _logSum;

    /// <summary>A token's probability.</summary>
    public double Probability(int token) => _probabilities[token];

    /// <summary>Tokens that are likelier, 0 for the likeliest; of equals the lower token comes first.</summary>
    public int Rank(int token)
    {
        var rank = 0;
        for (var other = 0; other < _logits.Length; other++)
            if (_logits[other] > _logits[token] || (_logits[other] == _logits[token] && other < token))
                rank++;
        return rank;
    }

    /// <summary>The likeliest tokens, likeliest first.</summary>
    public int[] Top(int count)
    {
        var queue = new PriorityQueue<int, (float, int)>();
        var least = float.NegativeInfinity;
        for (var token = 0; token < _logits.Length; token++)
        {
            if (queue.Count == count && !(_logits[token] > least)) // most of a large vocabulary
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
    public double Entropy() => _logSum - TensorPrimitives.Dot<double>(_probabilities, _values);

    /// <summary>Kullback-Leibler divergence KL(this ‖ other) in nats: what is lost by believing the other.</summary>
    public double DivergenceFrom(Distribution other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(this, other) ? 0
            : Math.Max(0, TensorPrimitives.Dot<double>(_probabilities, _values) - _logSum - TensorPrimitives.Dot<double>(_probabilities, other._values) + other._logSum);
    }
}
