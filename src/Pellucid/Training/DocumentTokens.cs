using System.Runtime.ExceptionServices;
using Pellucid.Tokens;

namespace Pellucid.Training;

/// <summary>
/// Documents as one row of tokens. A line of JSONL is a document, and the separator stands before each; a file is one too,
/// and the separator stands before it where another goes before: a single plain text has none.
/// </summary>
public static class DocumentTokens
{
    private const int PartsAThread = 8;

    /// <summary>Tokens part by part, a few parts at a time on all threads, in the order of the text.</summary>
    /// <param name="source">The text.</param>
    /// <param name="tokenizer">Cuts it.</param>
    /// <param name="separator">What stands before a document; nothing if null.</param>
    /// <param name="threads">Threads that cut; all cores when 0. The tokens do not depend on it.</param>
    /// <param name="progress">Told the bytes of documents that have been cut.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>Lists, each valid until the next one is asked for.</returns>
    /// <exception cref="InvalidDataException">The text holds something that no token stands for; the message says where.</exception>
    public static IEnumerable<IReadOnlyList<int>> Of(TextSource source, Tokenizer tokenizer, int? separator, int threads = 0,
        Action<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(tokenizer);
        return Read(source, tokenizer, separator is { } token ? [token] : [],
            threads == 0 ? Environment.ProcessorCount : threads, progress, cancellation);
    }

    private static IEnumerable<IReadOnlyList<int>> Read(TextSource source, Tokenizer tokenizer, List<int> start, int threads,
        Action<long>? progress, CancellationToken cancellation)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads };
        var tokens = Enumerable.Range(0, PartsAThread * threads).Select(_ => new List<int>()).ToArray();
        var (done, isFirst) = (0L, true);
        foreach (var parts in source.Read(tokenizer.LastCut).Chunk(tokens.Length))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                Parallel.For(0, parts.Length, options, index => Encode(parts[index], tokenizer, tokens[index]));
            }
            catch (AggregateException error) when (error.InnerException is { } first)
            {
                ExceptionDispatchInfo.Throw(first);
            }
            for (var i = 0; i < parts.Length; i++)
            {
                if (parts[i].BeginsDocument && (parts[i].IsLine || !isFirst))
                    yield return start;
                isFirst = false;
                yield return tokens[i];
                done += parts[i].Bytes.Length;
            }
            progress?.Invoke(done);
        }
    }

    private static void Encode(TextPart part, Tokenizer tokenizer, List<int> tokens)
    {
        try
        {
            tokens.Clear();
            tokenizer.EncodeWithSpecialTokens(part.Bytes.Span, tokens);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{part.Where}: {error.Message}", error);
        }
    }
}
