namespace Pellucid.Generation;

/// <summary>A conversation has more tokens than a model's context.</summary>
public sealed class ConversationTooLongException(string message) : ArgumentException(message);
