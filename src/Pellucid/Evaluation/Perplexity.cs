using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Evaluation;

/// <summary>How surprised a model is by a text.</summary>
/// <param name="Loss">Mean negative log-probability of a token, in nats.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
/// <param name="BitsPerByte">All surprise in bits over the bytes of the text.</param>
public readonly record struct Perplexity(double Loss, long Tokens, double BitsPerByte)
{
    private const int RowsAtATime = 1024;

    /// <summary>e to the loss.</summary>
    public double Value => Math.Exp(Loss);

    /// <summary>
    /// Measures a text in windows side by side. Without a length of windows each token but the first is predicted once, from as
    /// much of what came before it as its window has read. Windows of a given length are each on their own, and of each all tokens
    /// but the first are predicted, as in transformers' and other programs' tables: one fewer than it has.
    /// </summary>
    /// <param name="gpt">The model.</param>
    /// <param name="tokens">The text.</param>
    /// <param name="bytes">How many bytes it has.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="window">Tokens of a window; if left out, a window reads as many as the model can look back on.</param>
    /// <param name="replicas">Those who share the windows; all get the same numbers, those of one alone.</param>
    /// <exception cref="ArgumentException">The text has fewer than two tokens, or the window does not fit the model.</exception>
    public static Perplexity Measure(Gpt gpt, ReadOnlySpan<int> tokens, long bytes, Action<double>? progress = null, int? window = null,
        Replicas? replicas = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        if (window < 2 || window > gpt.Context)
            throw new ArgumentException($"a window can have 2 to {gpt.Context} tokens, which is the model's context, not {window}");
        if (tokens.Length < 2)
            throw new ArgumentException($"the text has {tokens.Length} tokens; at least two are needed to predict one from another");
        replicas ??= Replicas.One;
        var (read, step) = window is { } given ? (given - 1, given) : (gpt.Context, gpt.Context);
        var length = tokens.Length - 1;
        using var arena = new Arena(gpt.Backend);
        using var rows = new TokenRows(gpt.Backend);
        var run = new GptRun(new Operations(gpt.Backend, arena));
        var targets = new List<int>();
        // Whole windows, as many at a time as rows allow.
        var together = step * Math.Max(1, RowsAtATime / read);
        var sums = new double[(length - 1) / together + 1];
        var own = replicas.Own(sums.Length);
        for (var batch = own.First; batch < own.End; batch++)
        {
            rows.Clear();
            targets.Clear();
            var first = batch * together;
            for (var start = first; start < Math.Min(length, first + together); start += step)
            {
                var count = Math.Min(read, length - start);
                rows.Add(tokens.Slice(start, count));
                targets.AddRange(tokens.Slice(start + 1, count));
            }
            sums[batch] = LogProbability(gpt, run, rows, [.. targets]);
            progress?.Invoke((batch - own.First + 1.0) / own.Count);
        }
        replicas.Gather(sums, 1);
        var last = (length - 1) / step;
        var predicted = last * read + Math.Min(read, length - last * step);
        var sum = 0.0;
        foreach (var one in sums)
            sum -= one;
        if (!double.IsFinite(sum))
            throw new InvalidDataException($"the loss of the text is {FiniteNumbers.Text((float)sum)}: the model's numbers overflow");
        return new Perplexity(sum / predicted, predicted, sum / Math.Log(2) / Math.Max(1, bytes));
    }

    private static double LogProbability(Gpt gpt, GptRun run, TokenRows rows, int[] targets)
    {
        run.Operations.Reset();
        var wanted = run.Operations.Arena.Allocate(new Shape(targets.Length), ElementType.Int32);
        gpt.Backend.Write(targets, wanted);
        var values = new float[targets.Length];
        gpt.Backend.Read(gpt.LogProbabilities(gpt.Forward(rows, run), wanted, run), values);
        return values.Sum(value => (double)value);
    }
}
