using Pellucid.Conversations;

namespace Pellucid.Generation;

/// <summary>Why a text ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it.</summary>
    Stop,

    /// <summary>As many tokens are written as were asked for.</summary>
    Length,

    /// <summary>A stop string came.</summary>
    StopString,

    /// <summary>Functions are called.</summary>
    ToolCalls,

    /// <summary>The text ended within a function's call, or in what should be one and is not.</summary>
    BrokenCall,
}

/// <summary>A piece of a text being written: a token and the whole characters that are there with it, or, once, the end.</summary>
/// <param name="Text">May be empty while a character or a stop string is incomplete.</param>
/// <param name="Token">Null at the end.</param>
/// <param name="Finish">Null before the end.</param>
/// <param name="CachedTokens">At the end: tokens of the prompt that did not have to be read, because another text began with them.</param>
public readonly record struct TextPiece(string Text, GeneratedToken? Token, FinishReason? Finish, int CachedTokens = 0)
{
    /// <summary>Of an answer: what the model thinks before it speaks; it comes before <see cref="Text"/>.</summary>
    public string Thought { get; init; } = "";

    /// <summary>Of an answer: functions that are called, each once it is whole; they come behind <see cref="Text"/>.</summary>
    public IReadOnlyList<ToolCall> Calls { get; init; } = [];
}
