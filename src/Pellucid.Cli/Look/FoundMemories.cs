using System.Text.Json.Serialization;
using Pellucid.Looking;
using Pellucid.Looking.Memories;
using Pellucid.Tokens;

namespace Pellucid.Cli.Look;

/// <summary>Feed-forward neurons as memories: what they are like layer by layer, and some of them.</summary>
internal sealed record FoundMemories([property: JsonIgnore] ModelResult About, IReadOnlyDictionary<string, string> Meanings, ulong Seed,
    string Ablation, long Lines, long CorpusTokens, double TokensPerSecond, double ForwardTokensPerSecond, long PeakMemoryBytes,
    IReadOnlyList<FoundMemoryLayer> Layers, IReadOnlyList<FoundMemory> Neurons,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Ranks) : ModelResult(About)
{
    public double FloorFraction => TokensPerSecond / ForwardTokensPerSecond;
}

/// <summary>What is true of the memories of one layer.</summary>
internal sealed record FoundMemoryLayer([property: JsonIgnore] MemoryLayer Found)
{
    public int Layer => Found.Layer;

    public int Alive => Found.Alive;

    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of(
        ("SharedEnd", Found.SharedEnd), ("LastToken", Found.LastToken), ("Topic", Found.Topic), ("Agreement", Found.Agreement),
        ("AgreementByChance", Found.Chance), ("FirstDropped", Found.Perturbation.First), ("RandomDropped", Found.Perturbation.Random),
        ("LastDropped", Found.Perturbation.Last), ("Active", Found.Composition.Active),
        ("ZeroAgreement", Found.Composition.ZeroAgreement), ("CaseResidual", Found.Composition.Residual),
        ("CaseFeedForward", Found.Composition.FeedForward), ("CaseAgreement", Found.Composition.Agreement),
        ("CaseComposition", Found.Composition.Composition), ("AlreadyFinal", Found.Composition.Fixed),
        ("FinalProbability", Found.Composition.FinalProbability));
}

/// <summary>One neuron: what its triggers have in common, what it writes, and the triggers.</summary>
internal sealed record FoundMemory([property: JsonIgnore] Memory Found, int Layer, int Neuron, string Suffix, double SuffixShare,
    string? Topic, double TopicShare, IReadOnlyList<WordShare> Words, IReadOnlyList<TokenResult> Writes, double Confidence, int RankOfNext,
    IReadOnlyList<TriggerResult> Triggers)
{
    public static FoundMemory Of(MemoryReport report, Memory memory, Tokenizer tokenizer) => new(memory, memory.Layer, memory.Neuron,
        memory.Pattern is null ? "" : tokenizer.Decode([.. memory.Pattern.Suffix]), memory.Pattern?.SuffixShare ?? 0, memory.Pattern?.Topic,
        memory.Pattern?.TopicShare ?? 0,
        [.. (memory.Pattern?.Words ?? []).Select(word => new WordShare(tokenizer.Decode([word.Token]), word.Share))],
        [.. memory.Value.Top.Select(token => TokenResult.Of(tokenizer, token))], memory.Value.Confidence, memory.Value.RankOfNext,
        [.. report.Memories.Triggers(memory.Layer, memory.Neuron).Select(trigger => new TriggerResult(trigger.Coefficient,
            tokenizer.Decode(trigger.Prefix), tokenizer.Decode([trigger.Next])))]);
}

/// <summary>A word, and the share of triggers that have it.</summary>
internal sealed record WordShare(string Text, double Share);

/// <summary>A prefix that excites a neuron, and what follows it.</summary>
internal sealed record TriggerResult(float Coefficient, string Prefix, string Next);
