using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Evaluation.Beliefs;

/// <summary>How one kind of question was answered.</summary>
/// <param name="Task">As "transfer".</param>
/// <param name="Scenario">As "false belief".</param>
/// <param name="AsksReality">Whether reality was asked.</param>
/// <param name="Count">n.</param>
/// <param name="Right">Share in which the right answer is likelier than all others.</param>
/// <param name="RightError">Its standard error.</param>
/// <param name="LogOdds">Mean ln P(right) − ln P(likeliest other), sums over the tokens of each.</param>
/// <param name="LogOddsError">Its standard error.</param>
public sealed record BeliefScore(string Task, string Scenario, bool AsksReality, int Count, double Right, double RightError,
    double LogOdds, double LogOddsError);

/// <summary>How a model, or any reader, did on questions about beliefs.</summary>
/// <param name="Scores">By task, scenario and what is asked.</param>
/// <param name="Passed">Items all of whose questions are right, by task.</param>
/// <param name="TooLong">Questions that do not fit the context; their items are not counted.</param>
public sealed record BeliefReport(IReadOnlyList<BeliefScore> Scores,
    IReadOnlyDictionary<string, (int Passed, int Items)> Passed, int TooLong)
{
    /// <summary>Asks a model, with a token in front of every story if one is given; replicas share the questions.</summary>
    public static BeliefReport Of(Gpt gpt, Tokenizer tokenizer, IReadOnlyList<BeliefQuestion> questions, int? begin = null,
        Replicas? replicas = null)
    {
        ArgumentNullException.ThrowIfNull(questions);
        var answers = Cloze.Ask(gpt, tokenizer, [.. questions.Select(question => question.Cloze)], begin, replicas: replicas);
        return Of(questions, [.. answers.Select(answer => answer?.LogOdds)]);
    }

    /// <summary>From log-odds, one a question; null for one that was not asked. Right is what is above 0.</summary>
    public static BeliefReport Of(IReadOnlyList<BeliefQuestion> questions, IReadOnlyList<double?> logOdds)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(logOdds);
        var asked = questions.Zip(logOdds).ToArray();
        var scores = asked.Where(one => one.Second is not null)
            .GroupBy(one => (one.First.Task, one.First.Scenario, one.First.AsksReality)).Select(group =>
        {
            var (odds, right) = (group.Select(one => one.Second!.Value).ToArray(), group.Select(one => one.Second > 0 ? 1.0 : 0).ToArray());
            return new BeliefScore(group.Key.Task, group.Key.Scenario, group.Key.AsksReality, odds.Length, right.Average(),
                Error(right), odds.Average(), Error(odds));
        });
        var passed = asked.GroupBy(one => (one.First.Task, one.First.Item))
            .Where(item => item.All(one => one.Second is not null))
            .GroupBy(item => item.Key.Task)
            .ToDictionary(task => task.Key, task => (task.Count(item => item.All(one => one.Second > 0)), task.Count()));
        return new BeliefReport([.. scores], passed, logOdds.Count(odds => odds is null));
    }

    /// <summary>Share of questions right over all scenarios of a task.</summary>
    public double RightOf(string task) => Scores.Where(score => score.Task == task).Sum(score => score.Right * score.Count)
        / Scores.Where(score => score.Task == task).Sum(score => score.Count);

    private static double Error(double[] values) => values.Length < 2 ? double.NaN
        : Math.Sqrt(values.Sum(value => (value - values.Average()) * (value - values.Average())) / (values.Length - 1) / values.Length);
}
