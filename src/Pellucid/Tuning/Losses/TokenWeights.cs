namespace Pellucid.Tuning.Losses;

/// <summary>What a token of an answer weighs in the loss of a step.</summary>
internal enum TokenWeights
{
    /// <summary>Every answer the same, shared by its tokens (GRPO, Shao et al. 2024): a token of a long answer counts less.</summary>
    Grpo,

    /// <summary>Every token the same (DAPO, Yu et al. 2025).</summary>
    Dapo,

    /// <summary>Every token 1 / (answers · longest that may be): without that bias (Dr. GRPO, Liu et al. 2025).</summary>
    DrGrpo,

    /// <summary>Every answer the same, all of it (RLOO, Ahmadian et al. 2024): what counts is the sum of its tokens.</summary>
    Answers,
}

/// <summary>What the names mean.</summary>
internal static class TokenWeighting
{
    /// <summary>The weight of each token of an answer.</summary>
    /// <param name="weights">The rule.</param>
    /// <param name="tokens">Of this answer.</param>
    /// <param name="answers">Of the step.</param>
    /// <param name="allTokens">Of all of them.</param>
    /// <param name="longest">Tokens that an answer may have.</param>
    public static double Of(this TokenWeights weights, int tokens, int answers, long allTokens, int longest) => weights switch
    {
        TokenWeights.Grpo => 1.0 / ((double)answers * tokens),
        TokenWeights.Dapo => 1.0 / allTokens,
        TokenWeights.Answers => 1.0 / answers,
        _ => 1.0 / ((double)answers * longest),
    };

    /// <summary>The rule of a name.</summary>
    /// <exception cref="ArgumentException">It is not computed here.</exception>
    public static TokenWeights Parse(string name) => name switch
    {
        "grpo" => TokenWeights.Grpo,
        "dapo" => TokenWeights.Dapo,
        "dr_grpo" => TokenWeights.DrGrpo,
        "bnpo" => throw new ArgumentException(
            "the loss 'bnpo' depends on how a batch is cut into micro-batches; 'dapo' is the same without that"),
        _ => throw new ArgumentException($"the loss '{name}' is not computed here; those that are: grpo, dapo, dr_grpo"),
    };
}
