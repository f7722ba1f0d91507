using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens.Formats;

/// <summary>An object of a file, every field of which is to be understood: what nobody has asked for is refused by its name.</summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> _left = [];

    /// <summary>Of an element.</summary>
    /// <param name="element">An object.</param>
    /// <param name="where">What it is, for messages.</param>
    /// <exception cref="InvalidDataException">It is no object, or a field is there twice.</exception>
    public JsonFields(JsonElement element, string where)
    {
        Where = where;
        if (element.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{where} is not an object");
        foreach (var field in element.EnumerateObject())
            if (!_left.TryAdd(field.Name, field.Value))
                throw new InvalidDataException($"{where} has the field '{Excerpt.Of(field.Name)}' twice");
    }

    /// <summary>What it is.</summary>
    public string Where { get; }

    /// <summary>A field; null where it is left out or null.</summary>
    public JsonElement? Take(string name) => _left.Remove(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A field that may be asked for again; null where it is left out or null.</summary>
    public JsonElement? Peek(string name) => _left.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A text; null where it is left out or null.</summary>
    public string? Text(string name) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, "a text");

    /// <summary>A text that must be there.</summary>
    public string NeededText(string name) => Text(name) ?? throw new InvalidDataException($"{Where} has no '{name}'");

    /// <summary>A truth; <paramref name="otherwise"/> where it is left out or null.</summary>
    public bool Truth(string name, bool otherwise) => Take(name) is not { } value ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, "true or false");

    /// <summary>A whole number; null where it is left out or null.</summary>
    public int? Number(string name) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(name, "a whole number");

    /// <summary>The elements of a list that must be there.</summary>
    public IEnumerable<(JsonElement Element, string Where)> List(string name) =>
        Take(name) is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select((element, index) => (element, $"{Where}.{name}[{index}]"))
        : throw Wrong(name, "a list");

    /// <summary>Fields that change no token here, whatever they say.</summary>
    public void PassOver(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            _left.Remove(name);
    }

    /// <summary>Ends the object.</summary>
    /// <exception cref="InvalidDataException">There is a field that nobody has asked for.</exception>
    public void End()
    {
        if (_left.Count > 0)
            throw new InvalidDataException($"{Where} has the field '{Excerpt.Of(_left.Keys.First())}', which is not understood");
    }

    /// <summary>The complaint that a field is not what it must be.</summary>
    public InvalidDataException Wrong(string name, string needed) => new($"{Where}.{name} is not {needed}");
}
