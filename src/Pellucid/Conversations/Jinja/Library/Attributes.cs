using System.Collections.Frozen;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary><c>self</c>: the blocks of the template.</summary>
internal sealed class SelfReference;

/// <summary>Parts of values by name: methods, and what stands under a key.</summary>
internal static class Attributes
{
    // What would change a value: Jinja's sandbox lets nobody do it.
    private static readonly FrozenSet<string> ChangesLists = FrozenSet.Create("append", "clear", "pop", "reverse",
        "insert", "sort", "extend", "remove");
    private static readonly FrozenSet<string> ChangesDictionaries = FrozenSet.Create("clear", "pop", "popitem", "setdefault", "update");

    /// <summary><c>value.name</c>: a method first, then a key.</summary>
    public static object Dotted(Run run, object value, string name) =>
        Own(run, value, name) ?? (value is DictionaryValue dictionary ? dictionary.Find(name) : null) ?? Undefined.Part(value, name);

    /// <summary><c>value[key]</c>: a key first, then a method.</summary>
    public static object Bracketed(Run run, object value, object key) =>
        Items.At(value, key, run.Budget) ?? (Texts.TryPlain(key) is { } name ? Own(run, value, name) : null) ?? Undefined.Part(value, key);

    /// <summary>A method or part, and not a key; undefined if there is none.</summary>
    public static object Attribute(Run run, object value, string name) => Own(run, value, name) ?? Undefined.Part(value, name);

    private static object? Own(Run run, object value, string name)
    {
        if (value is Undefined undefined)
            throw undefined.Error();
        if (name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal))
            return value is DictionaryValue keyed && keyed.Find(name) is { } found ? found : Undefined.Unsafe(value, name);
        return value switch
        {
            string or Markup => Method(StringMethods.All, value, name) ?? (value is Markup ? Method(MarkupMethods.All, value, name) : null),
            ListValue when ChangesLists.Contains(name) => Undefined.Unsafe(value, name),
            ListValue => Method(ListMethods.All, value, name),
            TupleValue { Names: { } names } tuple when names.ToList().IndexOf(name) is >= 0 and var place => tuple.Items[place],
            TupleValue or RangeValue when name != "copy" => Method(ListMethods.All, value, name),
            DictionaryValue when ChangesDictionaries.Contains(name) => Undefined.Unsafe(value, name),
            DictionaryValue => Method(DictionaryMethods.All, value, name),
            BytesValue => Method(StringMethods.OfBytes, value, name),
            NamespaceValue space => space.Fields.Find(name),
            LoopContext loop => loop.Part(name),
            SelfReference => run.Blocks.GetValueOrDefault(name),
            Callable callable => callable.Part(name, run),
            _ => null,
        };
    }

    private static LibraryCallable? Method(FrozenDictionary<string, Function> methods, object value, string name) =>
        methods.TryGetValue(name, out var method) ? new LibraryCallable(method, value) : null;

    /// <summary>Functions by name.</summary>
    public static FrozenDictionary<string, Function> ByName(params IEnumerable<Function> functions) =>
        functions.ToFrozenDictionary(one => one.Name);
}
