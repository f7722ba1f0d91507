using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Looking.Senses;

/// <summary>A word in a sentence, meant in some sense.</summary>
/// <param name="Word">The word.</param>
/// <param name="Sense">What it means here.</param>
/// <param name="Text">The sentence.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="First">First token of the word.</param>
/// <param name="Last">Its last token.</param>
public sealed record SenseOccurrence(string Word, string Sense, string Text, int[] Tokens, int First, int Last);

/// <summary>Two occurrences of a word, by their indexes.</summary>
/// <param name="First">One.</param>
/// <param name="Second">The other.</param>
/// <param name="Same">Whether they mean the same.</param>
/// <param name="Kind">As "homonym" or "polyseme".</param>
/// <param name="Relatedness">How related people find the two meanings; NaN where nobody was asked.</param>
public readonly record struct SensePair(int First, int Second, bool Same, string Kind, double Relatedness);

/// <summary>Words in contexts, and pairs of them to compare.</summary>
/// <param name="Name">Where they are from.</param>
/// <param name="Occurrences">Words in contexts.</param>
/// <param name="Pairs">What is compared.</param>
/// <param name="LeftOut">Pairs whose sentences are longer than the context.</param>
/// <param name="Recorded">Distances that the file itself has, of other models: a value for every pair, by the column's name.</param>
public sealed record SenseData(string Name, IReadOnlyList<SenseOccurrence> Occurrences, IReadOnlyList<SensePair> Pairs, int LeftOut,
    IReadOnlyDictionary<string, double[]> Recorded)
{
    private const ulong Seed = 78;
    private const int MostPassages = 4_000;

    /// <summary>Occurrences of the micro-world's words with two senses, and of some with one;
    /// every word meets itself in so many contexts of each sense.</summary>
    public static SenseData MicroWorld(Tokenizer tokenizer, GptConfig config, int contexts = 12, int? begin = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(config);
        var (occurrences, kinds) = (new List<SenseOccurrence>(), new Dictionary<string, string>());
        var asked = new HashSet<string>();
        foreach (var passage in new MicroWorld(Seed, [new Worlds.Phenomena.Senses()]).Passages().Take(MostPassages))
            foreach (var mark in passage.Of(AnnotationKind.Sense))
            {
                var word = mark.Label.Split(':')[0];
                // The text up to the word's sentence would tell what the word was called before.
                var start = passage.Text.LastIndexOf(". ", mark.Span.Start, StringComparison.Ordinal) is >= 0 and var dot ? dot + 2 : 0;
                var end = passage.Text.IndexOf('.', mark.Span.Start) + 1;
                var text = passage.Text[start..end];
                if (occurrences.Count(other => other.Sense == mark.Label) >= contexts || !asked.Add(text))
                    continue;
                if (Occurrence(tokenizer, config, word, mark.Label, text, mark.Span.Start - start,
                    mark.Span.Length, begin) is { } occurrence)
                    occurrences.Add(occurrence);
                kinds[word] = passage.Facts.First(fact => fact.Subject == word).Relation;
            }
        var pairs = from i in Enumerable.Range(0, occurrences.Count)
                    from j in Enumerable.Range(i + 1, occurrences.Count - i - 1)
                    where occurrences[i].Word == occurrences[j].Word
                    select new SensePair(i, j, occurrences[i].Sense == occurrences[j].Sense, kinds[occurrences[i].Word], double.NaN);
        return new SenseData("micro-world", occurrences, [.. pairs], 0, new Dictionary<string, double[]>());
    }

    /// <summary>
    /// Reads a CSV file of the form of RAW-C (Trott and Bergen 2021): <c>sentence1</c>, <c>sentence2</c>, the word as it
    /// stands there as <c>string</c>, <c>mean_relatedness</c>, <c>same</c> or <c>Same_sense</c>, and if there are any
    /// <c>word</c>, <c>ambiguity_type</c>, <c>v1</c>, <c>v2</c> and columns whose names begin with <c>distance_</c>.
    /// </summary>
    /// <exception cref="InvalidDataException">A row is something else; the message names file and line.</exception>
    public static SenseData Read(string path, Tokenizer tokenizer, GptConfig config, int? begin = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(config);
        var (occurrences, indexes, pairs) = (new List<SenseOccurrence>(), new Dictionary<(string, string), int>(), new List<SensePair>());
        var (recorded, leftOut) = (new Dictionary<string, List<double>>(), 0);
        foreach (var row in SeparatedValues.ReadTable(path, ["sentence1", "sentence2", "string", "mean_relatedness"]))
        {
            var same = (row["same"] is { Length: > 0 } text ? text : row["Same_sense"]) switch
            {
                "True" or "TRUE" or "true" or "Same Sense" => true,
                "False" or "FALSE" or "false" or "Different Sense" => false,
                var other => throw row.Error($"says '{other}' where same or Same_sense is True or False"),
            };
            var word = row["word"] is { Length: > 0 } named ? named : row["string"];
            var (first, second) = (Add(row, word, "sentence1", "v1"), Add(row, word, "sentence2", "v2"));
            if (first < 0 || second < 0)
            {
                leftOut++;
                continue;
            }
            pairs.Add(new SensePair(first, second, same, row["ambiguity_type"] is { Length: > 0 } kind ? kind.ToLowerInvariant() : "word",
                Number(row, "mean_relatedness")));
            foreach (var column in row.Columns.Keys.Where(name => name.StartsWith("distance_", StringComparison.Ordinal)))
                (recorded.TryGetValue(column, out var list) ? list : recorded[column] = []).Add(Number(row, column));
        }
        return pairs.Count >= 2 ? new SenseData(Path.GetFileNameWithoutExtension(path), occurrences, pairs, leftOut,
            recorded.ToDictionary(column => column.Key, column => column.Value.ToArray()))
            : throw new InvalidDataException($"{path} has {pairs.Count} pairs of sentences that fit the context; at least two are needed");

        int Add(SeparatedValues.Row row, string word, string sentence, string version)
        {
            var (text, target) = (row[sentence], row["string"]);
            if (indexes.TryGetValue((text, target), out var index))
                return index;
            var at = text.IndexOf(target, StringComparison.OrdinalIgnoreCase);
            if (at < 0 || target.Length == 0)
                throw row.Error($"has the word '{target}', which does not stand in '{text}'");
            var sense = row[version] is { Length: > 0 } label ? $"{word}: {label.Split('_')[0]}" : word;
            if (Occurrence(tokenizer, config, word, sense, text, at, target.Length, begin) is not { } occurrence)
                return indexes[(text, target)] = -1;
            occurrences.Add(occurrence);
            return indexes[(text, target)] = occurrences.Count - 1;
        }
    }

    private static double Number(SeparatedValues.Row row, string column) =>
        double.TryParse(row[column], System.Globalization.CultureInfo.InvariantCulture, out var value) ? value
            : throw row.Error($"has '{row[column]}' where {column} is a number");

    private static SenseOccurrence? Occurrence(Tokenizer tokenizer, GptConfig config, string word, string sense, string text,
        int start, int length, int? begin)
    {
        var aligned = new AlignedText(tokenizer, text, begin);
        return aligned.Tokens.Length > config.Context ? null
            : new SenseOccurrence(word, sense, text, aligned.Tokens, aligned.TokenAt(start), aligned.TokenBefore(start + length));
    }
}
