using System.Text.Json.Serialization;
using Pellucid.Looking;
using Pellucid.Looking.Relations;
using Pellucid.Models;

namespace Pellucid.Cli.Look;

/// <summary>How a model answers a relation: what each layer says, and what the vector of one pair and feed-forward layers do.</summary>
internal sealed record AnsweredRelation([property: JsonIgnore] ModelResult About, IReadOnlyDictionary<string, string> Meanings,
    string Relation, int Pairs, int LeftOut, int Examples, ulong Seed, string Ablation, IReadOnlyList<RelationLayer> Layers,
    IReadOnlyList<AskedPair> Prompts, int VectorLayer, double VectorNorm, [property: JsonIgnore] AskedPair Source,
    IReadOnlyList<RelationTransfer> OwnPrompts, IReadOnlyList<RelationTransfer> Repeats, IReadOnlyList<RelationRemoval> Removal)
    : ModelResult(About)
{
    public string VectorSubject => Source.Subject;

    /// <summary>Pairs that were never asked in training, where that is known.</summary>
    [JsonIgnore]
    public IReadOnlyList<AskedPair> HeldOut => [.. Prompts.Where(prompt => prompt.HeldOut)];

    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of(("Answered", AskedPair.Answered(Prompts)),
        ("AnsweredHeldOut", HeldOut.Count == 0 ? null : AskedPair.Answered(HeldOut)));
}

/// <summary>What the last position of all prompts says at one place on the way up.</summary>
internal sealed record RelationLayer([property: JsonIgnore] Activation At, int Layer,
    [property: JsonIgnore] Estimate ArgumentReciprocalRank, [property: JsonIgnore] Estimate AnswerReciprocalRank,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Switches)
{
    public string Activation => At.Name();

    /// <summary>After which block; halves are before its feed-forward layer.</summary>
    [JsonIgnore]
    public double Place => At switch { Models.Activation.ResidPre => -1, Models.Activation.ResidMid => Layer - 0.5, _ => Layer };

    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(ArgumentReciprocalRank), ArgumentReciprocalRank),
        (nameof(AnswerReciprocalRank), AnswerReciprocalRank));

    /// <summary>The place of a step, over all prompts.</summary>
    public static RelationLayer Of(IReadOnlyList<DecodedPrompt> decoded, int step)
    {
        Estimate Mean(Func<DecodedStep, int> rank) =>
            Estimate.Of([.. decoded.Select(prompt => 1 / (1.0 + rank(prompt.Steps[step])))]);
        var (at, layer) = (decoded[0].Steps[step].Activation, decoded[0].Steps[step].Layer);
        return new RelationLayer(at, layer, Mean(one => one.ArgumentRank), Mean(one => one.AnswerRank),
            at == Models.Activation.ResidPost ? decoded.Count(prompt => prompt.Switch == layer) : null);
    }
}

/// <summary>A pair that was asked for.</summary>
internal sealed record AskedPair(string Subject, string Object, bool HeldOut, int AnswerRank, int ArgumentFormed, int Switch,
    bool SwitchIsFeedForward, IReadOnlyList<string> Says)
{
    public static AskedPair Of(DecodedPrompt decoded, Subject subject) => new(decoded.Prompt.Pair.Subject, decoded.Prompt.Pair.Object,
        decoded.Prompt.Pair.IsHeldOut, decoded.End.AnswerRank, decoded.ArgumentFormed, decoded.Switch, decoded.SwitchIsFeedForward,
        [.. decoded.Steps.Where(step => step.Activation != Models.Activation.ResidMid).Select(step => subject.Show(step.Top))]);

    /// <summary>The share of pairs that are so.</summary>
    public static Estimate Share(IReadOnlyList<AskedPair> pairs, Func<AskedPair, bool> holds) =>
        Estimate.Of([.. pairs.Select(pair => holds(pair) ? 1.0 : 0)]);

    /// <summary>The share whose answer is the likeliest token.</summary>
    public static Estimate Answered(IReadOnlyList<AskedPair> pairs) => Share(pairs, pair => pair.AnswerRank == 0);
}

/// <summary>What a stand-in for feed-forward layers does.</summary>
internal sealed record RelationTransfer(string StandIn, [property: JsonIgnore] AnswerScore Answer, [property: JsonIgnore] Estimate Change,
    double AnswerNotNearer)
{
    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of(("AnswerAccuracy", Answer.First),
        ("AnswerReciprocalRank", Answer.ReciprocalRank), ("AnswerRank", Answer.Rank), (nameof(Change), Change));

    public static RelationTransfer Of(Transfer transfer) =>
        new(transfer.StandIn.ToString().ToLowerInvariant(), transfer.Score, transfer.Change, transfer.NotNearer);
}

/// <summary>What is answered without so many feed-forward layers.</summary>
internal sealed record RelationRemoval(int Removed, [property: JsonIgnore] AnswerScore Abstractive,
    [property: JsonIgnore] AnswerScore Extractive)
{
    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of(("AbstractiveAccuracy", Abstractive.First),
        ("AbstractiveReciprocalRank", Abstractive.ReciprocalRank), ("AbstractiveRank", Abstractive.Rank),
        ("ExtractiveAccuracy", Extractive.First), ("ExtractiveReciprocalRank", Extractive.ReciprocalRank),
        ("ExtractiveRank", Extractive.Rank));
}
