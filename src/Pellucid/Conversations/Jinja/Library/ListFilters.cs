using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Filters of lists.</summary>
internal static class ListFilters
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Function> All { get; } =
    [
        new("length", "", (_, value, _) => Items.Count(value)),
        new("count", "", (_, value, _) => Items.Count(value)),
        new("list", "", (run, value, _) => new ListValue(Items.List(value, run.Budget))),
        new("first", "", (_, value, _) => Items.Of(value).FirstOrDefault() ?? new Undefined("No first item, sequence was empty.")),
        new("last", "",
            (run, value, _) => Items.Reversed(value, run.Budget).FirstOrDefault() ?? new Undefined("No last item, sequence was empty.")),
        new("random", "", (_, value, _) => Items.Count(value) <= 1
            ? Items.Of(value).FirstOrDefault() ?? new Undefined("No random item, sequence was empty.")
            : throw new TemplateError("'random' would give another text each time; it is not supported")),
        new("reverse", "", Reverse),
        new("join", "d attribute", Join),
        new("items", "", (_, value, _) => new Generator(value switch
        {
            DictionaryValue dictionary => dictionary.Pairs,
            Undefined => [],
            _ => throw new TemplateError("Can only get item pairs from a mapping."),
        })),
        new("batch", "linecount* fill_with", (run, value, given) => new Generator(Batch(run, value, given.Index(0, 1), given[1]))),
        new("slice", "slices* fill_with", (run, value, given) => new Generator(Slice(run, value, given.Index(0, 1), given[1]))),
    ];

    private static object Reverse(Run run, object value, Given given)
    {
        if (Texts.TryPlain(value) is { } text)
            return Texts.Like(value, run.Budget.Made(Texts.Reversed(text)));
        if (!Items.Has(value))
            throw new TemplateError("argument must be iterable");
        return value is Generator or Undefined ? new ListValue([.. Enumerable.Reverse(Items.List(value, run.Budget))])
            : new Generator(Items.Reversed(value, run.Budget));
    }

    private static object Join(Run run, object value, Given given)
    {
        var separator = Printing.Text(given.Or(0, ""), run.Budget);
        var part = SelectFilters.Getter(run, given[1] is None ? null : given[1], null);
        var texts = Items.List(value, run.Budget).Select(item => Printing.Text(part(item), run.Budget)).ToArray();
        run.Budget.Text(texts.Sum(text => (long)text.Length) + (long)separator.Length * Math.Max(0, texts.Length - 1));
        return string.Join(separator, texts);
    }

    private static IEnumerable<object> Batch(Run run, object value, long size, object? fill)
    {
        var batch = new List<object>();
        foreach (var item in Items.Of(value))
        {
            run.Budget.Step();
            if (batch.Count == size)
            {
                yield return new ListValue(batch);
                batch = [];
            }
            batch.Add(item);
        }
        if (batch.Count == 0)
            yield break;
        run.Budget.Step(Math.Max(0, size - batch.Count));
        while (fill is not (null or None) && batch.Count < size)
            batch.Add(fill);
        yield return new ListValue(batch);
    }

    private static IEnumerable<object> Slice(Run run, object value, long slices, object? fill)
    {
        var items = Items.List(value, run.Budget);
        if (slices <= 0)
            throw new TemplateError("integer division or modulo by zero");
        var (each, longer) = (items.Count / slices, items.Count % slices);
        for (long number = 0, at = 0; number < slices; number++)
        {
            run.Budget.Step();
            var count = each + (number < longer ? 1 : 0);
            var slice = items.GetRange((int)at, (int)count);
            if (fill is not (null or None) && number >= longer)
                slice.Add(fill);
            at += count;
            yield return new ListValue(slice);
        }
    }
}
