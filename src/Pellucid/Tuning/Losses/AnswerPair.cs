namespace Pellucid.Tuning.Losses;

/// <summary>
/// Two answers to one prompt, of which the first was preferred: log-probabilities of their tokens, the end token among them, summed.
/// </summary>
/// <param name="Chosen">Of the preferred answer, under the model that learns, in nats.</param>
/// <param name="Rejected">Of the other one.</param>
/// <param name="ChosenTokens">Tokens of the preferred answer.</param>
/// <param name="RejectedTokens">Tokens of the other one.</param>
internal readonly record struct AnswerPair(double Chosen, double Rejected, int ChosenTokens, int RejectedTokens)
{
    /// <summary>Log-probability of the preferred answer under the model that it is compared with.</summary>
    public double ReferenceChosen { get; init; }

    /// <summary>Of the other one.</summary>
    public double ReferenceRejected { get; init; }

    /// <summary>How much more likely the preferred answer has become than it was: x.</summary>
    public double ChosenGain => Chosen - ReferenceChosen;

    /// <summary>The same of the other: y.</summary>
    public double RejectedGain => Rejected - ReferenceRejected;

    /// <summary>The one less the other: h.</summary>
    public double Margin => ChosenGain - RejectedGain;

    /// <summary>Log-probability of an average token of the preferred answer.</summary>
    public double MeanChosen => Chosen / ChosenTokens;

    /// <summary>Of the other one.</summary>
    public double MeanRejected => Rejected / RejectedTokens;
}

/// <summary>A loss, and how it changes with a token's log-probability.</summary>
/// <param name="Loss">In nats.</param>
/// <param name="ByChosen">Its derivative by the log-probability of any token of the preferred answer.</param>
/// <param name="ByRejected">Of any token of the other one.</param>
internal readonly record struct PairLoss(double Loss, double ByChosen, double ByRejected);
