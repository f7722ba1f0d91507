namespace Pellucid.Tuning.Losses;

/// <summary>What a pair of answers teaches. h is <see cref="AnswerPair.Margin"/>, x and y the gains of
/// which it is the difference, σ the logistic function.</summary>
internal enum PreferenceKind
{
    /// <summary>−(1 − ε) ln σ(βh) − ε ln σ(−βh)
    /// (Rafailov et al. 2023, equation 7; with ε conservative DPO, Mitchell 2023).</summary>
    Sigmoid,

    /// <summary>[−(1 − ε) ln σ(βh) + ε ln σ(−βh)] / (1 − 2ε):
    /// what noise in the labels does not bias (Chowdhury et al. 2024).</summary>
    Robust,

    /// <summary>(h − 1 / 2β)², which wants a margin and no more (Azar et al. 2023, equation 17).</summary>
    Ipo,

    /// <summary>max(0, 1 − βh) (Zhao et al. 2023).</summary>
    Hinge,

    /// <summary>The reverse Kullback-Leibler divergence of σ(βh) from a label that is right 1 − ε of the time
    /// (EXO, Ji et al. 2024).</summary>
    Exo,

    /// <summary>−ln σ(βx) − ½ ln σ(−βx) − ½ ln σ(−βy), which keeps the preferred answer from becoming unlikely
    /// (Chen et al. 2024).
    /// </summary>
    Nca,

    /// <summary>−ln σ(βx) − ln σ(−βy), as TRL has it: without the running mean of rewards of its paper
    /// (Jung et al. 2024).</summary>
    Bco,

    /// <summary>(x − 1 / 2β)² + (y + 1 / 2β)² (Wu et al. 2024).</summary>
    Sppo,

    /// <summary>1 − σ(βx) + σ(βy): the preferred answer becomes likelier, the other less (D'Oosterlinck et al. 2024).</summary>
    ApoZero,

    /// <summary>σ(βx) + 1 − σ(βh): both become less likely, the preferred one less so (the same).</summary>
    ApoDown,

    /// <summary>−(1 − g) ln σ(βh) + g e^−βh, where g = σ(βh / τ) and τ = 0.05 (DiscoPOP, Lu et al. 2024).</summary>
    Discopop,

    /// <summary>−ln σ(β (x a token − y a token)) (Meng et al. 2024, with a reference).</summary>
    SigmoidNorm,

    /// <summary>−ln σ(β (mean of chosen − mean of rejected) − γ), without a reference (Meng et al. 2024, equation 6).</summary>
    SimPo,

    /// <summary>−λ ln σ(log odds ratio of the means), without a reference, beside the likelihood
    /// (Hong et al. 2024, equation 6).</summary>
    Orpo,
}
