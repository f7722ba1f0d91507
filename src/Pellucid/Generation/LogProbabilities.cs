using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>Log-probabilities, in nats, of logits (V).</summary>
public static class LogProbabilities
{
    /// <summary>How likely a token is.</summary>
    public static double Of(ReadOnlySpan<float> logits, int token)
    {
        var (largest, logSum) = Normalizer(logits);
        return logits[token] - largest - logSum;
    }

    /// <summary>The most likely tokens, most likely first; of equal ones the smaller token.</summary>
    public static IReadOnlyList<(int Token, double LogProbability)> Top(ReadOnlySpan<float> logits, int count)
    {
        if (count == 0)
            return [];
        var best = new PriorityQueue<int, (float Logit, int Order)>(count + 1);
        for (var token = 0; token < logits.Length; token++)
        {
            if (best.Count == count && logits[token] <= logits[best.Peek()])
                continue;
            best.Enqueue(token, (logits[token], -token));
            if (best.Count > count)
                best.Dequeue();
        }
        var (largest, logSum) = Normalizer(logits);
        var top = new (int, double)[best.Count];
        for (var i = top.Length - 1; i >= 0; i--)
        {
            var token = best.Dequeue();
            top[i] = (token, logits[token] - largest - logSum);
        }
        return top;
    }

    private static (float Largest, double LogSum) Normalizer(ReadOnlySpan<float> logits)
    {
        var (largest, sum) = (FiniteNumbers.LargestLogit(logits), 0.0);
        foreach (var logit in logits)
            sum += Math.Exp(logit - largest);
        return (largest, Math.Log(sum));
    }
}
