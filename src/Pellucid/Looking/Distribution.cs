namespace Pellucid.Looking;

/// <summary>What a row of logits says, in numbers: softmax in double precision.</summary>
public sealed class Distribution
{
    private readonly float[] _logits;
    private readonly double _logSum;

    /// <summary>Of the logits (V) of one position.</summary>
    public Distribution(ReadOnlySpan<float> logits)
    {
        _logits = logits.ToArray();
        var largest = (double)System.Numerics.Tensors.TensorPrimitives.Max<float>(_logits);
        var sum = 0.0;
        foreach (var logit in _logits)
            sum += Math.Exp(logit - largest);
        _logSum = largest + Math.Log(sum);
    }

    /// <summary>Number of tokens.</summary>
    public int Count => _logits.Length;

    /// <summary>Natural logarithm of a token's probability.</summary>
    public double LogProbability(int token) => _logits[token] - _logSum;

    /// <summary>A token's probability.</summary>
    public double Probability(int token) => Math.Exp(LogProbability(token));

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
        for (var token = 0; token < _logits.Length; token++)
        {
            queue.Enqueue(token, (_logits[token], -token));
            if (queue.Count > count)
                queue.Dequeue();
        }
        var top = new int[queue.Count];
        for (var i = top.Length - 1; i >= 0; i--)
            top[i] = queue.Dequeue();
        return top;
    }

    /// <summary>Entropy in nats.</summary>
    public double Entropy()
    {
        var entropy = 0.0;
        for (var token = 0; token < _logits.Length; token++)
            entropy -= Probability(token) * LogProbability(token);
        return entropy;
    }

    /// <summary>Kullback-Leibler divergence KL(this ‖ other) in nats: what is lost by believing the other.</summary>
    public double DivergenceFrom(Distribution other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var divergence = 0.0;
        for (var token = 0; token < _logits.Length; token++)
            divergence += Probability(token) * (LogProbability(token) - other.LogProbability(token));
        return divergence;
    }
}
