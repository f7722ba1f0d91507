namespace Pellucid.Conversations.Calls;

/// <summary>How a model writes what it thinks and which functions it calls.</summary>
/// <param name="ThoughtBegin">Before what it thinks; empty where it does not.</param>
/// <param name="ThoughtEnd">Behind it.</param>
/// <param name="Calls">How calls are written; null where none can be.</param>
internal sealed record AnswerFormat(string ThoughtBegin, string ThoughtEnd, CallShape? Calls)
{
    /// <summary>Of models that only say something.</summary>
    public static AnswerFormat Plain { get; } = new("", "", null) { Refusal = "this model has no chat template, and so no tools" };

    /// <summary>Why there are no calls.</summary>
    public string Refusal { get; init; } = "";

    /// <summary>Whether messages have channels: OpenAI's harmony, of gpt-oss.</summary>
    public bool HasChannels { get; init; }

    /// <summary>Whether the template wants arguments as a text of JSON rather than as an object.</summary>
    public bool ArgumentsAreText { get; init; }

    /// <summary>Whether it wants a message with calls to have no content rather than an empty one.</summary>
    public bool ContentIsNull { get; init; }

    /// <summary>Whether it knows the role <c>developer</c>.</summary>
    public bool KnowsDeveloper { get; init; }

    /// <summary>Whether there is anything in answers beside what is said.</summary>
    public bool IsPlain => ThoughtEnd.Length == 0 && !HasChannels;

    /// <summary>Reads an answer.</summary>
    /// <param name="prompt">What it answers to, as the template wrote it: it may end within a thought.</param>
    /// <param name="tools">The functions that may be called; none lets calls be ordinary text.</param>
    /// <returns>Null where an answer is nothing but text.</returns>
    public AnswerReader? Reader(string prompt, IReadOnlyList<Tool> tools) => HasChannels ? new ChannelReader(tools.Count > 0)
        : IsPlain && (tools.Count == 0 || Calls is null) ? null
        : new MarkedReader(this, tools, BeginsInThought(prompt));

    /// <summary>Whether a special token of that name is part of the format rather than of nothing.</summary>
    public bool Mentions(string name) => HasChannels ? ChannelReader.Marks.Contains(name)
        : name == ThoughtBegin || name == ThoughtEnd || name == MarkedReader.PythonTag || Calls?.Mentions(name) == true;

    /// <summary>Whether a prompt ends where the model is thinking.</summary>
    public bool BeginsInThought(string prompt) =>
        ThoughtBegin.Length > 0 && prompt.AsSpan().TrimEnd().EndsWith(ThoughtBegin, StringComparison.Ordinal);
}
