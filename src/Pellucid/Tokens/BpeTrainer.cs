using System.Runtime.ExceptionServices;

namespace Pellucid.Tokens;

/// <summary>How far the learning of merges has come.</summary>
/// <param name="Bytes">Bytes of text counted.</param>
/// <param name="Merges">Merges learned; 0 while text is counted.</param>
public readonly record struct BpeProgress(long Bytes, int Merges);

/// <summary>
/// Learns merges (Sennrich et al. 2016, algorithm 1): the most frequent pair of neighbours becomes a token, again and
/// again. Counts are kept up to date by visiting only the pieces that hold the pair. Of pairs equally frequent the one
/// with the greater bytes wins, so that the result depends on the text alone, not on its order or on threads.
/// </summary>
public static class BpeTrainer
{
    /// <summary>The smallest vocabulary: all bytes and the end of text.</summary>
    public const int SmallestVocabulary = 257;

    private const int PartBytes = 1 << 20;
    private const int MergesBetweenReports = 64;

    /// <summary>Learns a vocabulary from one text.</summary>
    public static BpeTokenizer Train(ReadOnlyMemory<byte> text, int vocabularySize, int threads = 0) => Train(Parts(text), vocabularySize, threads);

    /// <summary>Learns a vocabulary: 256 bytes, merges, the end-of-text token, and other special tokens.</summary>
    /// <param name="texts">UTF-8, or any other bytes. No piece goes from one to the next: documents, or parts of them as <see cref="LastCut"/> cuts.</param>
    /// <param name="vocabularySize">Tokens in all; fewer where the text has no more pairs to merge.</param>
    /// <param name="threads">Threads that count pieces; all cores when 0. The result does not depend on it.</param>
    /// <param name="special">Special tokens beside the end of text.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size has no room for 256 bytes and the special tokens.</exception>
    public static BpeTokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, int vocabularySize, int threads = 0, IReadOnlyList<string>? special = null,
        Action<BpeProgress>? progress = null, CancellationToken cancellation = default)
    {
        string[] names = [BpeTokenizer.EndOfTextName, .. special ?? []];
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, SmallestVocabulary - 1 + names.Length);
        var finder = new AddedTokens([.. names.Select((name, index) => new AddedToken(index, name, true))]);
        var pieces = CountPieces(texts, threads, finder, progress, cancellation, out var total);

        var bytes = new List<byte[]>(vocabularySize);
        for (var value = 0; value < 256; value++)
            bytes.Add([(byte)value]);
        var pairs = new PairCounts(pieces, bytes);
        var merges = new List<(int, int)>();
        while (bytes.Count < vocabularySize - names.Length && pairs.TakeMostFrequent() is { } pair)
        {
            cancellation.ThrowIfCancellationRequested();
            bytes.Add([.. bytes[pair.Left], .. bytes[pair.Right]]);
            merges.Add(pair);
            pairs.Merge(bytes.Count - 1);
            if (merges.Count % MergesBetweenReports == 0)
                progress?.Invoke(new BpeProgress(total, merges.Count));
        }
        var added = names.Select((name, index) => new AddedToken(bytes.Count + index, name, true)).ToArray();
        return new BpeTokenizer([.. bytes, .. names.Select(_ => Array.Empty<byte>())], merges, added);
    }

    /// <summary>The last place, above 0, at which a text can be cut without changing what is learned; 0 if there is none.</summary>
    public static int LastCut(ReadOnlySpan<byte> text) => GptSplitter.LastCut(text);

    private static IEnumerable<ReadOnlyMemory<byte>> Parts(ReadOnlyMemory<byte> text)
    {
        while (text.Length > PartBytes)
        {
            var size = PartBytes;
            int cut;
            while ((cut = LastCut(text.Span[..size])) == 0 && size < text.Length)
                size = (int)Math.Min(text.Length, 2L * size);
            if (cut == 0)
                break;
            yield return text[..cut];
            text = text[cut..];
        }
        yield return text;
    }

    private static PieceCounts CountPieces(IEnumerable<ReadOnlyMemory<byte>> texts, int threads, AddedTokens special, Action<BpeProgress>? progress, CancellationToken cancellation, out long total)
    {
        var (all, read) = (new PieceCounts(), 0L);
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads, CancellationToken = cancellation };
        try
        {
            Parallel.ForEach(texts, options, () => new PieceCounts(), (text, _, counts) =>
            {
                counts.Add(text.Span, special);
                progress?.Invoke(new BpeProgress(Interlocked.Add(ref read, text.Length), 0));
                return counts;
            }, counts =>
            {
                lock (all)
                    all.Add(counts);
            });
        }
        catch (AggregateException error) when (error.InnerException is { } first)
        {
            ExceptionDispatchInfo.Throw(first); // a text that cannot be read
        }
        total = read;
        return all;
    }
}
