using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Syntax;

/// <summary>
/// Cuts a template into text and tags, and drops white space as Jinja2 does with transformers' settings: a line end right
/// after a block or comment, and white space before one that begins its line, unless a <c>+</c> keeps it; all white space
/// beside a <c>-</c>; one line end at the end of the template. Every line end becomes a line feed.
/// </summary>
internal sealed class TemplateLexer
{
    private readonly string _source;
    private readonly List<TemplateToken> _tokens = [];
    private int _at, _line = 1, _counted;

    private TemplateLexer(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _source = source.EndsWith('\n') ? source[..^1] : source;
    }

    /// <summary>The pieces of a template, and one for its end.</summary>
    /// <exception cref="TemplateSyntaxError">It cannot be cut.</exception>
    public static List<TemplateToken> Read(string source)
    {
        var lexer = new TemplateLexer(source);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        while (NextTag() is >= 0 and var tag)
        {
            var (kind, sign) = (_source[tag + 1], tag + 2 < _source.Length && _source[tag + 2] is '-' or '+' ? _source[tag + 2] : '\0');
            AddData(TrimmedBefore(_source[_at..tag], sign, kind));
            MoveTo(tag);
            switch (kind)
            {
                case '#':
                    SkipComment(tag + (sign == '\0' ? 2 : 3));
                    break;
                case '{':
                    ReadTag(TokenKind.VariableBegin, "{{", sign, TokenKind.VariableEnd, "}}");
                    break;
                default:
                    if (RawBegin(tag + (sign == '\0' ? 2 : 3)) is { } raw)
                        ReadRaw(raw);
                    else
                        ReadTag(TokenKind.BlockBegin, "{%", sign, TokenKind.BlockEnd, "%}");
                    break;
            }
        }
        AddData(_source[_at..]);
        MoveTo(_source.Length);
        Add(TokenKind.End, "");
    }

    private int NextTag()
    {
        for (var at = _source.IndexOf('{', _at); at >= 0 && at + 1 < _source.Length; at = _source.IndexOf('{', at + 1))
            if (_source[at + 1] is '%' or '{' or '#')
                return at;
        return -1;
    }

    // Text before a tag. What prints is not a block: white space before it stays.
    private string TrimmedBefore(string text, char sign, char kind)
    {
        if (sign == '-')
            return Texts.Strip(text, null, left: false, right: true);
        if (sign == '+' || kind == '{')
            return text;
        var lineStart = text.LastIndexOf('\n') + 1;
        var beginsLine = lineStart > 0 || _at == 0 || _source[_at - 1] == '\n';
        return beginsLine && IsAllSpace(text, lineStart) ? text[..lineStart] : text;
    }

    private static bool IsAllSpace(string text, int start)
    {
        for (; start < text.Length; start++)
            if (!Texts.IsSpace(text[start]))
                return false;
        return true;
    }

    // A minus takes all white space after the tag; else a block or comment takes one line end.
    private void MoveBehind(int end, char sign, bool takesLineEnd)
    {
        if (sign == '-')
            while (end < _source.Length && Texts.IsSpace(_source[end]))
                end++;
        else if (takesLineEnd && sign != '+' && end < _source.Length && _source[end] == '\n')
            end++;
        MoveTo(end);
    }

    private void SkipComment(int from)
    {
        var end = _source.IndexOf("#}", from, StringComparison.Ordinal);
        if (end < 0)
            throw new TemplateSyntaxError("Missing end of comment tag", _line);
        MoveBehind(end + 2, end > from ? _source[end - 1] : '\0', takesLineEnd: true);
    }

    // Where text that is written as it stands begins, if the tag is {% raw %}.
    private int? RawBegin(int from)
    {
        from = SkipSpace(from);
        if (string.CompareOrdinal(_source, from, "raw", 0, 3) != 0)
            return null;
        from = SkipSpace(from + 3);
        if (string.CompareOrdinal(_source, from, "-%}", 0, 3) == 0)
            return SkipSpace(from + 3);
        return string.CompareOrdinal(_source, from, "%}", 0, 2) == 0 ? from + 2 : null;
    }

    private void ReadRaw(int from)
    {
        for (var tag = _source.IndexOf("{%", from, StringComparison.Ordinal); tag >= 0; tag = _source.IndexOf("{%",
            tag + 1, StringComparison.Ordinal))
        {
            var sign = tag + 2 < _source.Length && _source[tag + 2] is '-' or '+' ? _source[tag + 2] : '\0';
            var at = SkipSpace(tag + (sign == '\0' ? 2 : 3));
            if (string.CompareOrdinal(_source, at, "endraw", 0, 6) != 0)
                continue;
            at = SkipSpace(at + 6);
            var closing = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : '\0';
            if (string.CompareOrdinal(_source, at, "%}", 0, 2) != 0)
                continue;
            MoveTo(from);
            AddData(TrimmedBefore(_source[from..tag], sign, '%'));
            MoveBehind(at + 2, closing, takesLineEnd: true);
            return;
        }
        throw new TemplateSyntaxError("Missing end of raw directive", _line);
    }

    private int SkipSpace(int at)
    {
        while (at < _source.Length && Texts.IsSpace(_source[at]))
            at++;
        return at;
    }

    private void ReadTag(TokenKind begin, string open, char sign, TokenKind end, string close)
    {
        Add(begin, open);
        MoveTo(_at + open.Length + (sign == '\0' ? 0 : 1));
        var brackets = new Stack<char>();
        while (true)
        {
            MoveTo(SkipSpace(_at));
            if (_at >= _source.Length)
                throw new TemplateSyntaxError(
                    $"unexpected end of template, expected '{new TemplateToken(end, close, _line).Described}'.", _line);
            // A plus keeps the line end after a block; behind an expression it would be a sign.
            var closing = _source[_at] == '-' || _source[_at] == '+' && end == TokenKind.BlockEnd ? _source[_at] : '\0';
            var at = closing == '\0' ? _at : _at + 1;
            if (brackets.Count == 0 && string.CompareOrdinal(_source, at, close, 0, close.Length) == 0)
            {
                Add(end, close);
                MoveBehind(at + close.Length, closing, takesLineEnd: end == TokenKind.BlockEnd);
                return;
            }
            var (token, next) = ExpressionLexer.Read(_source, _at, _line);
            if (token.Kind == TokenKind.Operator)
                Balance(brackets, token);
            _tokens.Add(token);
            MoveTo(next);
        }
    }

    private static void Balance(Stack<char> brackets, TemplateToken token)
    {
        if (token.Text is "(" or "[" or "{")
            brackets.Push(token.Text switch { "(" => ')', "[" => ']', _ => '}' });
        else if (token.Text is ")" or "]" or "}")
        {
            if (!brackets.TryPop(out var expected))
                throw new TemplateSyntaxError($"unexpected '{token.Text}'", token.Line);
            if (expected != token.Text[0])
                throw new TemplateSyntaxError($"unexpected '{token.Text}', expected '{expected}'", token.Line);
        }
    }

    private void AddData(string text)
    {
        if (text.Length > 0)
            Add(TokenKind.Data, text);
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new TemplateToken(kind, text, _line));

    private void MoveTo(int place)
    {
        _line += _source.AsSpan(_counted, place - _counted).Count('\n');
        _at = _counted = place;
    }
}
