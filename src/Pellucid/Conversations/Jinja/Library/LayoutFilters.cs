using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Filters that lay texts out in lines.</summary>
internal static class LayoutFilters
{
    private const int Leeway = 5;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Function> All { get; } =
    [
        new("indent", "width first blank", Indent),
        new("truncate", "length killwords end leeway", (run, value, given) => Truncate(value, given, run.Budget)),
        new("pprint", "", (run, value, _) => PrettyPrint(run, value)),
    ];

    private static object Indent(Run run, object value, Given given)
    {
        if (value is Undefined undefined)
            throw undefined.Error();
        var indent = given[0] is { } width && Texts.TryPlain(width) is { } text ? text : Padding.Spaces(given.Index(0, 4), run.Budget);
        // One more line end, as in Jinja, so that a last empty line counts.
        var lines = Searching.Lines(Texts.Plain(value) + "\n", keepsEnds: false).ToArray();
        run.Budget.Text(lines.Sum(line => (long)line.Length + indent.Length + 1));
        var (hasFirst, hasBlank) = (given.IsTrue(1), given.IsTrue(2));
        var indented = lines.Select((line, number) =>
            number == 0 ? hasFirst ? indent + line : line : line.Length > 0 || hasBlank ? indent + line : line);
        return Texts.Like(value, string.Join('\n', indented));
    }

    private static object Truncate(object value, Given given, Budget budget)
    {
        var end = given.Text(2) ?? "...";
        var (length, leeway) = (given.Index(0, 255), given[3] is null or None ? Leeway : given.Index(3, Leeway));
        if (length < Texts.Length(end))
            throw new TemplateError($"expected length >= {Texts.Length(end)}, got {length}");
        if (Items.Count(value) <= length + leeway)
            return value;
        var text = Texts.Plain(value);
        var kept = budget.Made(Texts.Part(text, 0, length - Texts.Length(end)));
        return Texts.Like(value, (given.IsTrue(1) || !kept.Contains(' ') ? kept : kept[..kept.LastIndexOf(' ')]) + end);
    }

    // Python breaks what is longer than a line by rules of its own.
    private static string PrettyPrint(Run run, object value)
    {
        const int width = 80;
        var text = Printing.Represent(Sorted(run, value), run.Budget);
        return text.Length <= width ? text
            : throw new TemplateError($"'pprint' of what is longer than {width} characters is not supported");
    }

    private static object Sorted(Run run, object value)
    {
        Budget.CheckStack();
        run.Budget.Step();
        if (value is ListValue list)
            return new ListValue([.. list.Items.Select(item => Sorted(run, item))]);
        if (value is not DictionaryValue dictionary)
            return value;
        var sorted = run.NewDictionary();
        foreach (var (key, item) in run.Ordering.Sorted(dictionary.Keys.Zip(dictionary.Values), pair => pair.First))
            sorted.Set(key, Sorted(run, item));
        return sorted;
    }
}
