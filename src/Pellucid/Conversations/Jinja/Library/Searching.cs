using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Finding, cutting and replacing in texts, by plain comparison.</summary>
internal static class Searching
{
    /// <summary>A text with others in place of the first so many occurrences; −1 for all.</summary>
    public static string Replace(string text, string old, string with, long most, Budget budget)
    {
        most = most < 0 ? long.MaxValue : most;
        var count = Math.Min(most, Count(text, old));
        budget.Text(text.Length + count * (with.Length - old.Length));
        if (count == 0)
            return text;
        if (old.Length == 0)
            return ReplaceNothing(text, with, count);
        var (written, at) = (new StringBuilder(), 0);
        for (; count > 0; count--)
        {
            var next = text.IndexOf(old, at, StringComparison.Ordinal);
            written.Append(text, at, next - at).Append(with);
            at = next + old.Length;
        }
        return written.Append(text, at, text.Length - at).ToString();
    }

    // Nothing is found before every character, and at the end.
    private static string ReplaceNothing(string text, string with, long count)
    {
        var written = new StringBuilder();
        foreach (var one in Texts.CodePoints(text))
            written.Append(count-- > 0 ? with : "").Append(one);
        return written.Append(count > 0 ? with : "").ToString();
    }

    /// <summary>How often a part occurs, without overlap.</summary>
    public static long Count(string text, string part)
    {
        if (part.Length == 0)
            return Texts.Length(text) + 1L;
        var count = 0L;
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part,
            at + part.Length, StringComparison.Ordinal))
            count++;
        return count;
    }

    /// <summary>Parts between separators, at most so many cuts; −1 for all.</summary>
    public static List<string> Split(string text, string separator, long most, bool fromRight = false)
    {
        if (separator.Length == 0)
            throw new TemplateError("empty separator");
        var parts = new List<string>();
        most = most < 0 ? long.MaxValue : most;
        if (fromRight)
        {
            var end = text.Length;
            for (; parts.Count < most && end >= separator.Length
                && text.LastIndexOf(separator, end - 1, end, StringComparison.Ordinal) is >= 0 and var at; end = at)
                parts.Add(text[(at + separator.Length)..end]);
            parts.Add(text[..end]);
            parts.Reverse();
            return parts;
        }
        var start = 0;
        for (; parts.Count < most && text.IndexOf(separator, start, StringComparison.Ordinal) is >= 0 and var at;
            start = at + separator.Length)
            parts.Add(text[start..at]);
        parts.Add(text[start..]);
        return parts;
    }

    /// <summary>Parts between runs of white space, at most so many cuts; −1 for all.
    /// White space at the ends counts for nothing, but behind the last cut.</summary>
    public static List<string> SplitAtSpaces(string text, long most)
    {
        var parts = new List<string>();
        for (var at = 0; ;)
        {
            while (at < text.Length && Texts.IsSpace(text[at]))
                at++;
            if (at == text.Length)
                return parts;
            if (parts.Count == most)
            {
                parts.Add(text[at..]);
                return parts;
            }
            var start = at;
            while (at < text.Length && !Texts.IsSpace(text[at]))
                at++;
            parts.Add(text[start..at]);
        }
    }

    /// <summary>As <see cref="SplitAtSpaces"/>, with the cuts at the end.</summary>
    public static List<string> SplitAtSpacesFromRight(string text, long most)
    {
        var parts = new List<string>();
        for (var end = text.Length; ;)
        {
            while (end > 0 && Texts.IsSpace(text[end - 1]))
                end--;
            if (end == 0)
                break;
            if (parts.Count == most)
            {
                parts.Add(text[..end]);
                break;
            }
            var last = end;
            while (end > 0 && !Texts.IsSpace(text[end - 1]))
                end--;
            parts.Add(text[end..last]);
        }
        parts.Reverse();
        return parts;
    }

    /// <summary>Lines, with their ends or without.</summary>
    public static IEnumerable<string> Lines(string text, bool keepsEnds)
    {
        for (int start = 0, at = 0; at < text.Length; start = at)
        {
            while (at < text.Length && !IsLineEnd(text[at]))
                at++;
            var end = at;
            if (at < text.Length)
                at += text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
            yield return text[start..(keepsEnds ? at : end)];
        }
    }

    private static bool IsLineEnd(char unit) => unit is >= '\n' and <= '\r' or >= '\x1c' and <= '\x1e' or '\x85' or '\u2028' or '\u2029';
}
