using System.Text;

namespace Pellucid.Conversations.Jinja.Values;

/// <summary>Text that has its HTML escapes already; what is joined to it by <c>+</c> gets them.</summary>
internal sealed record Markup(string Text)
{
    /// <summary>A text with &amp;, &lt;, &gt; and quotes written as HTML has them.</summary>
    public static string Escape(string text) =>
        text.AsSpan().IndexOfAny("&<>'\"") < 0 ? text : text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);
}

/// <summary>
/// Texts, whose characters are code points as in Python. A text without surrogates, which is nearly every one, is handled
/// as .NET's strings are.
/// </summary>
internal static class Texts
{
    /// <summary>Whether a value is a text, escaped or not.</summary>
    public static bool Is(object value) => value is string or Markup;

    /// <summary>A text, if the value is one.</summary>
    public static string? TryPlain(object value) => value as string ?? (value as Markup)?.Text;

    /// <summary>The characters of a text.</summary>
    public static string Plain(object value) => TryPlain(value) ?? throw new TemplateError($"expected str, got {Kind.Of(value)}");

    /// <summary>A key of a dictionary: escaped or not, a text is the same.</summary>
    public static object AsKey(object value) => value is Markup markup ? markup.Text : value;

    /// <summary>A text that was made of another: escaped if that was.</summary>
    public static object Like(object original, string text) => original is Markup ? new Markup(text) : text;

    /// <summary>Any value as a text; one that is escaped stays so.</summary>
    public static object Soft(object value, Budget budget) => Is(value) ? value : Printing.Text(value, budget);

    /// <summary>Code points of a text.</summary>
    public static int Length(string text)
    {
        if (!HasSurrogates(text))
            return text.Length;
        var count = 0;
        for (var at = 0; at < text.Length; at += Width(text, at))
            count++;
        return count;
    }

    /// <summary>A code point of a text as a text of its own.</summary>
    public static string At(string text, long place) => Part(text, place, 1);

    /// <summary>Code points from a place on.</summary>
    public static string Part(string text, long start, long count)
    {
        if (!HasSurrogates(text))
            return text.Substring((int)start, (int)count);
        var from = Offset(text, 0, start);
        return text[from..Offset(text, from, count)];
    }

    /// <summary>Where a code point begins in UTF-16, counted from another place.</summary>
    public static int Offset(string text, int from, long codePoints)
    {
        if (!HasSurrogates(text))
            return (int)Math.Min(text.Length, from + codePoints);
        for (; codePoints > 0 && from < text.Length; codePoints--)
            from += Width(text, from);
        return from;
    }

    /// <summary>Code points, each a text.</summary>
    public static IEnumerable<string> CodePoints(string text)
    {
        for (int at = 0, width; at < text.Length; at += width)
        {
            width = Width(text, at);
            yield return text.Substring(at, width);
        }
    }

    /// <summary>A text from back to front.</summary>
    public static string Reversed(string text)
    {
        var reversed = new StringBuilder(text.Length);
        foreach (var point in CodePoints(text).Reverse())
            reversed.Append(point);
        return reversed.ToString();
    }

    /// <summary>Order by code points: below, at or above 0.</summary>
    public static int Compare(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
            return left.Length.CompareTo(right.Length);
        return InOrder(left[common]).CompareTo(InOrder(right[common]));
    }

    // Surrogates stand for what comes after all others.
    private static int InOrder(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;

    private static bool HasSurrogates(string text) => text.AsSpan().ContainsAnyInRange('\ud800', '\udfff');

    private static int Width(string text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;

    /// <summary>Whether Python takes a character for white space.</summary>
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\x1c' and <= '\x1f';

    /// <summary>A text without certain characters at its ends: white space, or those of a set.</summary>
    public static string Strip(string text, string? set, bool left, bool right)
    {
        var (start, end) = (0, text.Length);
        if (set is not null && (HasSurrogates(text) || HasSurrogates(set)))
            return StripCodePoints(text, set, left, right);
        Func<char, bool> goes = set is null ? IsSpace : set.Length <= 8 ? set.Contains : new HashSet<char>(set).Contains;
        while (left && start < end && goes(text[start]))
            start++;
        while (right && end > start && goes(text[end - 1]))
            end--;
        return start == 0 && end == text.Length ? text : text[start..end];
    }

    private static string StripCodePoints(string text, string set, bool left, bool right)
    {
        var (points, all) = (CodePoints(text).ToArray(), CodePoints(set).ToHashSet());
        var (start, end) = (0, points.Length);
        while (left && start < end && all.Contains(points[start]))
            start++;
        while (right && end > start && all.Contains(points[end - 1]))
            end--;
        return string.Concat(points[start..end]);
    }
}
