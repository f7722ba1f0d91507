namespace Pellucid.Conversations.Jinja.Values;

/// <summary>What values are made of: going through them, taking one part, several, or asking whether something is inside.</summary>
internal static class Items
{
    /// <summary>Whether a value can be gone through.</summary>
    public static bool Has(object value) => value is string or Markup or ListValue or TupleValue or DictionaryValue
        or RangeValue or DictionaryView
        or Generator or Undefined or BytesValue or LoopContext;

    /// <summary>What a loop over a value sees: characters of a text, keys of a dictionary.</summary>
    public static IEnumerable<object> Of(object value) => value switch
    {
        ListValue list => list.Items,
        TupleValue tuple => tuple.Items,
        string or Markup => Texts.CodePoints(Texts.Plain(value)),
        DictionaryValue dictionary => dictionary.Keys,
        DictionaryView view => view.Items,
        RangeValue range => Enumerable.Range(0, range.Count).Select(place => (object)range[place]),
        Generator generator => generator,
        BytesValue bytes => bytes.Bytes.Select(one => (object)(long)one),
        Undefined => [],
        LoopContext loop => loop.Rest(),
        _ => throw new TemplateError($"'{Kind.Of(value)}' object is not iterable"),
    };

    /// <summary>How many there are.</summary>
    public static long Count(object value) => value switch
    {
        string or Markup => Texts.Length(Texts.Plain(value)),
        Undefined => 0,
        ISized sized => sized.Count,
        LoopContext loop => loop.Length,
        _ => throw new TemplateError($"object of type '{Kind.Of(value)}' has no len()"),
    };

    /// <summary>Items of a value as a list, each counted.</summary>
    public static List<object> List(object value, Budget budget)
    {
        var items = new List<object>();
        foreach (var item in Of(value))
        {
            budget.Step();
            items.Add(item);
        }
        return items;
    }

    /// <summary>Items from back to front, if the value has an end to begin with.</summary>
    public static IEnumerable<object> Reversed(object value, Budget budget) => value is Generator || !Has(value)
        ? throw new TemplateError($"'{Kind.Of(value)}' object is not reversible")
        : Enumerable.Reverse(List(value, budget));

    /// <summary>The part with a number or key; null if there is none, or the value has no such parts.</summary>
    public static object? At(object value, object place, Budget budget)
    {
        if (value is Undefined undefined)
            throw undefined.Error();
        if (value is DictionaryValue dictionary)
            return place is ListValue or DictionaryValue ? null : dictionary.Find(place);
        if (Numbers.Whole(place) is null || value is not (string or Markup or ListValue or TupleValue or RangeValue or BytesValue))
            return null;
        budget.Look(Texts.TryPlain(value)?.Length ?? 0);
        var (count, at) = (Count(value), Numbers.Index(place));
        at = at < 0 ? at + count : at;
        if (at < 0 || at >= count)
            return null;
        return value switch
        {
            ListValue list => list.Items[(int)at],
            TupleValue tuple => tuple.Items[(int)at],
            RangeValue range => range[at],
            BytesValue bytes => (long)bytes.Bytes[at],
            _ => Texts.Like(value, Texts.At(Texts.Plain(value), at)),
        };
    }

    /// <summary>Parts from a start to an end, in steps; null if the value has no such parts.</summary>
    /// <exception cref="TemplateError">The step is 0, or one of them is no whole number.</exception>
    public static object? Slice(object value, object start, object stop, object step, Budget budget)
    {
        if (value is Undefined undefined)
            throw undefined.Error();
        if (value is not (string or Markup or ListValue or TupleValue or RangeValue))
            return null;
        budget.Look(Texts.TryPlain(value)?.Length ?? 0);
        var count = Count(value);
        var by = step is None ? 1 : SliceIndex(step);
        if (by == 0)
            throw new TemplateError("slice step cannot be zero");
        var (least, most) = by > 0 ? (0, count) : (-1, count - 1);
        var from = start is None ? by > 0 ? least : most : Place(SliceIndex(start), count, least, most);
        var to = stop is None ? by > 0 ? most : least : Place(SliceIndex(stop), count, least, most);
        if (value is RangeValue range)
            return new RangeValue(range[from], range[to], range.Step * by);
        if (Texts.TryPlain(value) is { } text && by == 1)
            return Texts.Like(value, to <= from ? "" : budget.Made(Texts.Part(text, from, to - from)));
        var parts = new List<object>();
        var all = value switch { ListValue list => list.Items, TupleValue tuple => tuple.Items, _ => [.. Of(value)] };
        budget.Step(RangeValue.Length(from, to, by));
        for (var at = from; by > 0 ? at < to : at > to; at += by)
            parts.Add(all[(int)at]);
        return value switch
        {
            ListValue => new ListValue(parts),
            TupleValue => new TupleValue(parts),
            _ => Texts.Like(value, budget.Made(string.Concat(parts.Select(Texts.Plain)))),
        };
    }

    private static long SliceIndex(object value) => Numbers.Whole(value) is not null ? Numbers.Index(value)
        : throw (value is Undefined undefined ? undefined.Error()
            : new TemplateError("slice indices must be integers or None or have an __index__ method"));

    private static long Place(long index, long count, long least, long most) => Math.Clamp(index < 0 ? index + count : index, least, most);

    /// <summary><c>item in whole</c>.</summary>
    public static bool Contains(object whole, object item, Equality equality, Budget budget)
    {
        switch (whole)
        {
            case string or Markup:
                var text = Texts.TryPlain(item)
                    ?? throw new TemplateError($"'in <string>' requires string as left operand, not {Kind.Of(item)}");
                budget.LookFor(Texts.Plain(whole).Length, text.Length);
                return Texts.Plain(whole).Contains(text, StringComparison.Ordinal);
            case DictionaryValue dictionary:
                return dictionary.Find(item) is not null;
            case DictionaryView { Kind: DictionaryView.OfKeys } view:
                return view.Dictionary.Find(item) is not null;
            case RangeValue range when Numbers.Small(item) is { } number:
                return range.Holds(number);
            default:
                if (!Has(whole))
                    throw new TemplateError($"argument of type '{Kind.Of(whole)}' is not iterable");
                foreach (var one in Of(whole))
                    if (ReferenceEquals(one, item) || equality.Equals(one, item))
                        return true;
                return false;
        }
    }
}
