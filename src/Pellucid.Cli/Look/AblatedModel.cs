using System.Text.Json.Serialization;
using Pellucid.Looking;

namespace Pellucid.Cli.Look;

/// <summary>What it costs to take pieces of a model away.</summary>
internal sealed record AblatedModel([property: JsonIgnore] ModelResult About, IReadOnlyDictionary<string, string> Meanings, string Kind,
    int Prompts, ulong Seed, [property: JsonIgnore] Estimate Loss, [property: JsonIgnore] Estimate? LogitDifference,
    IReadOnlyList<AblatedPieces> Results) : ModelResult(About)
{
    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(Loss), Loss), (nameof(LogitDifference), LogitDifference));
}

/// <summary>The model without some of its pieces.</summary>
internal sealed record AblatedPieces([property: JsonIgnore] IReadOnlyList<Component> Removed, [property: JsonIgnore] Estimate Loss,
    [property: JsonIgnore] Estimate LossChange, [property: JsonIgnore] Estimate? LogitDifference,
    [property: JsonIgnore] Estimate? LogitDifferenceChange)
{
    public string Without => string.Join(", ", Removed);

    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(Loss), Loss), (nameof(LossChange), LossChange),
        (nameof(LogitDifference), LogitDifference), (nameof(LogitDifferenceChange), LogitDifferenceChange));

    /// <summary>What matters most: the change of the logit difference where there is one, else of the loss.</summary>
    [JsonIgnore]
    public double Change => (LogitDifferenceChange ?? LossChange).Mean;

    public static AblatedPieces Of(AblationResult result) =>
        new(result.Removed, result.Loss, result.LossChange, result.LogitDifference, result.LogitDifferenceChange);
}
