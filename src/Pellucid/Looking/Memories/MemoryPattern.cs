namespace Pellucid.Looking.Memories;

/// <summary>What a neuron's triggers have in common.</summary>
/// <param name="Suffix">The longest run of tokens that at least half of them, and three, end with; empty where there is none.</param>
/// <param name="SuffixShare">Share of triggers that end with it.</param>
/// <param name="LastShare">Share of triggers that end with the commonest last token.</param>
/// <param name="Words">Tokens in at least three triggers that are commoner there than in the corpus,
/// by share · ln(share / share of the corpus's lines).</param>
/// <param name="Topic">Commonest topic, where topics are known.</param>
/// <param name="TopicShare">Share of triggers of that topic.</param>
public sealed record MemoryPattern(IReadOnlyList<int> Suffix, double SuffixShare, double LastShare,
    IReadOnlyList<(int Token, double Share)> Words, string? Topic, double TopicShare)
{
    private const int LongestSuffix = 8, MostWords = 5, FewestTriggers = 3;

    /// <summary>Of a neuron; null where it has no triggers.</summary>
    public static MemoryPattern? Of(NeuronMemories memories, int layer, int neuron)
    {
        ArgumentNullException.ThrowIfNull(memories);
        var triggers = memories.Triggers(layer, neuron);
        if (triggers.Count == 0)
            return null;
        var (suffix, count) = (Array.Empty<int>(), 0);
        for (var length = 1; length <= LongestSuffix; length++)
        {
            var best = triggers.Where(trigger => trigger.Position + 1 >= length)
                .GroupBy(trigger => string.Join(' ', trigger.Prefix[^length..].ToArray()))
                .MaxBy(group => group.Count());
            if (best is null || best.Count() < Math.Max(FewestTriggers, (triggers.Count + 1) / 2))
                break;
            (suffix, count) = (best.First().Prefix[^length..].ToArray(), best.Count());
        }
        var topic = triggers.Where(trigger => trigger.Line.Topic is not null)
            .GroupBy(trigger => trigger.Line.Topic)
            .MaxBy(group => group.Count());
        return new MemoryPattern(suffix, (double)count / triggers.Count,
            triggers.CountBy(trigger => trigger.Prefix[^1]).Max(pair => pair.Value) / (double)triggers.Count,
            Shared(memories, triggers), topic?.Key, (double)(topic?.Count() ?? 0) / triggers.Count);
    }

    private static IReadOnlyList<(int, double)> Shared(NeuronMemories memories, IReadOnlyList<Trigger> triggers)
    {
        var found = triggers.SelectMany(trigger => trigger.Prefix.ToArray().Distinct())
            .CountBy(token => token)
            .Where(pair => pair.Value >= FewestTriggers)
            .Select(pair => (pair.Key, Share: (double)pair.Value / triggers.Count)).Select(pair =>
                (pair.Key, pair.Share, Score: pair.Share * Math.Log(pair.Share * memories.Lines / memories.Frequencies[pair.Key])));
        return [.. found.Where(word => word.Score > 0).OrderByDescending(word => word.Score).ThenBy(word => word.Key).Take(MostWords)
            .Select(word => (word.Key, word.Share))];
    }
}
