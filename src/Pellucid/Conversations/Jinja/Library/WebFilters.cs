using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Filters for web pages.</summary>
internal static class WebFilters
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Function> All { get; } =
    [
        new("striptags", "", (run, value, _) => run.Budget.Made(MarkupMethods.WithoutTags(Printing.Text(value, run.Budget)))),
        new("urlencode", "", (run, value, _) => UrlEncode(value, run.Budget)),
        new("xmlattr", "autospace", (run, value, given) => XmlAttributes(value, given.IsTrue(0, true), run.Budget)),
    ];

    private static string UrlEncode(object value, Budget budget)
    {
        if (value is not (DictionaryValue or ListValue or TupleValue or Generator or DictionaryView))
            return Quoted(Printing.Text(value, budget), isQuery: false);
        var pairs = value is DictionaryValue dictionary ? dictionary.Pairs : Items.List(value, budget);
        return string.Join('&', pairs.Select(pair => Items.Of(pair).ToArray() is [var key, var item]
            ? $"{Quoted(Printing.Text(key, budget), isQuery: true)}={Quoted(Printing.Text(item, budget), isQuery: true)}"
            : throw new TemplateError("urlencode needs pairs")));
    }

    private static string Quoted(string text, bool isQuery)
    {
        var written = new StringBuilder();
        foreach (var one in Encoding.UTF8.GetBytes(text))
            if (char.IsAsciiLetterOrDigit((char)one) || one is (byte)'_' or (byte)'.' or (byte)'-' or (byte)'~' || one == '/' && !isQuery)
                written.Append((char)one);
            else
                written.Append(one == ' ' && isQuery ? "+" : $"%{one:X2}");
        return written.ToString();
    }

    private static object XmlAttributes(object value, bool hasSpace, Budget budget)
    {
        if (value is not DictionaryValue dictionary)
            throw new TemplateError($"'{Kind.Of(value)} object' has no attribute 'items'");
        var written = new StringBuilder();
        foreach (var (key, item) in dictionary.Keys.Zip(dictionary.Values))
        {
            if (item is None or Undefined)
                continue;
            var name = Printing.Text(key, budget);
            if (name.Any(unit => unit is '/' or '>' or '=' || Texts.IsSpace(unit)))
                throw new TemplateError($"Invalid character in attribute name: {Printing.Quote(name)}");
            written.Append(written.Length > 0 || hasSpace ? " " : "").Append(Markup.Escape(name)).Append("=\"")
                .Append(Arithmetic.Escaped(Texts.Soft(item, budget))).Append('"');
        }
        return budget.Made(written.ToString());
    }
}
