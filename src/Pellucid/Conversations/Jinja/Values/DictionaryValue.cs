namespace Pellucid.Conversations.Jinja.Values;

/// <summary>Values under keys that keep their order, and compare as in Python: 1, 1.0 and True are the same key.</summary>
/// <param name="keys">How keys compare.</param>
internal sealed class DictionaryValue(Equality keys) : ISized
{
    private readonly OrderedDictionary<object, object> _items = new(keys);

    public int Count => _items.Count;

    /// <summary>Keys in order.</summary>
    public IReadOnlyList<object> Keys => _items.Keys;

    /// <summary>Values in order.</summary>
    public IReadOnlyList<object> Values => _items.Values;

    /// <summary>Pairs in order, as tuples.</summary>
    public IEnumerable<object> Pairs => _items.Select(pair => (object)new TupleValue([pair.Key, pair.Value]));

    /// <summary>The value of a key; null if there is none.</summary>
    /// <exception cref="TemplateError">It cannot be a key.</exception>
    public object? Find(object key) => _items.TryGetValue(Checked(key), out var value) ? value : null;

    /// <summary>Sets a value; a key that is there keeps its place.</summary>
    public void Set(object key, object value)
    {
        _items[Checked(key)] = value;
    }

    private static object Checked(object key) => key is ListValue or DictionaryValue
        ? throw new TemplateError($"unhashable type: '{Kind.Of(key)}'")
        : Texts.AsKey(key);

    /// <summary>Takes over another's pairs.</summary>
    public void SetAll(DictionaryValue other)
    {
        foreach (var (key, value) in other._items)
            _items[key] = value;
    }
}

/// <summary>Keys, values or pairs of a dictionary, seen through.</summary>
/// <param name="Dictionary">The dictionary.</param>
/// <param name="Kind"><c>dict_keys</c>, <c>dict_values</c> or <c>dict_items</c>.</param>
internal sealed record DictionaryView(DictionaryValue Dictionary, string Kind) : ISized
{
    public const string OfKeys = "dict_keys", OfValues = "dict_values", OfPairs = "dict_items";

    public int Count => Dictionary.Count;

    /// <summary>What is seen.</summary>
    public IEnumerable<object> Items => Kind switch
    {
        OfKeys => Dictionary.Keys,
        OfValues => Dictionary.Values,
        _ => Dictionary.Pairs,
    };
}
