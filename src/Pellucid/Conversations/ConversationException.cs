namespace Pellucid.Conversations;

/// <summary>A conversation, or a function that goes with it, makes no sense or cannot be written for a model.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="place">Where: <c>tools</c>, <c>tool_choice</c>, or such as <c>messages[2].tool_calls[0].function.arguments</c>.</param>
public sealed class ConversationException(string message, string place) : ArgumentException(message)
{
    /// <summary>Where it is wrong.</summary>
    public string Place => place;
}
