using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pellucid.Conversations.Jinja.Values;

/// <summary>Values as Python prints them: <c>str</c>, and <c>repr</c> for what is inside lists and dictionaries.</summary>
internal static class Printing
{
    /// <summary>A value as text.</summary>
    public static string Text(object value, Budget budget)
    {
        if (Texts.TryPlain(value) is { } text)
            return text;
        if (value is not (ListValue or TupleValue or DictionaryValue or DictionaryView or NamespaceValue))
            return Text(value);
        var written = new StringBuilder();
        Append(written, value, budget);
        return budget.Made(written.ToString());
    }

    /// <summary>A value that holds no others, as text.</summary>
    public static string Text(object value) => value switch
    {
        string text => text,
        Markup markup => markup.Text,
        bool truth => truth ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        BigInteger number => number.ToString(CultureInfo.InvariantCulture),
        double number => Floats.Text(number),
        None => "None",
        Undefined => "",
        RangeValue range => range.Step == 1 ? $"range({range.Start}, {range.Stop})" : $"range({range.Start}, {range.Stop}, {range.Step})",
        BytesValue bytes => Bytes(bytes.Bytes),
        Callable callable => callable.Print(),
        LoopContext loop => loop.Print(),
        _ => $"<{Kind.Of(value)} object>",
    };

    /// <summary>A value as it stands in a list: texts in quotes.</summary>
    public static string Represent(object value, Budget budget)
    {
        var written = new StringBuilder();
        Append(written, value, budget);
        return budget.Made(written.ToString());
    }

    private static void Append(StringBuilder text, object value, Budget budget)
    {
        budget.Step();
        switch (value)
        {
            case string plain:
                text.Append(Quote(plain));
                break;
            case Markup markup:
                text.Append("Markup(").Append(Quote(markup.Text)).Append(')');
                break;
            case Undefined:
                text.Append("Undefined");
                break;
            case ListValue list:
                AppendAll(text, '[', list.Items, ']', budget);
                break;
            case TupleValue tuple:
                AppendAll(text, '(', tuple.Items, ')', budget);
                break;
            case DictionaryValue dictionary:
                AppendPairs(text, dictionary, budget);
                break;
            case DictionaryView view:
                text.Append(view.Kind).Append('(');
                AppendAll(text, '[', [.. view.Items], ']', budget);
                text.Append(')');
                break;
            case NamespaceValue space:
                text.Append("<Namespace ");
                AppendPairs(text, space.Fields, budget);
                text.Append('>');
                break;
            default:
                text.Append(Text(value));
                break;
        }
        budget.CheckLength(text.Length);
    }

    private static void AppendAll(StringBuilder text, char open, IReadOnlyList<object> items, char close, Budget budget)
    {
        Budget.CheckStack();
        text.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            text.Append(i > 0 ? ", " : "");
            Append(text, items[i], budget);
        }
        text.Append(open == '(' && items.Count == 1 ? "," : "").Append(close);
    }

    private static void AppendPairs(StringBuilder text, DictionaryValue dictionary, Budget budget)
    {
        Budget.CheckStack();
        text.Append('{');
        for (var i = 0; i < dictionary.Count; i++)
        {
            text.Append(i > 0 ? ", " : "");
            Append(text, dictionary.Keys[i], budget);
            text.Append(": ");
            Append(text, dictionary.Values[i], budget);
        }
        text.Append('}');
    }

    /// <summary>A text in quotes: single ones, unless it has such and no double ones; what cannot be printed is escaped.</summary>
    public static string Quote(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var written = new StringBuilder(text.Length + 2).Append(quote);
        for (var at = 0; at < text.Length; at++)
            if (!Rune.TryGetRuneAt(text, at, out var rune))
                written.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at]:x4}");
            else if (rune.Value is >= ' ' and < 0x7f)
                written.Append(rune.Value == quote || rune.Value == '\\' ? "\\" : "").Append((char)rune.Value);
            else
            {
                written.Append(rune.Value switch
                {
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    _ when IsPrintable(rune) => rune.ToString(),
                    <= 0xff => $"\\x{rune.Value:x2}",
                    <= 0xffff => $"\\u{rune.Value:x4}",
                    _ => $"\\U{rune.Value:x8}",
                });
                at += rune.Utf16SequenceLength - 1;
            }
        return written.Append(quote).ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static string Bytes(byte[] bytes) =>
        "b" + Quote(string.Concat(bytes.Select(value => value < 0x80 ? $"{(char)value}" : $"\\x{value:x2}"))).Replace("\\\\x",
            "\\x", StringComparison.Ordinal);
}
