using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Filters that compare items: texts without regard to case, unless asked to.</summary>
internal static class OrderFilters
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Function> All { get; } =
    [
        new("sort", "reverse case_sensitive attribute", (run, value, given) =>
            new ListValue(run.Ordering.Sorted(Items.List(value, run.Budget), Keys(run, given[2], given.IsTrue(1)), given.IsTrue(0)))),
        new("dictsort", "case_sensitive by reverse", DictSort),
        new("min", "case_sensitive attribute", (run, value, given) => Extreme(run, value, given, "<")),
        new("max", "case_sensitive attribute", (run, value, given) => Extreme(run, value, given, ">")),
        new("unique", "case_sensitive attribute",
            (run, value, given) => new Generator(Unique(run, value, Key(run, given[1], given.IsTrue(0), null)))),
        new("groupby", "attribute* default case_sensitive", GroupBy),
    ];

    private static Func<object, object> Key(Run run, object? attribute, bool isCased, object? otherwise)
    {
        var part = SelectFilters.Getter(run, attribute is None ? null : attribute, otherwise);
        return item => part(item) is var value && !isCased && Texts.TryPlain(value) is { } text ? LetterCase.Lower(text) : value;
    }

    // Several attributes have commas between them. Lists of keys, even of one: equal items of lists are not asked which is less.
    private static Func<object, object> Keys(Run run, object? attributes, bool isCased)
    {
        object?[] names = attributes is not null && Texts.TryPlain(attributes) is { } several ? several.Split(',') : [attributes];
        var keys = names.Select(name => Key(run, name, isCased, null)).ToArray();
        return item => new ListValue([.. keys.Select(key => key(item))]);
    }

    private static object DictSort(Run run, object value, Given given)
    {
        if (value is not DictionaryValue dictionary)
            throw value is Undefined undefined ? undefined.Error()
                : new TemplateError($"'{Kind.Of(value)} object' has no attribute 'items'");
        var place = (given.Text(1) ?? "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new TemplateError("You can only sort by either \"key\" or \"value\""),
        };
        run.Budget.Step(dictionary.Count);
        var key = Key(run, (long)place, given.IsTrue(0), null);
        return new ListValue(run.Ordering.Sorted(dictionary.Pairs, key, given.IsTrue(2)));
    }

    private static object Extreme(Run run, object value, Given given, string sign)
    {
        var (key, best, bestKey) = (Key(run, given[1], given.IsTrue(0), null), default(object), default(object));
        foreach (var item in Items.Of(value))
            if (key(item) is var one && (best is null || run.Ordering.Holds(sign, one, bestKey!)))
                (best, bestKey) = (item, one);
        return best ?? new Undefined("No aggregated item, sequence was empty.");
    }

    private static IEnumerable<object> Unique(Run run, object value, Func<object, object> key)
    {
        var seen = new HashSet<object>(run.Equality);
        foreach (var item in Items.Of(value))
            if (seen.Add(key(item) is var one and not (ListValue or DictionaryValue) ? Texts.AsKey(one)
                : throw new TemplateError($"unhashable type: '{Kind.Of(key(item))}'")))
                yield return item;
    }

    private static object GroupBy(Run run, object value, Given given)
    {
        var (key, part) = (Key(run, given[0], given.IsTrue(2), given[1]), SelectFilters.Getter(run, given[0], given[1]));
        var groups = new List<(object Key, object Name, List<object> Items)>();
        foreach (var item in run.Ordering.Sorted(Items.List(value, run.Budget), key))
        {
            var one = key(item);
            if (groups.Count == 0 || !run.Equality.Equals(groups[^1].Key, one))
                groups.Add((one, part(item), []));
            groups[^1].Items.Add(item);
        }
        return new ListValue(
            [.. groups.Select(group => (object)new TupleValue([group.Name, new ListValue(group.Items)]) { Names = ["grouper", "list"] })]);
    }
}
