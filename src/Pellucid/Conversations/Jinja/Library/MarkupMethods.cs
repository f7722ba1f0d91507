using System.Collections.Frozen;
using System.Net;
using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Methods of escaped texts: those of texts, whose results are escaped too.</summary>
internal static class MarkupMethods
{
    // What they are given gets escapes first.
    private static readonly FrozenSet<string> Escaping = FrozenSet.Create("capitalize", "title", "lower", "upper", "replace",
        "ljust", "rjust", "lstrip", "rstrip",
        "center", "strip", "expandtabs", "swapcase", "zfill", "casefold", "removeprefix", "removesuffix", "join");

    private static readonly FrozenSet<string> Cutting = FrozenSet.Create("split", "rsplit", "splitlines", "partition",
        "rpartition", "format", "format_map");

    /// <summary>Those that other texts do not have.</summary>
    public static FrozenDictionary<string, Function> All { get; } = Attributes.ByName(
        new("striptags", "", (_, self, _) => WithoutTags(Texts.Plain(self))),
        new("unescape", "", (_, self, _) => WebUtility.HtmlDecode(Texts.Plain(self))));

    /// <summary>Calls a method of a text.</summary>
    public static object Call(Run run, Function method, object self, Arguments arguments)
    {
        var isEscaping = Escaping.Contains(method.Name);
        if (isEscaping)
            arguments = new Arguments([.. arguments.Placed.Select(argument => Escaped(run, argument, method.Name == "join"))],
                [.. arguments.Named.Select(one => (one.Name, Escaped(run, one.Value, false)))]);
        var result = method.Call(run, self, arguments);
        return isEscaping || Cutting.Contains(method.Name) ? Marked(result) : result;
    }

    private static object Escaped(Run run, object value, bool isList) => value switch
    {
        string text => run.Budget.Made(Markup.Escape(text)),
        _ when isList && Items.Has(value) => new ListValue([.. Items.List(value, run.Budget).Select(item => Escaped(run, item, false))]),
        _ => value,
    };

    private static object Marked(object value) => value switch
    {
        string text => new Markup(text),
        ListValue list => new ListValue([.. list.Items.Select(Marked)]),
        TupleValue tuple => new TupleValue([.. tuple.Items.Select(Marked)]),
        _ => value,
    };

    /// <summary>A text without comments and tags, with single spaces, and without escapes.</summary>
    public static string WithoutTags(string text)
    {
        text = Without(Without(text, "<!--", "-->"), "<", ">");
        return WebUtility.HtmlDecode(string.Join(' ', Searching.SplitAtSpaces(text, -1)));
    }

    private static string Without(string text, string open, string close)
    {
        var (kept, at) = (new StringBuilder(text.Length), 0);
        while (text.IndexOf(open, at, StringComparison.Ordinal) is >= 0 and var start
            && text.IndexOf(close, start, StringComparison.Ordinal) is >= 0 and var end)
        {
            kept.Append(text, at, start - at);
            at = end + close.Length;
        }
        return kept.Append(text, at, text.Length - at).ToString();
    }
}
