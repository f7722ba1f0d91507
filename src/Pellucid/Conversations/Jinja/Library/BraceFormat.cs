using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>What <c>'{} {name[key]:>5}'.format(…)</c> gives.</summary>
internal sealed class BraceFormat(Run run, Arguments arguments, bool escapes)
{
    private const int Deepest = 2;

    private readonly StringBuilder _text = new();
    private int _next;

    /// <summary>A text with values put in; if it is escaped, they are escaped, too.</summary>
    public static string Of(Run run, object template, Arguments arguments) =>
        new BraceFormat(run, arguments, template is Markup).Fill(Texts.Plain(template), Deepest);

    private string Fill(string template, int depth)
    {
        if (depth < 0)
            throw new TemplateError("Max string recursion exceeded");
        var text = depth == Deepest ? _text : new StringBuilder();
        for (var at = 0; at < template.Length; at++)
        {
            if (template[at] is not ('{' or '}'))
                text.Append(template[at]);
            else if (at + 1 < template.Length && template[at + 1] == template[at])
                text.Append(template[at++]);
            else if (template[at] == '}')
                throw new TemplateError("Single '}' encountered in format string");
            else
            {
                var end = Closing(template, at);
                text.Append(Field(template[(at + 1)..end], depth));
                at = end;
            }
            run.Budget.CheckLength(text.Length);
        }
        return run.Budget.Made(text.ToString());
    }

    private static int Closing(string template, int open)
    {
        var depth = 0;
        for (var at = open; at < template.Length; at++)
        {
            depth += template[at] == '{' ? 1 : template[at] == '}' ? -1 : 0;
            if (depth == 0)
                return at;
        }
        throw new TemplateError("expected '}' before end of string");
    }

    private string Field(string field, int depth)
    {
        run.Budget.Step();
        var (colon, mark) = (field.IndexOf(':'), field.IndexOf('!'));
        mark = mark >= 0 && (colon < 0 || mark < colon) ? mark : -1;
        var nameEnd = mark >= 0 ? mark : colon >= 0 ? colon : field.Length;
        var value = Value(field[..nameEnd]);
        var conversion = mark >= 0 ? field[(mark + 1)..(colon >= 0 ? colon : field.Length)] : "";
        value = conversion switch
        {
            "" => value,
            "s" => Printing.Text(value, run.Budget),
            "r" => Printing.Represent(value, run.Budget),
            _ => throw new TemplateError($"Unknown conversion specifier '{conversion}'"),
        };
        var format = colon >= 0 ? Fill(field[(colon + 1)..], depth - 1) : "";
        var text = format.Length == 0 || value is Undefined ? Printing.Text(value, run.Budget)
            : NumberFormat.Parse(format).Of(value, run.Budget);
        return escapes && value is not Markup ? Markup.Escape(text) : text;
    }

    private object Value(string path)
    {
        var end = path.AsSpan().IndexOfAny('.', '[') is >= 0 and var first ? first : path.Length;
        var name = path[..end];
        var value = name.Length == 0 ? Placed(_next++)
            : name.All(char.IsAsciiDigit) ? Placed(long.TryParse(name, out var place) ? place : long.MaxValue)
                : arguments.Find(name) ?? throw new TemplateError($"no value for '{name}'");
        while (end < path.Length)
        {
            var isKey = path[end] == '[';
            var start = end + 1;
            end = isKey ? path.IndexOf(']', start)
                : path.AsSpan(start).IndexOfAny('.', '[') is >= 0 and var length ? start + length : path.Length;
            if (end < start + 1)
                throw new TemplateError("Empty attribute in format string");
            var part = path[start..end];
            value = isKey ? Attributes.Bracketed(run, value, long.TryParse(part, out var number) ? number : part)
                : Attributes.Dotted(run, value, part);
            end += isKey ? 1 : 0;
        }
        return value;
    }

    private object Placed(long place) => place < arguments.Placed.Count ? arguments.Placed[(int)place]
        : throw new TemplateError($"Replacement index {place} out of range for positional args tuple");
}
