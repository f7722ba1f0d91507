using System.Collections.Frozen;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Methods of dictionaries.</summary>
internal static class DictionaryMethods
{
    /// <summary>By name.</summary>
    public static FrozenDictionary<string, Function> All { get; } = Attributes.ByName(
        new("keys", "", (_, self, _) => new DictionaryView((DictionaryValue)self, DictionaryView.OfKeys)),
        new("values", "", (_, self, _) => new DictionaryView((DictionaryValue)self, DictionaryView.OfValues)),
        new("items", "", (_, self, _) => new DictionaryView((DictionaryValue)self, DictionaryView.OfPairs)),
        new("get", "key* default", (_, self, given) => ((DictionaryValue)self).Find(given[0]!) ?? given.Or(1, None.Value)),
        new("copy", "", (run, self, _) => Copy(run, (DictionaryValue)self)));

    /// <summary><c>dict.fromkeys</c>.</summary>
    public static Function FromKeys { get; } = new("fromkeys", "keys* value", (run, _, given) =>
    {
        var dictionary = run.NewDictionary();
        foreach (var key in Items.List(given[0]!, run.Budget))
            dictionary.Set(key, given.Or(1, None.Value));
        return dictionary;
    });

    /// <summary><c>dict(…)</c>: another's pairs, or pairs in a list, and then those with names.</summary>
    public static DictionaryValue New(Run run, Arguments arguments)
    {
        if (arguments.Placed.Count > 1)
            throw new TemplateError($"dict expected at most 1 argument, got {arguments.Placed.Count}");
        var dictionary = run.NewDictionary();
        if (arguments.Placed is [DictionaryValue other])
        {
            run.Budget.Step(other.Count);
            dictionary.SetAll(other);
        }
        else if (arguments.Placed is [var pairs])
            foreach (var pair in Items.List(pairs, run.Budget))
                if (Items.Of(pair).Take(3).ToArray() is [var key, var value])
                    dictionary.Set(key, value);
                else
                    throw new TemplateError("dictionary update sequence element has not length 2");
        foreach (var (name, value) in arguments.Named)
            dictionary.Set(name, value);
        return dictionary;
    }

    private static DictionaryValue Copy(Run run, DictionaryValue self) => New(run, new Arguments([self], []));
}

/// <summary>Methods of lists and tuples.</summary>
internal static class ListMethods
{
    /// <summary>By name.</summary>
    public static FrozenDictionary<string, Function> All { get; } = Attributes.ByName(
        new("index", "value* start stop", (run, self, given) => Index(run, self, given)),
        new("count", "value*", (run, self, given) => Items.Of(self).LongCount(item => run.Equality.Equals(item, given[0]))),
        new("copy", "", (_, self, _) => self));

    private static object Index(Run run, object self, Given given)
    {
        var items = Items.List(self, run.Budget);
        var (from, to) = (Bound(given.Index(1, 0), items.Count), Bound(given.Index(2, items.Count), items.Count));
        for (var at = from; at < to; at++)
            if (run.Equality.Equals(items[(int)at], given[0]))
                return at;
        throw new TemplateError($"{Printing.Represent(given[0]!, run.Budget)} is not in {Kind.Of(self)}");
    }

    private static long Bound(long index, int count) => Math.Clamp(index < 0 ? index + count : index, 0, count);
}
