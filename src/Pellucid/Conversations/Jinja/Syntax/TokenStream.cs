namespace Pellucid.Conversations.Jinja.Syntax;

/// <summary>Pieces of a template, taken one after the other.</summary>
internal sealed class TokenStream(IReadOnlyList<TemplateToken> tokens)
{
    private const int MostNested = 200;

    private int _at, _depth;

    /// <summary>The piece that comes next.</summary>
    public TemplateToken Next => tokens[_at];

    /// <summary>The piece after it.</summary>
    public TemplateToken AfterNext => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    /// <summary>Takes the next piece.</summary>
    public TemplateToken Take() => tokens[_at].Kind == TokenKind.End ? tokens[_at] : tokens[_at++];

    /// <summary>Takes a sign, if it comes next.</summary>
    public bool TryTake(string sign) => Next.Is(sign) && Take().Is(sign);

    /// <summary>Takes a word, if it comes next.</summary>
    public bool TryTakeName(string word) => Next.IsName(word) && Take().IsName(word);

    /// <summary>Takes a sign.</summary>
    /// <exception cref="TemplateSyntaxError">Something else comes.</exception>
    public void Expect(string sign)
    {
        if (!TryTake(sign))
            throw Unexpected(sign);
    }

    /// <summary>Takes a word.</summary>
    /// <exception cref="TemplateSyntaxError">Something else comes.</exception>
    public void ExpectName(string word)
    {
        if (!TryTakeName(word))
            throw Unexpected(word);
    }

    /// <summary>Takes a piece of a kind.</summary>
    /// <exception cref="TemplateSyntaxError">Something else comes.</exception>
    public TemplateToken Expect(TokenKind kind)
    {
        if (Next.Kind != kind)
            throw Unexpected(kind == TokenKind.Name ? "name" : new TemplateToken(kind, "", 0).Described);
        return Take();
    }

    /// <summary>Says that something else was expected.</summary>
    public TemplateSyntaxError Unexpected(string expected) => Error($"expected token '{expected}', got '{Next.Described}'");

    /// <summary>Says what is wrong here.</summary>
    public TemplateSyntaxError Error(string message) => new(message, Next.Line);

    /// <summary>Goes deeper, for what is nested.</summary>
    public void Enter()
    {
        if (++_depth > MostNested)
            throw Error($"it is nested more than {MostNested} deep");
    }

    /// <summary>Comes out again.</summary>
    public void Leave() => _depth--;
}
