using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Worlds;
using Pellucid.Worlds.Phenomena;

namespace Pellucid.Looking.Probes;

/// <summary>Tasks whose truth the micro-world tells. Words of several tokens stand by their last one, which has seen all of them.</summary>
public static class MicroWorldProbes
{
    private const ulong Seed = 77;
    private const int MostPassages = 20_000;

    private delegate IEnumerable<(int Position, int Other, string Label, string Type)> Finder(Passage passage, AlignedText text);

    // What is looked for, and what has to be read to find it.
    private static readonly Dictionary<string, (Finder Find, IReadOnlyList<Phenomenon> Phenomena)> Tasks = new()
    {
        ["part-of-speech"] = (PartsOfSpeech, MicroWorld.Standard),
        ["agreement"] = (Numbers, [new Agreement()]),
        ["sense"] = (Meanings, [new Worlds.Phenomena.Senses()]),
        ["coreference"] = (Coreference, [new Gifts(), new Lives(), new Pronouns()]),
        ["facts"] = (Facts, [new Tales()]),
    };

    /// <summary>What can be asked for, in the order of the classical pipeline.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Tasks.Keys];

    /// <summary>A task of that name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="tokenizer">Cuts the text.</param>
    /// <param name="config">The model's shape: longer passages are left out.</param>
    /// <param name="count">Examples to learn from, at most; a quarter as many examine.</param>
    /// <param name="seed">Which examples are drawn.</param>
    /// <param name="begin">A token in front of every sentence.</param>
    /// <exception cref="ArgumentException">There is none of that name, or nothing to learn from.</exception>
    public static ProbeTask Task(string name, Tokenizer tokenizer, GptConfig config, int count = 2000, ulong seed = 1, int? begin = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(config);
        if (!Tasks.TryGetValue(name, out var task))
            throw new ArgumentException($"the micro-world has no task '{name}'; it has {string.Join(", ", Names)}");
        var (sentences, found, read) = (new List<int[]>(), new List<(ProbeExample, string)>(), new HashSet<string>());
        foreach (var passage in new MicroWorld(Seed, task.Phenomena).Passages().Take(MostPassages).Where(passage => read.Add(passage.Text)))
        {
            var text = new AlignedText(tokenizer, passage.Text, begin);
            var here = task.Find(passage, text).ToArray();
            if (here.Length == 0 || text.Tokens.Length > config.Context)
                continue;
            // One a passage, so that examples do not stand in each other's context.
            var (position, other, label, type) = here[sentences.Count % here.Length];
            found.Add((new ProbeExample(sentences.Count, position, other, 0, type), label));
            sentences.Add(text.Tokens);
            if (found.Count >= 3 * count / 2)
                break;
        }
        return ProbeTask.Of(name, sentences, found, count, seed);
    }

    private static IEnumerable<(int, int, string, string)> PartsOfSpeech(Passage passage, AlignedText text) =>
        passage.Of(AnnotationKind.PartOfSpeech).Select(mark => (text.TokenBefore(mark.Span.End), -1, mark.Label, mark.Span.Of(passage.Text)));

    // Before a verb that does not follow its subject at once: is it going to be singular or plural?
    private static IEnumerable<(int, int, string, string)> Numbers(Passage passage, AlignedText text) =>
        from mark in passage.Of(AnnotationKind.Number)
        where mark.Span.Start - mark.Target.End > 2
        select (text.TokenBefore(mark.Span.Start - 1), -1, mark.Label, text.Tokens[text.TokenBefore(mark.Span.Start - 1)].ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static IEnumerable<(int, int, string, string)> Meanings(Passage passage, AlignedText text) =>
        from mark in passage.Of(AnnotationKind.Sense)
        where passage.Facts.Any(fact => fact.Relation is "homonym" or "polyseme" && mark.Label.StartsWith(fact.Subject + ":", StringComparison.Ordinal))
        select (text.TokenBefore(mark.Span.End), -1, mark.Label, mark.Span.Of(passage.Text));

    // A pronoun and somebody named before it: the one it stands for, or another?
    private static IEnumerable<(int, int, string, string)> Coreference(Passage passage, AlignedText text)
    {
        var mentions = passage.Of(AnnotationKind.Reference).ToArray();
        foreach (var pronoun in mentions.Where(mark => mark.Target.Length > 0))
            if (mentions.Where(mark => mark.Span.End <= pronoun.Span.Start && mark.Target.Length == 0 && mark.Label != pronoun.Label).Select(mark => (Span?)mark.Span).LastOrDefault() is { } other)
            {
                var (at, word) = (text.TokenBefore(pronoun.Span.End), pronoun.Span.Of(passage.Text));
                yield return (at, text.TokenBefore(pronoun.Target.End), "same", word);
                yield return (at, text.TokenBefore(other.End), "other", word);
            }
    }

    // The last time somebody or some land is named: what has been told of it in this passage alone?
    private static IEnumerable<(int, int, string, string)> Facts(Passage passage, AlignedText text)
    {
        foreach (var fact in passage.Facts.Where(fact => fact.Relation is "capital in the tale"))
            if (passage.Text.LastIndexOf(fact.Subject, StringComparison.Ordinal) is var at && at >= fact.From)
                yield return (text.TokenBefore(at + fact.Subject.Length), -1, fact.Object, fact.Subject);
    }
}
