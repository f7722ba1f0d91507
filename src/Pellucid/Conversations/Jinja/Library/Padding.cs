using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Texts made as wide as asked for.</summary>
internal static class Padding
{
    /// <summary>So many spaces.</summary>
    public static string Spaces(long count, Budget budget) => Filled(" ", count, budget);

    /// <summary>The text, then filling.</summary>
    public static string Left(string text, long width, string fill, Budget budget) =>
        text + Filled(fill, width - Texts.Length(text), budget);

    /// <summary>Filling, then the text.</summary>
    public static string Right(string text, long width, string fill, Budget budget) =>
        Filled(fill, width - Texts.Length(text), budget) + text;

    /// <summary>The text between filling; an odd one is on the left where the width is odd.</summary>
    public static string Center(string text, long width, string fill, Budget budget)
    {
        var missing = Math.Max(0, width - Texts.Length(text));
        var left = missing / 2 + (missing & width & 1);
        return Filled(fill, left, budget) + text + Filled(fill, missing - left, budget);
    }

    /// <summary>The text between filling; an odd one is on the right.</summary>
    public static string CenterEvenly(string text, long width, string fill, Budget budget)
    {
        var missing = Math.Max(0, width - Texts.Length(text));
        return Filled(fill, missing / 2, budget) + text + Filled(fill, missing - missing / 2, budget);
    }

    /// <summary>Zeros after the sign.</summary>
    public static string Zeros(string text, long width, Budget budget)
    {
        var sign = text.StartsWith('-') || text.StartsWith('+') ? 1 : 0;
        return text[..sign] + Filled("0", width - Texts.Length(text), budget) + text[sign..];
    }

    /// <summary>Tabs as spaces up to the next stop.</summary>
    public static string WithoutTabs(string text, long stop, Budget budget)
    {
        var (written, column) = (new StringBuilder(), 0L);
        foreach (var one in Texts.CodePoints(text))
        {
            if (one == "\t")
            {
                var count = stop > 0 ? stop - column % stop : 0;
                budget.Text(count);
                budget.CheckLength(written.Length + count);
                written.Append(' ', (int)count);
                column += count;
                continue;
            }
            written.Append(one);
            column = one is "\n" or "\r" ? 0 : column + 1;
        }
        return budget.Made(written.ToString());
    }

    private static string Filled(string fill, long count, Budget budget)
    {
        if (count <= 0)
            return "";
        if (Texts.Length(fill) != 1)
            throw new TemplateError("The fill character must be exactly one character long");
        budget.Text(count * fill.Length);
        return string.Concat(Enumerable.Repeat(fill, (int)count));
    }
}
