namespace Pellucid.Tuning;

/// <summary>What happened in a step.</summary>
/// <param name="Step">Updates done, from 1.</param>
/// <param name="Loss">Of the step's items; null where there was nothing to learn from them, and the step was passed over.</param>
/// <param name="Evaluation">Loss of the items that are kept for evaluation, where it was time.</param>
/// <param name="LearningRate">The update's.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Tokens">That passed through the model.</param>
/// <param name="TokensPerSecond">Of them.</param>
/// <param name="IsBest">Whether no evaluation before was as low.</param>
/// <param name="Measures">What the method measures beside its loss, by name.</param>
internal sealed record TuningReport(int Step, double? Loss, double? Evaluation, float LearningRate, double GradientNorm,
    long Tokens, double TokensPerSecond, bool IsBest, IReadOnlyList<KeyValuePair<string, double>> Measures);
