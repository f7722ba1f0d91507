namespace Pellucid.Tuning;

/// <summary>An answer that a model wrote while it is tuned, to be scored.</summary>
/// <param name="Prompt">The text that was answered.</param>
/// <param name="Answer">What was written.</param>
/// <param name="Tokens">The same as tokens, without the one that ends it.</param>
/// <param name="HasEnded">Whether the model ended it, not the room that it had.</param>
public sealed record Sample(string Prompt, string Answer, IReadOnlyList<int> Tokens, bool HasEnded);
