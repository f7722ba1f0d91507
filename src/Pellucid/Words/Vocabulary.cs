using System.Globalization;
using System.Text;
using Pellucid.Files;

namespace Pellucid.Words;

/// <summary>The words that get vectors, by falling count; the sentence end <c>&lt;/s&gt;</c> is always word 0.</summary>
public sealed class Vocabulary
{
    // As many distinct words as word2vec.c holds before it forgets the rarest.
    private const int MostDistinctWords = 21_000_000;
    private const int ReportEvery = 1_000_000;

    private readonly long[] _counts;

    private Vocabulary(WordList words, long[] counts)
    {
        (Words, _counts) = (words, counts);
        TotalCount = counts.Sum();
    }

    /// <summary>The words.</summary>
    public WordList Words { get; }

    /// <summary>How often each occurs.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Occurrences of all of them, sentence ends included.</summary>
    public long TotalCount { get; }

    /// <summary>Counts the words of a corpus and keeps those that occur often enough.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="minCount">A word that occurs less often is dropped.</param>
    /// <param name="report">Hears now and then how many words were read.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="InvalidDataException">No word is left.</exception>
    public static Vocabulary Learn(Corpus corpus, int minCount, Action<long>? report = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        var counted = new WordCounts(MostDistinctWords);
        counted.Add("</s>"u8, 0);
        using var reader = corpus.Read(0, corpus.Length);
        for (var read = 1L; reader.Next(out var word); read++)
        {
            counted.Add(word);
            if (read % ReportEvery != 0)
                continue;
            cancellation.ThrowIfCancellationRequested();
            report?.Invoke(read);
        }
        return Sort(counted, minCount) ?? throw new InvalidDataException(counted.Words.Count == 1
            ? $"{corpus.Name} has no words"
            : $"{corpus.Name}: none of its {counted.Words.Count - 1} words occurs {minCount} times; choose a lower minimum count");
    }

    /// <summary>Reads a vocabulary file: a word, a space and its count a line.</summary>
    /// <exception cref="InvalidDataException">A line is not that, or no word is left.</exception>
    public static Vocabulary Read(string path, int minCount = 1)
    {
        var counted = new WordCounts(MostDistinctWords);
        counted.Add("</s>"u8, 0);
        var (line, total) = (0, 0L);
        foreach (var whole in Lines.Of(path))
        {
            line++;
            var text = whole.Span;
            var space = text.LastIndexOf((byte)' ');
            if (space < 1 || !long.TryParse(text[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                throw new InvalidDataException(
                    $"{path}: line {line} is not a word and its count: '{Excerpt.Of(Encoding.UTF8.GetString(text))}'");
            if (count > long.MaxValue - total)
                throw new InvalidDataException($"{path}: line {line}: the counts add up to more than can be");
            total += count;
            counted.Add(text[..space], count);
        }
        return Sort(counted, minCount) ?? throw new InvalidDataException($"{path}: no word in it occurs {minCount} times");
    }

    /// <summary>Writes a vocabulary file.</summary>
    public void Save(string path) => SafeFile.Write(path, stream =>
    {
        for (var word = 0; word < Words.Count; word++)
        {
            stream.Write(Words[word]);
            stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" {_counts[word]}\n")));
        }
    });

    // By falling count, equal ones in the order in which they came.
    private static Vocabulary? Sort(WordCounts counted, int minCount)
    {
        var order = Enumerable.Range(1, counted.Words.Count - 1)
            .Where(word => counted[word] >= Math.Max(1, minCount))
            .OrderByDescending(word => counted[word]).Prepend(0).ToArray();
        if (order.Length < 2)
            return null;
        var words = new WordList();
        foreach (var word in order)
            words.FindOrAdd(counted.Words[word]);
        return new Vocabulary(words, [.. order.Select(word => counted[word])]);
    }
}
