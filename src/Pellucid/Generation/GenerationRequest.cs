using Pellucid.Constraints;
using Pellucid.Conversations.Calls;

namespace Pellucid.Generation;

/// <summary>A text to be continued.</summary>
/// <param name="Prompt">Its tokens; at least one.</param>
public sealed record GenerationRequest(int[] Prompt)
{
    /// <summary>How tokens are chosen; as the model's makers would have it where a <see cref="LanguageModel"/> writes, if left out,
    /// else as learned.</summary>
    public SamplingOptions? Sampling { get; init; }

    /// <summary>Tokens to write at most; 0 only reads.</summary>
    public int MaxTokens { get; init; } = 200;

    /// <summary>Tokens that end the text and are not part of it;
    /// those of the model where a <see cref="LanguageModel"/> writes, if left out.</summary>
    public IReadOnlyList<int>? Ends { get; init; }

    /// <summary>Who asks: places are shared between clients, whatever each of them asks for. All who say nothing are one.</summary>
    public string? Client { get; init; }

    /// <summary>Tokens that have a name: no other is written.</summary>
    internal int Named { get; init; } = int.MaxValue;

    /// <summary>What the text that is written shall look like; anything if left out. It ends where nothing more may follow, and at a
    /// token that ends texts only where it may end.</summary>
    public OutputConstraint? Constraint { get; init; }

    /// <summary>Whether the model is to learn from the text: each token is told with the log-probability that training computes, to the
    /// bit, and the token that ends the text is told too.</summary>
    internal bool IsRollout { get; init; }

    /// <summary>The tokens that a constraint is about.</summary>
    internal TokenVocabulary? Vocabulary { get; init; }

    /// <summary>Tells apart what is said, thought and called; null where all is text.</summary>
    internal Func<AnswerReader?>? Reader { get; init; }

    /// <summary>How many of the most likely tokens are told at each place, beside the log-probability of the one that stands there;
    /// with null neither is told.</summary>
    public int? Alternatives { get; init; }

    /// <summary>Whether the tokens of the prompt are told too, before those that are written; such a prompt must fit the context.</summary>
    public bool Echo { get; init; }
}

/// <summary>A token of a text, and how likely the model held it.</summary>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">In nats, before temperature and whatever else chooses;
/// null if it was not asked for, and of the first token of a text.</param>
/// <param name="Alternatives">The most likely tokens at its place and their log-probabilities, most likely first.</param>
public readonly record struct GeneratedToken(int Token, double? LogProbability,
    IReadOnlyList<(int Token, double LogProbability)> Alternatives);

/// <summary>As many texts wait as may wait.</summary>
public sealed class QueueFullException(string message) : InvalidOperationException(message);
