using Pellucid.Worlds;

namespace Pellucid.Tuning.Assistant;

/// <summary>What a stage of the recipe left: of answers to questions that no stage has seen, each written by chance, once.</summary>
/// <param name="Stage">base, sft, reward, ppo or dpo; unleashed is PPO that may leave what it was.</param>
/// <param name="Seconds">It took.</param>
internal sealed record AssistantRow(string Stage, double Seconds)
{
    /// <summary>Answers judged.</summary>
    public int Answers { get; init; }

    /// <summary>Share of answers that the model itself ended.</summary>
    public Share Ended { get; init; } = Share.None;

    /// <summary>Share of answers that are true.</summary>
    public Share True { get; init; } = Share.None;

    /// <summary>Share of answers that are what the world prefers: true, and a sentence.</summary>
    public Share Preferred { get; init; } = Share.None;

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
    public Share Accuracy { get; init; } = Share.None;

    /// <summary>Of a reward model: the share of true sentences that it puts before false ones. Form tells it nothing here.</summary>
    public Share Truth { get; init; } = Share.None;

    /// <summary>Of a reward model: the share of true sentences that it puts before true words.</summary>
    public Share Form { get; init; } = Share.None;

    /// <summary>The answers themselves, in the order of the questions.</summary>
    public IReadOnlyList<JudgedAnswer> Judged { get; init; } = [];
}

/// <summary>What a stage answered to a question that is held out, and what it is worth.</summary>
/// <param name="Question">The question.</param>
/// <param name="Text">What was said.</param>
/// <param name="HasEnded">Whether the model itself ended it.</param>
/// <param name="IsTrue">Whether it is true, and ended.</param>
/// <param name="IsPreferred">Whether it is what the world prefers.</param>
/// <param name="Score">The reward model's; not a number before there is one.</param>
internal sealed record JudgedAnswer(WorldQuestion Question, string Text, bool HasEnded, bool IsTrue, bool IsPreferred, double Score);

/// <summary>The answers that a step of PPO was made of, to questions that are learned from.</summary>
/// <param name="Stage">ppo, or unleashed.</param>
/// <param name="Step">From 1.</param>
/// <param name="Score">Mean of the reward model's scores.</param>
/// <param name="True">Share of answers that are true.</param>
internal sealed record PolicyStep(string Stage, int Step, double Score, double True);

/// <summary>A share of answers, with its standard error. Answers to one question are alike, and of few questions there are many: errors are
/// those of a mean over questions, each with all of its answers (clusters; Liang and Zeger 1986).</summary>
/// <param name="Value">The share; not a number where nothing was judged.</param>
/// <param name="Error">Its standard error.</param>
internal readonly record struct Share(double Value, double Error)
{
    /// <summary>Of nothing.</summary>
    public static Share None { get; } = new(double.NaN, double.NaN);

    /// <summary>Of answers, each with its question.</summary>
    public static Share Of(IEnumerable<(string Question, bool Counts)> answers)
    {
        var all = answers.ToArray();
        var share = (double)all.Count(answer => answer.Counts) / all.Length;
        var squares = all.GroupBy(answer => answer.Question).Sum(question =>
            Math.Pow(question.Sum(answer => (answer.Counts ? 1 : 0) - share), 2));
        return new(share, Math.Sqrt(squares) / all.Length);
    }
}
