namespace Pellucid.Conversations.Jinja.Syntax;

/// <summary>What a piece of a template is.</summary>
internal enum TokenKind
{
    /// <summary>Text that is written as it stands.</summary>
    Data,

    /// <summary><c>{%</c>.</summary>
    BlockBegin,

    /// <summary><c>%}</c>.</summary>
    BlockEnd,

    /// <summary><c>{{</c>.</summary>
    VariableBegin,

    /// <summary><c>}}</c>.</summary>
    VariableEnd,

    /// <summary>A word.</summary>
    Name,

    /// <summary>Text in quotes.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a point or an exponent.</summary>
    Float,

    /// <summary>A sign.</summary>
    Operator,

    /// <summary>After the last.</summary>
    End,
}

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">How it is written; of a text in quotes, what it says.</param>
/// <param name="Line">The line it begins at, counted from 1.</param>
/// <param name="Number">The value of a number.</param>
internal readonly record struct TemplateToken(TokenKind Kind, string Text, int Line, object? Number = null)
{
    /// <summary>Whether it is this sign.</summary>
    public bool Is(string sign) => Kind == TokenKind.Operator && Text == sign;

    /// <summary>Whether it is this word.</summary>
    public bool IsName(string word) => Kind == TokenKind.Name && Text == word;

    /// <summary>How a message names it.</summary>
    public string Described => Kind switch
    {
        TokenKind.Data => "template data / text",
        TokenKind.BlockBegin => "begin of statement block",
        TokenKind.BlockEnd => "end of statement block",
        TokenKind.VariableBegin => "begin of print statement",
        TokenKind.VariableEnd => "end of print statement",
        TokenKind.Text => "string",
        TokenKind.Integer => "integer",
        TokenKind.Float => "float",
        TokenKind.End => "end of template",
        _ => Text,
    };
}
