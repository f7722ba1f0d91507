using System.Text.Json;

namespace Pellucid.Conversations;

/// <summary>A conversation, and what else a chat template may ask for.</summary>
/// <param name="Turns">What was said, in order.</param>
public sealed record Conversation(IReadOnlyList<ChatTurn> Turns)
{
    /// <summary>Functions that the model may call, as a list of JSON; none if left out.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Whether the model may, must or must not call one of <see cref="Tools"/>.</summary>
    public ToolChoice Choice { get; init; } = ToolChoice.Auto;

    /// <summary>Whether it may call several at once, where it must call one.</summary>
    public bool ParallelCalls { get; init; } = true;

    /// <summary>Documents to draw on, as a list of JSON; none if left out.</summary>
    public JsonElement? Documents { get; init; }

    /// <summary>More variables of the template, as an object of JSON, such as <c>enable_thinking</c>.</summary>
    public JsonElement? Variables { get; init; }

    /// <summary>Whether the text ends where the assistant begins to speak.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>
    /// A field of the last turn, mostly <c>content</c>, in which the text ends, so that a model goes on with it; null to end
    /// the turn.
    /// </summary>
    public string? ContinuedField { get; init; }

    /// <summary>The same, every text in it put through a function.</summary>
    /// <exception cref="ArgumentException">A text is not Unicode.</exception>
    internal Conversation Shielded(Func<string, string> shield)
    {
        try
        {
            return this with
            {
                Turns = [.. Turns.Select(turn => turn.Shielded(shield))],
                Tools = Tools is { } tools ? ShieldedJson.Of(tools, shield) : null,
                Documents = Documents is { } documents ? ShieldedJson.Of(documents, shield) : null,
            };
        }
        catch (InvalidOperationException error) // of JSON
        {
            throw new ArgumentException("the conversation, or what goes with it, holds half of a character", error);
        }
    }
}
