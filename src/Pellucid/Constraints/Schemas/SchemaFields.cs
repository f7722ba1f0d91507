using System.Text.Json;

namespace Pellucid.Constraints.Schemas;

/// <summary>The keywords of one schema, each read as what it must be.</summary>
internal sealed class SchemaFields(SchemaPlace place)
{
    private readonly JsonElement _schema = place.Element;

    public SchemaPlace Place => place;

    /// <summary>A keyword that stands there twice, if one does.</summary>
    public string? Duplicate =>
        _schema.EnumerateObject().GroupBy(property => property.Name).FirstOrDefault(group => group.Count() > 1)?.Key;

    public bool Has(string name) => _schema.TryGetProperty(name, out _);

    public JsonElement? Value(string name) => _schema.TryGetProperty(name, out var value) ? value : null;

    /// <summary>A text; null if there is none.</summary>
    public string? Text(string name) => Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, "a text");

    /// <summary>A count; null if there is none.</summary>
    public int? Count(string name)
    {
        if (Value(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= 0 && number == Math.Floor(number)
            ? (int)Math.Min(number, int.MaxValue) : throw Wrong(name, "a number of 0 or more");
    }

    /// <summary>A number; null if there is none.</summary>
    public DecimalNumber? Number(string name) => Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number ? DecimalNumber.Read(value.GetRawText()) ?? throw Wrong(name, "a number of fewer digits")
        : throw Wrong(name, "a number");

    /// <summary>A schema; null if there is none.</summary>
    public SchemaPlace? Schema(string name) => !Has(name) ? null
        : Value(name)!.Value.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False ? place.At(name)
        : throw Wrong(name, "a schema");

    /// <summary>A list of schemas, empty if there is none.</summary>
    public IEnumerable<SchemaPlace> List(string name)
    {
        if (Value(name) is not { } value)
            return [];
        return value.ValueKind == JsonValueKind.Array ? Enumerable.Range(0, value.GetArrayLength()).Select(place.At(name).At)
            : throw Wrong(name, "a list");
    }

    /// <summary>Names with what belongs to each, empty if there are none.</summary>
    public IEnumerable<(string Name, SchemaPlace Place)> Named(string name)
    {
        if (Value(name) is not { } value)
            return [];
        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong(name, "an object");
        return value.EnumerateObject().Select(property => property.Name).Distinct().Select(one => (one, place.At(name).At(one)));
    }

    /// <summary>A list of texts, empty if there is none.</summary>
    public string[] Texts(string name) => Value(name) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(one => one.GetString()!)] : throw Wrong(name, "a list of texts");

    /// <summary>A keyword that is not what it must be.</summary>
    public ConstraintException Wrong(string name, string must) => new($"{place.Path}/{name} must be {must}, not {Shown(name)}");

    private string Shown(string name) => Value(name)!.Value.GetRawText() is var text && text.Length <= 60 ? text : text[..57] + "…";
}
