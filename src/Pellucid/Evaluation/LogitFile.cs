using Pellucid.Files;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Evaluation;

/// <summary>What a model says after every token of a text, as numbers that other programs can read.</summary>
public static class LogitFile
{
    private const int RowsAtATime = 64;

    /// <summary>Writes logits (rows, V), as the model gives them, into a NumPy file: whole or not at all.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="tokens">The text; a row for each.</param>
    /// <param name="path">The file, usually <c>.npy</c>.</param>
    /// <param name="top">How many of the likeliest tokens are told of each row.</param>
    /// <returns>The likeliest tokens after each row and their log-probabilities in nats.</returns>
    /// <exception cref="ArgumentException">There are no tokens, or more than fit the context.</exception>
    public static IReadOnlyList<IReadOnlyList<(int Token, double LogProbability)>> Write(Gpt gpt, int[] tokens, string path, int top = 1)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Length == 0 || tokens.Length > gpt.Context)
            throw new ArgumentException(tokens.Length == 0 ? "the text is empty"
                : $"the text has {tokens.Length} tokens, but the model's context is {gpt.Context}");
        using var arena = new Arena(gpt.Backend);
        using var rows = new TokenRows(gpt.Backend);
        rows.Add(tokens);
        var run = new GptRun(new Operations(gpt.Backend, arena));
        var final = gpt.Forward(rows, run); // (R, C)
        var (V, likeliest) = (gpt.Config.VocabularySize, new List<IReadOnlyList<(int, double)>>());
        SafeFile.Write(path, stream =>
        {
            NumpyFile.WriteHeader(stream, tokens.Length, V);
            var logits = new float[Math.Min(RowsAtATime, tokens.Length) * V];
            using var others = new Arena(gpt.Backend);
            var operations = new Operations(gpt.Backend, others);
            for (var start = 0; start < tokens.Length; start += RowsAtATime)
            {
                var some = logits.AsSpan(0, Math.Min(RowsAtATime, tokens.Length - start) * V);
                operations.Reset();
                gpt.Backend.Read(gpt.Logits(final.RowRange(start, some.Length / V), new GptRun(operations)), some);
                NumpyFile.Write(stream, some);
                for (var row = 0; row < some.Length; row += V)
                    likeliest.Add(LogProbabilities.Top(some.Slice(row, V), top));
            }
        });
        return likeliest;
    }
}
