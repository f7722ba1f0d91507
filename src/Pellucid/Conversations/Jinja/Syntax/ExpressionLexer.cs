using System.Globalization;
using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Syntax;

/// <summary>Words, numbers, texts and signs inside tags.</summary>
internal static class ExpressionLexer
{
    private static readonly string[] Signs =
    [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
        "=", ".", ":", "|", ",", ";",
    ];

    /// <summary>The piece at a place where no white space is, and where the next may begin.</summary>
    /// <exception cref="TemplateSyntaxError">There is none.</exception>
    public static (TemplateToken Token, int End) Read(string source, int at, int line)
    {
        var first = source[at];
        if (char.IsAsciiDigit(first))
            return Number(source, at, line);
        if (WordEnd(source, at) is var end && end > at)
            return (new TemplateToken(TokenKind.Name, source[at..end], line), end);
        if (first is '\'' or '"')
            return Text(source, at, line);
        foreach (var sign in Signs)
            if (string.CompareOrdinal(source, at, sign, 0, sign.Length) == 0)
                return (new TemplateToken(TokenKind.Operator, sign, line), at + sign.Length);
        var what = Rune.TryGetRuneAt(source, at, out var rune) ? rune.ToString() : "\\ud800";
        throw new TemplateSyntaxError($"unexpected char {Printing.Quote(what)}", line);
    }

    private static int WordEnd(string source, int at)
    {
        while (at < source.Length && Rune.TryGetRuneAt(source, at, out var rune)
            && (rune.Value == '_' || Rune.IsLetterOrDigit(rune) || IsLetterNumber(rune)))
            at += rune.Utf16SequenceLength;
        return at;
    }

    private static bool IsLetterNumber(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.LetterNumber;

    private static (TemplateToken, int) Number(string source, int at, int line)
    {
        if (Based(source, at) is { } basedEnd)
            return Integer(source, at, basedEnd, line);
        var end = Digits(source, at, char.IsAsciiDigit);
        // After a point, as in x.1.0, a number has no fraction of its own.
        var (fraction, exponent) = (end, end);
        if (at == 0 || source[at - 1] != '.')
        {
            if (end < source.Length && source[end] == '.' && Digits(source, end + 1, char.IsAsciiDigit) is var more && more > end + 1)
                fraction = exponent = more;
            if (exponent < source.Length && source[exponent] is 'e' or 'E')
            {
                var sign = exponent + 1 < source.Length && source[exponent + 1] is '+' or '-' ? 1 : 0;
                if (Digits(source, exponent + 1 + sign, char.IsAsciiDigit) is var power && power > exponent + 1 + sign)
                    exponent = power;
            }
        }
        if (exponent > end)
        {
            var number = double.Parse(source[at..exponent].Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            return (new TemplateToken(TokenKind.Float, source[at..exponent], line, number), exponent);
        }
        // Zeros in front stand alone: 007 is 00 and 7.
        var zeros = source[at] == '0' ? Digits(source, at, digit => digit == '0') : end;
        return Integer(source, at, zeros, line);
    }

    private static int? Based(string source, int at)
    {
        if (source[at] != '0' || at + 2 >= source.Length)
            return null;
        Func<char, bool>? digit = char.ToLowerInvariant(source[at + 1]) switch
        {
            'x' => char.IsAsciiHexDigit,
            'o' => one => one is >= '0' and <= '7',
            'b' => one => one is '0' or '1',
            _ => null,
        };
        var from = at + (source[at + 2] == '_' ? 3 : 2);
        return digit is not null && Digits(source, from, digit) is var end && end > from ? end : null;
    }

    // The end of digits, between two of which one underscore may stand.
    private static int Digits(string source, int at, Func<char, bool> isDigit)
    {
        var end = at;
        while (end < source.Length
            && (isDigit(source[end]) || source[end] == '_' && end > at && end + 1 < source.Length && isDigit(source[end + 1])))
            end++;
        return end;
    }

    private static (TemplateToken, int) Integer(string source, int at, int end, int line)
    {
        try
        {
            var number = Integers.Parse(source[at..end], 0, new Budget(new TemplateLimits()))!;
            return (new TemplateToken(TokenKind.Integer, source[at..end], line, number), end);
        }
        catch (TemplateError error)
        {
            throw new TemplateSyntaxError(error.Message, line);
        }
    }

    private static (TemplateToken, int) Text(string source, int at, int line)
    {
        for (var end = at + 1; end < source.Length; end++)
            if (source[end] == '\\')
                end++;
            else if (source[end] == source[at])
                return (new TemplateToken(TokenKind.Text, Unescaped(source[(at + 1)..end], line), line), end + 1);
        throw new TemplateSyntaxError($"a text in {source[at]} is never closed", line);
    }

    // Python's escapes; an unknown one stays as it is, with its backslash.
    private static string Unescaped(string text, int line)
    {
        if (!text.Contains('\\'))
            return text;
        var plain = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\' || ++at >= text.Length)
            {
                plain.Append(text[at]);
                continue;
            }
            switch (text[at])
            {
                case '\n':
                    break;
                case '\\' or '\'' or '"':
                    plain.Append(text[at]);
                    break;
                case 'x' or 'u' or 'U':
                    var count = text[at] switch { 'x' => 2, 'u' => 4, _ => 8 };
                    AppendCode(plain, text, at, count, line);
                    at += count;
                    break;
                case >= '0' and <= '7':
                    var (code, digits) = (0, 0);
                    for (; digits < 3 && at + digits < text.Length && text[at + digits] is >= '0' and <= '7'; digits++)
                        code = code * 8 + text[at + digits] - '0';
                    plain.Append((char)code);
                    at += digits - 1;
                    break;
                case 'N':
                    throw new TemplateSyntaxError("characters by name, as in \\N{BULLET}, are not supported", line);
                default:
                    if ("abfnrtv".IndexOf(text[at]) is >= 0 and var place)
                        plain.Append("\a\b\f\n\r\t\v"[place]);
                    else
                        plain.Append('\\').Append(text[at]);
                    break;
            }
        }
        return plain.ToString();
    }

    private static void AppendCode(StringBuilder plain, string text, int at, int count, int line)
    {
        if (at + 1 + count > text.Length
            || !uint.TryParse(text.AsSpan(at + 1, count), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            throw new TemplateSyntaxError($"truncated \\{text[at]} escape", line);
        if (code > 0x10ffff)
            throw new TemplateSyntaxError($"\\U{code:x8} is beyond the last character", line);
        if (code is >= 0xd800 and <= 0xdfff)
            plain.Append((char)code);
        else
            plain.Append(new Rune(code).ToString());
    }
}
