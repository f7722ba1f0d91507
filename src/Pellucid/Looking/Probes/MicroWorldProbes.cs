using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Worlds;
using Pellucid.Worlds.Phenomena;

namespace Pellucid.Looking.Probes;

/// <summary>
/// Tasks whose truth the micro-world tells. Words of several tokens stand by their last one, which has seen all of them.
/// Other sentences stand before each, as in training text, so that its place in the context tells nothing.
/// </summary>
public static class MicroWorldProbes
{
    private const ulong Seed = 77, EarlierSeed = 78;
    private const int MostPassages = 20_000, MostBefore = 32, EarlierCharacters = 20_000;
    private const uint DrawPurpose = 0x64726177;

    private delegate IEnumerable<Found> Finder(Passage passage, AlignedText text);

    private readonly record struct Found(int Position, int Other, string Label, string Type);

    /// <summary>What is looked for; whether words alone shall tell nothing of it; and what has to be read to find it.</summary>
    private sealed record Source(Finder Find, bool IsBalanced, IReadOnlyList<Phenomenon> Phenomena);

    private static readonly string[] NounsAndVerbs = ["cash", "drink", "flies", "play", "walk", "wants", "watch"];

    private static readonly Dictionary<string, Source> Sources = new()
    {
        ["part-of-speech"] = new(PartsOfSpeech, false, MicroWorld.Standard),
        ["noun-or-verb"] = new(NounsOrVerbs, true, [new Worlds.Phenomena.PartsOfSpeech()]),
        ["agreement"] = new(Numbers, true, [new Agreement()]),
        ["sense"] = new(Meanings, true, [new Worlds.Phenomena.Senses()]),
        ["coreference"] = new(Coreference, true, [new Worlds.Phenomena.Pronouns()]),
        ["facts"] = new(Facts, false, [new Tales()]),
    };

    /// <summary>What can be asked for, in the order of the classical pipeline.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Sources.Keys];

    /// <summary>A task of that name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="tokenizer">Cuts the text.</param>
    /// <param name="config">The model's shape: longer passages are left out.</param>
    /// <param name="count">Examples to learn from, at most; half as many examine.</param>
    /// <param name="seed">Which examples are drawn, and what stands before them.</param>
    /// <param name="begin">A token in front of every sentence.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    /// <exception cref="InvalidDataException">There is nothing to learn from: the context is too short.</exception>
    public static ProbeTask Task(string name, Tokenizer tokenizer, GptConfig config, int count = 2000, ulong seed = 1, int? begin = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(config);
        if (!Sources.TryGetValue(name, out var source))
            throw new ArgumentException($"the micro-world has no task '{name}'; it has {string.Join(", ", Names)}");
        var (earlier, ends) = Earlier(tokenizer);
        var (sentences, examples, read) = (new List<int[]>(), new ProbeExamples(source.IsBalanced), new HashSet<string>());
        foreach (var passage in new MicroWorld(Seed, source.Phenomena).Passages().Take(MostPassages)
            .Where(passage => read.Add(passage.Text)))
        {
            var text = new AlignedText(tokenizer, passage.Text);
            var (here, front) = (source.Find(passage, text).ToArray(), begin is null ? 0 : 1);
            var room = config.Context - front - text.Tokens.Length;
            if (here.Length == 0 || room < 0)
                continue;
            int Draw(ulong what, int among) => (int)(CounterRandom.Bits(seed, DrawPurpose, what, (ulong)sentences.Count) % (uint)among);
            var (end, before) = (ends[Draw(0, ends.Length)], Draw(1, Math.Min(room, MostBefore) + 1));
            // One a passage, so that examples do not stand in each other's context.
            var (position, other, label, type) = here[Draw(2, here.Length)];
            examples.Add(
                new ProbeExample(sentences.Count, front + before + position, other < 0 ? -1 : front + before + other, 0, type), label);
            sentences.Add([.. begin is { } first ? [first] : Array.Empty<int>(), .. earlier[(end - before)..end], .. text.Tokens]);
            if (examples.Count >= 2 * count)
                break;
        }
        return examples.ToTask(name, sentences, count, seed);
    }

    // Tokens of training text that is nobody's example, and where its lines end.
    private static (int[] Tokens, int[] Ends) Earlier(Tokenizer tokenizer)
    {
        var (tokens, ends) = (new List<int>(), new List<int>());
        foreach (var line in new MicroWorld(EarlierSeed).Text(EarlierCharacters).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            tokens.AddRange(tokenizer.Encode(line + "\n"));
            if (tokens.Count >= MostBefore)
                ends.Add(tokens.Count);
        }
        return ([.. tokens], [.. ends]);
    }

    private static IEnumerable<Found> PartsOfSpeech(Passage passage, AlignedText text) =>
        passage.Of(AnnotationKind.PartOfSpeech)
            .Select(mark => new Found(text.TokenBefore(mark.Span.End), -1, mark.Label, mark.Span.Of(passage.Text)));

    private static IEnumerable<Found> NounsOrVerbs(Passage passage, AlignedText text) =>
        PartsOfSpeech(passage, text).Where(found => NounsAndVerbs.Contains(found.Type));

    // Before a verb that does not follow its subject at once: is it going to be singular or plural?
    private static IEnumerable<Found> Numbers(Passage passage, AlignedText text) =>
        from mark in passage.Of(AnnotationKind.Number)
        where mark.Span.Start - mark.Target.End > 2
        select new Found(text.TokenBefore(mark.Span.Start - 1), -1, mark.Label, passage.Text[..(mark.Span.Start - 1)].Split(' ')[^1]);

    private static IEnumerable<Found> Meanings(Passage passage, AlignedText text) =>
        from mark in passage.Of(AnnotationKind.Sense)
        where passage.Facts.Any(fact =>
            fact.Relation is "homonym" or "polyseme" && mark.Label.StartsWith(fact.Subject + ":", StringComparison.Ordinal))
        select new Found(text.TokenBefore(mark.Span.End), -1, mark.Label, mark.Span.Of(passage.Text));

    // A pronoun after two people were named: does it stand for the first or for the second?
    private static IEnumerable<Found> Coreference(Passage passage, AlignedText text)
    {
        var mentions = passage.Of(AnnotationKind.Reference).Where(mark => People.All.Any(person => person.Name == mark.Label)).ToArray();
        foreach (var pronoun in mentions.Where(mark => mark.Target.Length > 0))
            if (mentions.Where(mark => mark.Span.End <= pronoun.Span.Start)
                .Select(mark => mark.Label).Distinct().ToArray() is { Length: 2 } named)
                yield return new Found(text.TokenBefore(pronoun.Span.End), -1, named[0] == pronoun.Label ? "first" : "second",
                    pronoun.Span.Of(passage.Text));
    }

    // The last time somebody or some land is named: what has been told of it in this passage alone?
    private static IEnumerable<Found> Facts(Passage passage, AlignedText text)
    {
        foreach (var fact in passage.Facts.Where(fact => fact.Relation is "capital in the tale"))
            if (passage.Text.LastIndexOf(fact.Subject, StringComparison.Ordinal) is var at && at >= fact.From)
                yield return new Found(text.TokenBefore(at + fact.Subject.Length), -1, fact.Object, fact.Subject);
    }
}
