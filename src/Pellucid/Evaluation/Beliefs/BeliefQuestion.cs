using Pellucid.Worlds;

namespace Pellucid.Evaluation.Beliefs;

/// <summary>A story that stops before a word that tells where somebody takes something to be, or where it is.</summary>
/// <param name="Cloze">Prompt, right answer and the other one.</param>
/// <param name="Task">As "transfer" or "contents".</param>
/// <param name="Scenario">As "false belief", or the name of a control or alteration.</param>
/// <param name="Item">Questions of one item count together: it is passed when all are right.</param>
/// <param name="AsksReality">Whether what is true is asked, not what is believed.</param>
/// <param name="Reality">The answer that is true; null where the story's format does not tell.</param>
/// <param name="Label">The answer that a label says; null where there is none.</param>
public sealed record BeliefQuestion(ClozeQuestion Cloze, string Task, string Scenario, string Item, bool AsksReality,
    string? Reality = null, string? Label = null)
{
    /// <summary>Both answers, the right one first.</summary>
    public IReadOnlyList<string> Candidates => [Cloze.Answer, .. Cloze.Alternatives];
}

/// <summary>Ways to answer without knowing of beliefs.</summary>
public enum BeliefHeuristic
{
    /// <summary>The answer named last.</summary>
    Recency,

    /// <summary>The answer named first.</summary>
    FirstMention,

    /// <summary>What is true.</summary>
    Reality,

    /// <summary>What a label says.</summary>
    Label,
}

/// <summary>What readers without a model answer.</summary>
public static class BeliefHeuristics
{
    /// <summary>Whether a heuristic is right; null where it has nothing to go by.</summary>
    public static bool? IsRight(this BeliefHeuristic heuristic, BeliefQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        string? Best(Func<string, int> place) => question.Candidates.Any(word => place(word) < 0) ? null : question.Candidates.MaxBy(place);
        int First(string word) =>
            question.Cloze.Prompt.IndexOf(word.Trim(), StringComparison.Ordinal) is >= 0 and var at ? int.MaxValue - at : -1;
        var said = heuristic switch
        {
            BeliefHeuristic.Recency => Best(word => question.Cloze.Prompt.LastIndexOf(word.Trim(), StringComparison.Ordinal)),
            BeliefHeuristic.FirstMention => Best(First),
            BeliefHeuristic.Reality => question.Reality,
            _ => question.Label,
        };
        return said is null ? null : said == question.Cloze.Answer;
    }
}
