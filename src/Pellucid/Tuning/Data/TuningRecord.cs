using Pellucid.Conversations;

namespace Pellucid.Tuning.Data;

/// <summary>Something that is said: a text as it is, or turns that a chat template writes.</summary>
internal sealed record Said(string Text, IReadOnlyList<ChatTurn>? Turns = null);

/// <summary>An entry of a data set, whatever its columns are called.</summary>
/// <param name="Place">Where it stands, for messages.</param>
internal sealed record TuningRecord(string Place)
{
    /// <summary>All of it, where prompt and answer are not told apart: a text, or a conversation whose assistant is learned.</summary>
    public Said? Whole { get; init; }

    /// <summary>What is answered.</summary>
    public Said? Prompt { get; init; }

    /// <summary>The answer, or of two the preferred one.</summary>
    public Said? Answer { get; init; }

    /// <summary>The preferred of two answers, where it is another one than that to imitate.</summary>
    public Said? Chosen { get; init; }

    /// <summary>The answer that was not preferred.</summary>
    public Said? Rejected { get; init; }

    /// <summary>Whether the answer is desirable, where the entry says so.</summary>
    public bool? Label { get; init; }
}
