namespace Pellucid.Generation;

/// <summary>The tokens of a text as they come, to be listened to once.</summary>
public sealed class GeneratedTokens : IAsyncEnumerable<GeneratedToken>
{
    private readonly ScheduledText _text;
    private readonly IAsyncEnumerable<GeneratedToken> _tokens;

    internal GeneratedTokens(ScheduledText text, IAsyncEnumerable<GeneratedToken> tokens) => (_text, _tokens) = (text, tokens);

    /// <summary>Tokens of the prompt that did not have to be read, because another text began with them; known with the first token, or
    /// the end.</summary>
    public int CachedTokens => _text.CachedTokens;

    /// <summary>The step that last had rows of it.</summary>
    internal long LastStep => _text.LastStep;

    /// <inheritdoc/>
    public IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        _tokens.GetAsyncEnumerator(cancellationToken);
}
