using System.Diagnostics;

namespace Pellucid.Web.Explorer;

/// <summary>What a reader asked of the engine and has no answer to yet, so that nobody waits without being told for what.</summary>
internal sealed class WaitingQuestions
{
    // Panels that ask these say themselves what they do, and have a button that stops it.
    private static readonly HashSet<string> ToldByPanels =
        ["corpus", "pair", "circuit", "feature-reading", "write", "write-plain", "write-changed"];

    private readonly List<Question> _all = [];

    /// <summary>A question.</summary>
    /// <param name="kind">What is asked.</param>
    /// <param name="begun">When, as <see cref="Stopwatch.GetTimestamp"/> has it.</param>
    public sealed class Question(string kind, long begun)
    {
        public string Kind => kind;

        public TimeSpan Waited => Stopwatch.GetElapsedTime(begun);

        /// <summary>Whether the reader gave it up.</summary>
        public bool IsStopped { get; set; }
    }

    /// <summary>The one that waits longest, of those of which no panel says it; null where none does.</summary>
    public Question? Oldest => _all.FirstOrDefault(question => !ToldByPanels.Contains(question.Kind));

    /// <summary>Whether the reader gave up the last that was asked.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Told when there is another, or one fewer.</summary>
    public event Action? Changed;

    public Question Ask(string kind)
    {
        var question = new Question(kind, Stopwatch.GetTimestamp());
        _all.Add(question);
        IsStopped = false;
        Changed?.Invoke();
        return question;
    }

    public void End(Question question)
    {
        _all.Remove(question);
        Changed?.Invoke();
    }

    /// <summary>Gives up all but those that panels tell.</summary>
    /// <returns>Their kinds.</returns>
    public IReadOnlyList<string> Stop()
    {
        IsStopped = true;
        List<Question> stopped = [.. _all.Where(question => !ToldByPanels.Contains(question.Kind))];
        stopped.ForEach(question => question.IsStopped = true);
        Changed?.Invoke();
        return [.. stopped.Select(question => question.Kind)];
    }
}

/// <summary>The reader stopped what was asked.</summary>
internal sealed class StoppedException(Exception inner) : Exception(inner.Message, inner);
