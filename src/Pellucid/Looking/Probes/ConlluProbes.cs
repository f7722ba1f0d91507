using System.Globalization;
using System.Text;
using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Looking.Probes;

/// <summary>
/// Tasks from treebanks in CoNLL-U (universaldependencies.org/format): part of speech, dependency label of a word and its
/// head, and on which side a word's head stands. Words of several tokens stand by their last one.
/// </summary>
public static class ConlluProbes
{
    /// <summary>What can be asked for.</summary>
    public static IReadOnlyList<string> Names { get; } = ["part-of-speech", "dependency", "head-direction"];

    /// <summary>A task from files; sentences longer than the model's context are left out.</summary>
    /// <exception cref="InvalidDataException">A line is not of the format; the message names file and line.
    /// Or there is too little to learn from.</exception>
    /// <exception cref="ArgumentException">There is no task of that name.</exception>
    public static ProbeTask Task(string name, IEnumerable<string> paths, Tokenizer tokenizer, GptConfig config, int count = 2000,
        ulong seed = 1, int? begin = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(config);
        if (!Names.Contains(name))
            throw new ArgumentException($"treebanks have no task '{name}'; they have {string.Join(", ", Names)}");
        var (sentences, examples) = (new List<int[]>(), new ProbeExamples(isBalanced: false));
        foreach (var sentence in paths.SelectMany(Read))
        {
            var text = new AlignedText(tokenizer, sentence.Text, begin);
            if (text.Tokens.Length > config.Context)
                continue;
            foreach (var word in sentence.Words)
            {
                var head = name == "dependency" && word.Head > 0 ? text.TokenBefore(sentence.Words[word.Head - 1].End) : -1;
                if (name == "dependency" && word.Head == 0)
                    continue;
                var label = name switch { "part-of-speech" => word.Tag, "dependency" => word.Relation, _ =>
                    word.Head == 0 ? "root" : word.Head < word.Number ? "left" : "right" };
                examples.Add(new ProbeExample(sentences.Count, text.TokenBefore(word.End), head, 0, word.Form), label);
            }
            sentences.Add(text.Tokens);
        }
        return examples.ToTask(name, sentences, count, seed);
    }

    private sealed record Word(int Number, string Form, string Tag, int Head, string Relation, int End);

    private sealed record Sentence(string Text, IReadOnlyList<Word> Words);

    private static IEnumerable<Sentence> Read(string path)
    {
        var (text, words, line) = (new StringBuilder(), new List<Word>(), 0);
        var (spanEnd, gap) = (0, "");
        foreach (var row in PlainText.Lines(path).Append(""))
        {
            line++;
            if (row.Length == 0)
            {
                if (words.FirstOrDefault(word => word.Head > words.Count) is { } lost)
                    throw new InvalidDataException($"{path}: the head of word {lost.Number} in the sentence before line {line} is "
                        + $"{lost.Head}, but it has {words.Count} words");
                if (words.Count > 0)
                    yield return new Sentence(text.ToString(), [.. words]);
                (gap, spanEnd) = ("", 0);
                text.Clear();
                words.Clear();
                continue;
            }
            if (row[0] == '#')
                continue;
            var fields = row.Split('\t');
            if (fields.Length != 10)
                throw new InvalidDataException(
                    $"{path}: line {line} has {fields.Length} fields, not the 10 of CoNLL-U: '{Excerpt.Of(row)}'");
            if (fields[0].Contains('.', StringComparison.Ordinal))
                continue; // an empty node stands for no text
            var isRange = fields[0].Contains('-', StringComparison.Ordinal);
            if (!int.TryParse(fields[0].Split('-')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || (!isRange && number != words.Count + 1))
                throw new InvalidDataException($"{path}: line {line} is word '{fields[0]}' where {words.Count + 1} was expected");
            // Words of a contraction such as don't share its text.
            if (isRange || number > spanEnd)
            {
                text.Append(gap).Append(fields[1]);
                gap = fields[9].Contains("SpaceAfter=No", StringComparison.Ordinal) ? "" : " ";
            }
            if (isRange)
            {
                spanEnd = number;
                continue;
            }
            words.Add(int.TryParse(fields[6], NumberStyles.None, CultureInfo.InvariantCulture, out var head)
                ? new Word(number, fields[1], fields[3], head, fields[7], text.Length)
                : throw new InvalidDataException($"{path}: line {line} has the head '{fields[6]}', which is no number"));
        }
    }
}
