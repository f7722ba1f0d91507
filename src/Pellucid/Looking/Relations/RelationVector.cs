using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Relations;

/// <summary>What stands in for feed-forward layers.</summary>
public enum StandIn
{
    /// <summary>Nothing: the model as it is.</summary>
    Unchanged,

    /// <summary>The vector of the relation.</summary>
    Vector,

    /// <summary>Random vectors of the same norm: 32 of them, which the prompts take in turn.</summary>
    Random,

    /// <summary>The vector with its components in 32 random orders, which the prompts take in turn.</summary>
    Shuffled,

    /// <summary>Zeros.</summary>
    Zero,
}

/// <summary>What one stand-in does.</summary>
/// <param name="StandIn">What replaced the feed-forward layers.</param>
/// <param name="Score">Of the answers.</param>
/// <param name="Change">Of the reciprocal rank against the unchanged model, prompt by prompt.</param>
/// <param name="NotNearer">Share of prompts whose answer is not nearer than before: as far, or farther.</param>
public sealed record Transfer(StandIn StandIn, AnswerScore Score, Estimate Change, double NotNearer);

/// <summary>
/// The vector o that one feed-forward layer writes at the end of one prompt, and what it does in other prompts in which it
/// replaces feed-forward layers at every position (Merullo, Eickhoff and Pavlick, arXiv 2305.16130).
/// </summary>
/// <param name="Layer">The layer that wrote it, 0-based.</param>
/// <param name="Values">o, (C).</param>
/// <param name="Prompt">The prompt it is from.</param>
public sealed record RelationVector(int Layer, IReadOnlyList<float> Values, RelationPrompt Prompt)
{
    private const uint RandomPurpose = 0x6f766563;

    // Prompts do not share one control: a single draw may happen to be near an answer.
    private const int Draws = 32;

    /// <summary>Euclidean length.</summary>
    public double Norm => Math.Sqrt(Values.Sum(value => (double)value * value));

    /// <summary>The vector of a prompt at a layer.</summary>
    /// <exception cref="ArgumentException">There is no such feed-forward layer.</exception>
    public static RelationVector Of(Gpt gpt, RelationPrompt prompt, int layer)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(prompt);
        ActivationCache.RequirePlace(gpt.Config, Activation.MlpOut, layer);
        using var cache = ActivationCache.Record(gpt, new Prompts([prompt.Tokens]),
            (activation, other) => activation == Activation.MlpOut && other == layer);
        return new RelationVector(layer, cache.Row(Activation.MlpOut, layer, 0, prompt.Tokens.Length - 1), prompt);
    }

    /// <summary>Replaces the feed-forward layers <paramref name="firstLayer"/> to <paramref name="lastLayer"/> of prompts by each stand-in,
    /// at every position or at the last one alone.</summary>
    /// <remarks>The prompt that the vector is from is not measured.</remarks>
    public IReadOnlyList<Transfer> Measure(Gpt gpt, IReadOnlyList<RelationPrompt> prompts, int firstLayer, int lastLayer,
        bool atEnd = false, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(prompts);
        ActivationCache.RequirePlace(gpt.Config, Activation.MlpOut, firstLayer);
        ActivationCache.RequirePlace(gpt.Config, Activation.MlpOut, lastLayer);
        if (lastLayer < firstLayer)
            throw new ArgumentException($"layers {firstLayer} to {lastLayer} are none");
        using var ranks = new AnswerRanks(gpt, [.. prompts.Where(prompt => prompt.Pair.Subject != Prompt.Pair.Subject)]);
        using var arena = new Arena(gpt.Backend);
        var layers = Enumerable.Range(firstLayer, lastLayer - firstLayer + 1).ToArray();
        var longest = prompts.Max(prompt => prompt.Tokens.Length);
        int[]? before = null;
        return [.. Enum.GetValues<StandIn>().Select(standIn =>
        {
            var draws = standIn is StandIn.Random or StandIn.Shuffled ? Draws : 1;
            var rows = Rows(gpt, arena, standIn, draws, longest, seed);
            var after = ranks.Measure((prompt, i) => standIn == StandIn.Unchanged ? []
                : [.. layers.Select(layer => new VariantEdit(Activation.MlpOut, layer, atEnd ? prompt.Tokens.Length - 1 : 0,
                    atEnd ? 1 : prompt.Tokens.Length, -1, -1, rows, i % draws * longest))]);
            before ??= after;
            return new Transfer(standIn, AnswerScore.Of(after),
                Estimate.Of([.. after.Zip(before, (now, then) => 1 / (1.0 + now) - 1 / (1.0 + then))]),
                after.Zip(before).Average(pair => pair.First >= pair.Second ? 1.0 : 0));
        })];
    }

    // Each draw of the stand-in once for every position.
    private Tensor Rows(Gpt gpt, Arena arena, StandIn standIn, int draws, int positions, ulong seed)
    {
        if (standIn is StandIn.Unchanged or StandIn.Zero)
            return default;
        var rows = arena.Allocate(new Shape(draws * positions, Values.Count), gpt.Parameters.Type);
        gpt.Backend.Write(
            [.. Enumerable.Range(0, draws).SelectMany(draw => Enumerable.Repeat(Drawn(draw), positions).SelectMany(row => row))], rows);
        return rows;

        IReadOnlyList<float> Drawn(int draw) =>
            standIn switch { StandIn.Vector => Values, StandIn.Shuffled => Shuffled(seed, draw), _ => Random(seed, draw) };
    }

    private float[] Shuffled(ulong seed, int draw) => [.. Enumerable.Range(0, Values.Count)
        .OrderBy(i => CounterRandom.Bits(seed, RandomPurpose, 2 * (ulong)draw + 1, (ulong)i))
        .Select(i => Values[i])];

    private float[] Random(ulong seed, int draw)
    {
        var values = Enumerable.Range(0, Values.Count)
            .Select(i => CounterRandom.Normal(seed, RandomPurpose, 2 * (ulong)draw, (ulong)i)).ToArray();
        var scale = Norm / Math.Sqrt(values.Sum(value => (double)value * value));
        return [.. values.Select(value => (float)(value * scale))];
    }
}
