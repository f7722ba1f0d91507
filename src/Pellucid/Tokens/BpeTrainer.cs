using System.Runtime.ExceptionServices;
using Pellucid.Tokens.Formats;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Tokens;

/// <summary>How far the learning of merges has come.</summary>
/// <param name="Bytes">Bytes of text counted.</param>
/// <param name="Merges">Merges learned; 0 while text is counted.</param>
public readonly record struct BpeProgress(long Bytes, int Merges);

/// <summary>
/// Learns merges (Sennrich et al. 2016, algorithm 1): the most frequent pair of neighbours becomes a token, again and
/// again. Counts are kept up to date by visiting only the pieces that hold the pair. Of pairs equally frequent a rule
/// decides, so that the result depends on the text alone, not on its order or on threads.
/// </summary>
public static class BpeTrainer
{
    /// <summary>The smallest vocabulary: all bytes and the end of text.</summary>
    public const int SmallestVocabulary = 257;

    private const int PartBytes = 1 << 20;
    private const int MergesBetweenReports = 64;

    /// <summary>Ways to cut text that a tokenizer can be trained with.</summary>
    public static IReadOnlyList<string> PreTokenizers => SplitterNames.Trained;

    /// <summary>Learns a vocabulary from one text, cut as GPT-2 does.</summary>
    public static BpeTokenizer Train(ReadOnlyMemory<byte> text, int vocabularySize, int threads = 0) =>
        Train(Parts(text), vocabularySize, threads);

    /// <summary>Learns a vocabulary from text that is cut as GPT-2 does.</summary>
    /// <inheritdoc cref="Train(IEnumerable{ReadOnlyMemory{byte}}, BpeTrainerOptions, Action{BpeProgress}?, CancellationToken)"/>
    public static BpeTokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, int vocabularySize, int threads = 0,
        IReadOnlyList<string>? special = null,
        Action<BpeProgress>? progress = null, CancellationToken cancellation = default) =>
        Train(texts, new BpeTrainerOptions(vocabularySize) { Threads = threads, Special = special ?? [] }, progress, cancellation);

    /// <summary>Learns a vocabulary: 256 bytes, merges, the end-of-text token, and other special tokens.</summary>
    /// <param name="texts">UTF-8, or any other bytes.
    /// No piece goes from one to the next: documents, or parts of them as <see cref="LastCut(ReadOnlySpan{byte})"/> cuts.</param>
    /// <param name="options">What is learned.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size has no room for 256 bytes and the special tokens.</exception>
    /// <exception cref="ArgumentException">There is no pre-tokenizer of that name.</exception>
    public static BpeTokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, BpeTrainerOptions options,
        Action<BpeProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] names = [BpeTokenizer.EndOfTextName, .. options.Special];
        ArgumentOutOfRangeException.ThrowIfLessThan(options.VocabularySize, SmallestVocabulary - 1 + names.Length, nameof(options));
        var splitter = SplitterNames.OfTraining(options.PreTokenizer);
        var finder = new AddedTokens([.. names.Select((name, index) => new AddedToken(index, name, true))]);
        var pieces = CountPieces(texts, options.Threads, finder, splitter, progress, cancellation, out var total);

        var bytes = new List<byte[]>(options.VocabularySize);
        for (var value = 0; value < 256; value++)
            bytes.Add([(byte)value]);
        var pairs = new PairCounts(pieces, options.Order == BpeOrder.Bytes ? GreaterBytesFirst(bytes) : SmallerNumbersFirst);
        var merges = new List<(int, int)>();
        while (bytes.Count < options.VocabularySize - names.Length && pairs.TakeMostFrequent() is { } pair)
        {
            cancellation.ThrowIfCancellationRequested();
            bytes.Add([.. bytes[pair.Left], .. bytes[pair.Right]]);
            merges.Add(pair);
            pairs.Merge(bytes.Count - 1);
            if (merges.Count % MergesBetweenReports == 0)
                progress?.Invoke(new BpeProgress(total, merges.Count));
        }
        return Number(bytes, merges, names, options.Order, BpeRules.Gpt2 with { Splitters = [splitter] });
    }

    /// <summary>The last place, above 0, at which a text can be cut without changing what is learned with GPT-2's pieces;
    /// 0 if there is none.</summary>
    public static int LastCut(ReadOnlySpan<byte> text) => BpeRules.Gpt2.Splitters[0].LastCut(text);

    /// <summary>Finds the last place, above 0, at which a text can be cut without changing what is learned
    /// with the pieces of a pre-tokenizer.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static Func<ReadOnlySpan<byte>, int> LastCut(string preTokenizer) => SplitterNames.OfTraining(preTokenizer).LastCut;

    private static Comparison<(int Left, int Right)> GreaterBytesFirst(List<byte[]> bytes) => (one, other) =>
    {
        var byLeft = bytes[other.Left].AsSpan().SequenceCompareTo(bytes[one.Left]);
        return byLeft != 0 ? byLeft : bytes[other.Right].AsSpan().SequenceCompareTo(bytes[one.Right]);
    };

    private static int SmallerNumbersFirst((int Left, int Right) one, (int Left, int Right) other) =>
        one.Left != other.Left ? ByCharacter(one.Left).CompareTo(ByCharacter(other.Left))
            : ByCharacter(one.Right).CompareTo(ByCharacter(other.Right));

    // The number of a byte, or of a merge, among those sorted by their characters.
    private static int ByCharacter(int token) => token < 256 ? ByteCharacters.Order[token] : token;

    private static BpeTokenizer Number(List<byte[]> bytes, List<(int Left, int Right)> merges, string[] names,
        BpeOrder order, BpeRules rules)
    {
        var special = names.Select(_ => Array.Empty<byte>());
        if (order == BpeOrder.Bytes)
            return new BpeTokenizer((byte[][])[.. bytes, .. special], merges, Added(names, bytes.Count), rules);
        var sorted = Enumerable.Range(0, bytes.Count).OrderBy(ByCharacter).Select(token => bytes[token]);
        int Renumbered(int token) => names.Length + ByCharacter(token);
        return new BpeTokenizer((byte[][])[.. special, .. sorted],
            [.. merges.Select(merge => (Renumbered(merge.Left), Renumbered(merge.Right)))],
            Added(names, 0), rules);
    }

    private static AddedToken[] Added(string[] names, int first) =>
        [.. names.Select((name, index) => new AddedToken(first + index, name, true))];

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

    private static PieceCounts CountPieces(IEnumerable<ReadOnlyMemory<byte>> texts, int threads, AddedTokens special, Splitter splitter,
        Action<BpeProgress>? progress, CancellationToken cancellation, out long total)
    {
        var (all, read) = (new PieceCounts(), 0L);
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads,
            CancellationToken = cancellation
        };
        try
        {
            Parallel.ForEach(texts, options, () => new PieceCounts(), (text, _, counts) =>
            {
                counts.Add(text.Span, special, splitter);
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
