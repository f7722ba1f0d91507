using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Filters of texts; they take any value, as it prints.</summary>
internal static class TextFilters
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Function> All { get; } =
    [
        Changed("upper", LetterCase.Upper),
        Changed("lower", LetterCase.Lower),
        Changed("capitalize", LetterCase.Capitalized),
        new("title", "", (run, value, _) => run.Budget.Made(Title(Printing.Text(value, run.Budget)))),
        new("trim", "chars", (run, value, given) => Texts.Soft(value, run.Budget) is var text
            ? Texts.Like(text, Texts.Strip(Texts.Plain(text), given.Text(0), true, true)) : ""),
        new("replace", "old* new* count", (run, value, given) =>
            Searching.Replace(Printing.Text(value, run.Budget), Printing.Text(given[0]!, run.Budget), Printing.Text(given[1]!, run.Budget),
                given[2] is null or None ? -1 : given.Index(2, -1), run.Budget)),
        new("format", "...", Format),
        new("center", "width", (run, value, given) => Texts.Soft(value, run.Budget) is var text
            ? Texts.Like(text, Padding.Center(Texts.Plain(text), given.Index(0, 80), " ", run.Budget)) : ""),
        new("wordcount", "", (run, value, _) => (long)Words(Printing.Text(value, run.Budget))),
    ];

    private static Function Changed(string name, Func<string, string> change) => new(name, "", (run, value, _) =>
    {
        var text = Texts.Soft(value, run.Budget);
        return Texts.Like(text, run.Budget.Made(change(Texts.Plain(text))));
    });

    // Words begin after white space, hyphens and opening brackets.
    private static string Title(string text)
    {
        var written = new StringBuilder(text.Length);
        for (int at = 0, end; at < text.Length; at = end)
        {
            var isBetween = IsBetween(text[at]);
            for (end = at + 1; end < text.Length && IsBetween(text[end]) == isBetween;)
                end++;
            var first = at + (char.IsSurrogatePair(text, at) ? 2 : 1);
            written.Append(isBetween ? text[at..end] : LetterCase.Upper(text[at..first]) + LetterCase.Lower(text[first..end]));
        }
        return written.ToString();
    }

    private static bool IsBetween(char unit) => unit is '-' or '(' or '{' or '[' or '<' || Texts.IsSpace(unit);

    private static int Words(string text)
    {
        var (count, isInWord) = (0, false);
        foreach (var rune in text.EnumerateRunes())
        {
            var isPart = rune.Value == '_' || Rune.IsLetterOrDigit(rune);
            count += isPart && !isInWord ? 1 : 0;
            isInWord = isPart;
        }
        return count;
    }

    private static object Format(Run run, object value, Given given)
    {
        var (text, arguments) = (Texts.Soft(value, run.Budget), given.All);
        if (arguments.Placed.Count > 0 && arguments.Named.Count > 0)
            throw new TemplateError("can't handle positional and keyword arguments at the same time");
        return PercentFormat.Of(text,
            arguments.Named.Count > 0 ? DictionaryMethods.New(run, arguments) : new TupleValue(arguments.Placed), run.Budget);
    }
}
