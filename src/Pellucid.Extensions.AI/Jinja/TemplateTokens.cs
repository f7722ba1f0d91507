namespace Pellucid.Extensions.AI.Jinja;

/// <summary>What stands in a template.</summary>
internal enum PartKind
{
    Text,
    Expression,
    Statement,
}

/// <summary>A run of text, or what stands between {{ }} or {% %}.</summary>
internal readonly record struct TemplatePart(PartKind Kind, string Content);

/// <summary>A word, literal or sign of an expression.</summary>
/// <param name="Kind">n a name, s a string, # a number, o a sign, e the end.</param>
/// <param name="Text">As it is meant.</param>
internal readonly record struct Token(char Kind, string Text)
{
    public bool Is(string text) => Kind is 'o' or 'n' && Text == text;
}

/// <summary>Cuts templates into parts, and expressions into tokens.</summary>
internal static class TemplateTokens
{
    private static readonly string[] Signs = ["==", "!=", "<=", ">=", "//", "**", "=", "<", ">", "+", "-", "*", "/", "%", "~", "|", ".", ",", "(", ")", "[", "]", "{", "}", ":"];

    /// <summary>
    /// Parts in order. As Hugging Face's library reads templates, the line end after a statement goes, and so do blanks
    /// before a statement at the start of a line; a minus sign takes all blanks on its side.
    /// </summary>
    /// <exception cref="InvalidDataException">Something is not closed.</exception>
    public static List<TemplatePart> Parts(string template)
    {
        var parts = new List<TemplatePart>();
        var (at, trimStart) = (0, false);
        while (at < template.Length)
        {
            var open = NextOpen(template, at);
            var text = template[at..open];
            text = trimStart ? text.TrimStart() : text;
            if (open == template.Length)
            {
                parts.Add(new(PartKind.Text, text));
                break;
            }
            var kind = template[open + 1];
            var close = End(template, open + 2, kind == '{' ? "}}" : kind + "}");
            var inner = template[(open + 2)..close];
            if (inner.StartsWith('-'))
                text = text.TrimEnd();
            else if (kind != '{' && !inner.StartsWith('+'))
                text = WithoutIndent(text, isStart: at == 0);
            parts.Add(new(PartKind.Text, text));
            at = close + 2;
            trimStart = inner.EndsWith('-');
            if (kind != '{' && !trimStart && at < template.Length && template[at] == '\n')
                at++;
            if (kind != '#')
                parts.Add(new(kind == '{' ? PartKind.Expression : PartKind.Statement, inner.TrimStart('-', '+').TrimEnd('-').Trim()));
        }
        return parts;
    }

    /// <summary>Tokens of an expression, and one for its end.</summary>
    /// <exception cref="InvalidDataException">A sign is not known, or a string is not closed.</exception>
    public static List<Token> Tokens(string text)
    {
        var tokens = new List<Token>();
        for (var at = 0; at < text.Length;)
        {
            var (begin, letter) = (at, text[at]);
            if (char.IsWhiteSpace(letter))
                at++;
            else if (letter is '\'' or '"')
                tokens.Add(new('s', Quoted(text, ref at)));
            else if (char.IsAsciiDigit(letter))
            {
                while (at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]))))
                    at++;
                tokens.Add(new('#', text[begin..at]));
            }
            else if (char.IsLetter(letter) || letter == '_')
            {
                while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '_'))
                    at++;
                tokens.Add(new('n', text[begin..at]));
            }
            else
            {
                var sign = Signs.FirstOrDefault(sign => string.CompareOrdinal(text, begin, sign, 0, sign.Length) == 0) ?? throw new InvalidDataException($"the chat template has '{letter}' where none can be");
                tokens.Add(new('o', sign));
                at += sign.Length;
            }
        }
        tokens.Add(new('e', ""));
        return tokens;
    }

    private static int NextOpen(string template, int from)
    {
        for (var at = from; (at = template.IndexOf('{', at)) >= 0 && at + 1 < template.Length; at++)
            if (template[at + 1] is '{' or '%' or '#')
                return at;
        return template.Length;
    }

    // Where the close stands; in strings it is only text.
    private static int End(string template, int from, string close)
    {
        for (var at = from; at < template.Length; at++)
        {
            if (string.CompareOrdinal(template, at, close, 0, 2) == 0)
                return at;
            if (close[0] != '#' && template[at] is '\'' or '"')
            {
                Quoted(template, ref at);
                at--;
            }
        }
        throw new InvalidDataException($"the chat template has no '{close}' for what begins at character {from - 2}");
    }

    private static string Quoted(string text, ref int at)
    {
        var (quote, content) = (text[at++], new System.Text.StringBuilder());
        for (; at < text.Length && text[at] != quote; at++)
            content.Append(text[at] != '\\' || at + 1 == text.Length ? text[at] : text[++at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var other => other });
        return at++ < text.Length ? content.ToString() : throw new InvalidDataException("the chat template has a string that is not closed");
    }

    private static string WithoutIndent(string text, bool isStart)
    {
        var kept = text.TrimEnd(' ', '\t');
        return kept.EndsWith('\n') || (isStart && kept.Length == 0) ? kept : text;
    }
}
