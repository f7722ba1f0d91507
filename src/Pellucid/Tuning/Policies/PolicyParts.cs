using Pellucid.Tensors;

namespace Pellucid.Tuning.Policies;

/// <summary>What a policy method works with.</summary>
/// <param name="Step">The model with what it learns.</param>
/// <param name="Backend">Where it is computed.</param>
/// <param name="Rollouts">Writes answers with it.</param>
/// <param name="Reward">Scores them.</param>
/// <param name="Prompts">What is answered.</param>
/// <param name="Reference">What the policy is not to leave; the model without its adapter if left out.</param>
internal sealed record PolicyParts(TuningStep Step, Backend Backend, Rollouts Rollouts, Reward Reward, IReadOnlyList<int[]> Prompts,
    TuningStep? Reference = null);
