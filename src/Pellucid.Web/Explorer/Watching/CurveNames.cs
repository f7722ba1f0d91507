using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer.Watching;

/// <summary>What of a log is called how.</summary>
internal static class CurveNames
{
    /// <summary>What tuning is judged by, in the order in which it is asked for.</summary>
    public static readonly IReadOnlyList<string> Judged =
    [
        "objective/scores", "objective/rlhf_reward", "objective/kl", "policy/clipfrac_avg", "policy/approxkl_avg", "objective/entropy",
        "answer_length", "margin", "accuracy", "rewards_chosen", "rewards_rejected", WatchedRun.Evaluation,
    ];

    private static readonly Dictionary<string, string> Keys = new()
    {
        [WatchedRun.Loss] = "train.loss", ["lr"] = "train.learning-rate", ["gradient_norm"] = "watch.gradient-norm",
        ["tokens_per_second"] = "train.tokens-a-second", [WatchedRun.Evaluation] = "watch.evaluation",
        ["objective/scores"] = "watch.reward", ["objective/rlhf_reward"] = "watch.reward-less-the-price",
        ["objective/kl"] = "watch.kl-from-the-reference", ["policy/clipfrac_avg"] = "watch.clip-fraction",
        ["policy/approxkl_avg"] = "watch.kl-of-an-update", ["objective/entropy"] = "watch.entropy", ["answer_length"] = "watch.length",
        ["length_correlation"] = "watch.reward-and-length", ["margin"] = "watch.margin", ["accuracy"] = "watch.accuracy",
        ["rewards_chosen"] = "watch.preferred", ["rewards_rejected"] = "watch.other-answer", ["val/num_eos_tokens"] = "watch.ended",
    };

    /// <summary>All that some runs have logged, both losses as one.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<WatchedRun> runs) => [.. runs.SelectMany(run => run.Columns)
        .Select(column => column is WatchedRun.TrainLoss or WatchedRun.ValidationLoss or WatchedRun.Evaluation ? WatchedRun.Loss : column)
        .Distinct().OrderBy(column => Order(column)).ThenBy(column => column, StringComparer.Ordinal)];

    /// <summary>In the reader's words, with the name that it has in the log where that is another one.</summary>
    public static string Of(string column, ReaderLanguage language) =>
        !Keys.TryGetValue(column, out var key) ? column : column == WatchedRun.Loss ? language[key] : $"{language[key]} ({column})";

    private static int Order(string column) => Keys.Keys.ToList().IndexOf(column) is >= 0 and var place ? place : int.MaxValue;
}
