namespace Pellucid.Tuning.Assistant;

/// <summary>What a stage of the recipe left: of answers to questions that no stage has seen, each written by chance, once.</summary>
/// <param name="Stage">base, sft, reward, ppo or dpo.</param>
/// <param name="Seconds">It took.</param>
internal sealed record AssistantRow(string Stage, double Seconds)
{
    /// <summary>Answers judged.</summary>
    public int Answers { get; init; }

    /// <summary>Share of answers that the model itself ended.</summary>
    public double Ended { get; init; } = double.NaN;

    /// <summary>Share of answers that are true.</summary>
    public double True { get; init; } = double.NaN;

    /// <summary>Share of answers that are what the world prefers: true, and a sentence.</summary>
    public double Preferred { get; init; } = double.NaN;

    /// <summary>Mean tokens of an answer.</summary>
    public double Length { get; init; } = double.NaN;

    /// <summary>Mean loss of the tokens of true answers, brief and long ones alike.</summary>
    public double AnswerLoss { get; init; } = double.NaN;

    /// <summary>Mean loss of the micro-world's own text that nobody learned from.</summary>
    public double WorldLoss { get; init; } = double.NaN;

    /// <summary>Mean score of the reward model, in deviations from the mean of SFT; not a number before there is one.</summary>
    public double Score { get; init; } = double.NaN;

    /// <summary>Mean of ln π − ln π of SFT, in nats an answer.</summary>
    public double Divergence { get; init; } = double.NaN;

    /// <summary>Of a reward model: the share of pairs that it puts in their order.</summary>
    public double Accuracy { get; init; } = double.NaN;

    /// <summary>Standard error of a share of the answers.</summary>
    public double ErrorOf(double share) => Math.Sqrt(share * (1 - share) / Answers);
}
