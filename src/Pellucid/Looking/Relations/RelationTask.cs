using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Looking.Relations;

/// <summary>A prompt of a relation as a model reads it.</summary>
/// <param name="Pair">What is asked.</param>
/// <param name="Tokens">The prompt.</param>
/// <param name="Argument">First token of the subject, with the space before it.</param>
/// <param name="Answer">First token of the object, with the space before it.</param>
public sealed record RelationPrompt(RelationPair Pair, int[] Tokens, int Argument, int Answer);

/// <summary>
/// A relation cut into tokens. Words of several tokens stand by their first one, as in Merullo et al. (2023); pairs in
/// which that is the same for both words cannot be told apart and are left out, like prompts longer than the context.
/// </summary>
public sealed class RelationTask
{
    private const uint ExamplePurpose = 0x65786d70, OrderPurpose = 0x6f726465, RepeatPurpose = 0x72657065;

    private readonly Tokenizer _tokenizer;
    private readonly GptConfig _config;
    private readonly int[] _begin;
    private readonly ulong _seed;

    /// <summary>Prompts for a model.</summary>
    /// <param name="relation">The relation.</param>
    /// <param name="tokenizer">Cuts the text.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="examples">Pairs that a prompt tells before it asks, drawn from those that are not held out.</param>
    /// <param name="seed">Where chance comes from.</param>
    /// <param name="begin">A token in front of every prompt.</param>
    /// <exception cref="ArgumentException">Too few pairs are left.</exception>
    public RelationTask(Relation relation, Tokenizer tokenizer, GptConfig config, int examples = 1, ulong seed = 1, int? begin = null)
    {
        ArgumentNullException.ThrowIfNull(relation);
        ArgumentOutOfRangeException.ThrowIfNegative(examples);
        (Relation, _tokenizer, _config, _seed, _begin) = (relation, tokenizer, config, seed, begin is { } token ? [token] : []);
        var known = relation.Pairs.Where(pair => !pair.IsHeldOut).ToArray();
        if (known.Length <= Math.Max(1, examples))
            throw new ArgumentException($"{relation.Name} has {known.Length} pairs, too few for {examples} examples in each prompt");
        var (asked, copied) = (new List<RelationPrompt>(), new List<RelationPrompt>());
        for (var i = 0; i < relation.Pairs.Count; i++)
        {
            var pair = relation.Pairs[i];
            var others = Enumerable.Range(0, known.Length).Where(other => known[other].Subject != pair.Subject)
                .OrderBy(other => CounterRandom.Bits(seed, ExamplePurpose, (ulong)i, (ulong)other))
                .Take(Math.Max(1, examples))
                .Select(other => known[other]).ToArray();
            var prompt = Encode(pair, relation.Prompt(others.Take(examples), pair));
            var copy = Encode(pair,
                relation.PromptWithAnswer(pair, others[0], CounterRandom.Bits(seed, OrderPurpose, 0, (ulong)i) % 2 == 0));
            if (prompt is null || copy is null)
                continue;
            asked.Add(prompt);
            copied.Add(copy);
        }
        if (asked.Count < 2)
            throw new ArgumentException($"of {relation.Pairs.Count} pairs of {relation.Name} only {asked.Count} can be asked: "
                + $"the others begin with the same token as their answer, or are too long for the context of {config.Context}");
        (Asked, Copied, LeftOut) = (asked, copied, relation.Pairs.Count - asked.Count);
    }

    /// <summary>The relation.</summary>
    public Relation Relation { get; }

    /// <summary>Prompts whose answers must be known.</summary>
    public IReadOnlyList<RelationPrompt> Asked { get; }

    /// <summary>Prompts for the same pairs, whose answers stand in them.</summary>
    public IReadOnlyList<RelationPrompt> Copied { get; }

    /// <summary>Pairs that are not asked.</summary>
    public int LeftOut { get; }

    /// <summary>
    /// Prompts with nothing of the relation but its argument X: <c>t1 t2 t3 X t1 t2 t3 X t1 t2 t3</c> for random tokens t,
    /// after which X is to be expected.
    /// </summary>
    public IReadOnlyList<RelationPrompt> Repeats()
    {
        var known = Math.Min(_tokenizer.VocabularySize, _config.VocabularySize);
        var tokens = Enumerable.Range(0, known)
            .Where(token => _tokenizer.SpecialName(token) is null && token != _tokenizer.EndOfText).ToArray();
        return [.. Asked.Select((prompt, i) =>
        {
            var t = Enumerable.Range(0, 3)
                .Select(place => tokens[CounterRandom.Bits(_seed, RepeatPurpose, (ulong)i, (ulong)place) % tokens.Length]).ToArray();
            return prompt with { Tokens = [.. _begin, .. t, prompt.Argument, .. t, prompt.Argument, .. t] };
        })];
    }

    private RelationPrompt? Encode(RelationPair pair, string text)
    {
        var (argument, answer) = (_tokenizer.Encode(" " + pair.Subject)[0], _tokenizer.Encode(" " + pair.Object)[0]);
        int[] tokens = [.. _begin, .. _tokenizer.Encode(text)];
        return argument == answer || tokens.Length > _config.Context ? null : new RelationPrompt(pair, tokens, argument, answer);
    }
}
