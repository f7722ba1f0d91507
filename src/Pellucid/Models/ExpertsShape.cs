namespace Pellucid.Models;

/// <summary>
/// A feed-forward layer of experts (Shazeer et al. 2017): each is a gated layer of its own, a router scores them for every row, and what
/// the best of them say is summed by weights that are a softmax of their scores.
/// </summary>
/// <param name="Count">E: experts of a layer.</param>
/// <param name="Active">k: how many of them a row is given to: those of the largest scores, and of equals the first.</param>
/// <param name="WeighedAmongChosen">Whether weights are a softmax over the experts chosen, and sum to 1; else over all.</param>
/// <param name="Clamp">What their gates are held to; null for plain ones.</param>
public sealed record ExpertsShape(int Count, int Active, bool WeighedAmongChosen = true, GateClamp? Clamp = null);

/// <summary>
/// Gates as gpt-oss has them (OpenAI 2025): g σ(slope · g) (u + 1), with g at most the limit and u between −limit and limit.
/// </summary>
/// <param name="Slope">What the logistic function's argument is multiplied by.</param>
/// <param name="Limit">What gates, and what is gated, cannot exceed.</param>
public sealed record GateClamp(float Slope, float Limit);
