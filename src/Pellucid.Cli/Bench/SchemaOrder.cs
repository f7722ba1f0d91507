using System.Text;
using System.Text.Json;
using Pellucid.Constraints.Schemas;

namespace Pellucid.Cli.Bench;

/// <summary>Writes values compactly, with properties in the order in which a schema names them.</summary>
internal sealed class SchemaOrder(JsonElement root)
{
    private const int MostSchemas = 1000;
    private readonly StringBuilder _text = new();

    public static string Write(JsonElement schema, JsonElement value)
    {
        var order = new SchemaOrder(schema);
        order.Write([schema], value);
        return order._text.ToString();
    }

    private void Write(IEnumerable<JsonElement> schemas, JsonElement value)
    {
        var all = new List<JsonElement>();
        foreach (var schema in schemas)
            Collect(schema, value, all);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var names = all.SelectMany(schema => Names(schema, "properties")).Select(one => one.Name)
                    .Concat(all.SelectMany(Required)).Distinct().ToList();
                var place = names.Index().ToDictionary(one => one.Item, one => one.Index);
                Join('{', value.EnumerateObject().OrderBy(one => place.GetValueOrDefault(one.Name, int.MaxValue)), '}', one =>
                {
                    _text.Append('"').Append(JsonTerms.Spelled(one.Name)).Append("\":");
                    Write(all.SelectMany(schema => Within(schema, one.Name)), one.Value);
                });
                break;
            case JsonValueKind.Array:
                Join('[', value.EnumerateArray().Index(), ']',
                    item => Write(all.SelectMany(schema => Items(schema, item.Index)), item.Item));
                break;
            case JsonValueKind.String:
                _text.Append('"').Append(JsonTerms.Spelled(value.GetString()!)).Append('"');
                break;
            default:
                _text.Append(value.GetRawText());
                break;
        }
    }

    private void Join<T>(char first, IEnumerable<T> parts, char last, Action<T> write)
    {
        _text.Append(first);
        foreach (var (i, part) in parts.Index())
        {
            _text.Append(i > 0 ? "," : "");
            write(part);
        }
        _text.Append(last);
    }

    // A schema and those that are applied where it is.
    private void Collect(JsonElement schema, JsonElement value, List<JsonElement> all)
    {
        if (schema.ValueKind != JsonValueKind.Object || all.Count > MostSchemas || all.Exists(one => JsonElement.DeepEquals(one, schema)))
            return;
        all.Add(schema);
        if (schema.TryGetProperty("$ref", out var reference) && Find(reference.GetString()!) is { } target)
            Collect(target, value, all);
        foreach (var name in (string[])["allOf", "anyOf", "oneOf"])
            if (schema.TryGetProperty(name, out var parts) && parts.ValueKind == JsonValueKind.Array)
                foreach (var part in parts.EnumerateArray().Where(part => !IsOfAnother(part, value)))
                    Collect(part, value, all);
        foreach (var name in (string[])["if", "then", "else"])
            if (schema.TryGetProperty(name, out var part))
                Collect(part, value, all);
    }

    // An alternative for values whose property has another value than this one's.
    private bool IsOfAnother(JsonElement schema, JsonElement value) => schema.ValueKind == JsonValueKind.Object
        && value.ValueKind == JsonValueKind.Object
        && (schema.TryGetProperty("$ref", out var reference) && Find(reference.GetString()!) is { } target && IsOfAnother(target, value)
            || Names(schema, "properties").Any(name => value.TryGetProperty(name.Name, out var own)
                && name.Value.ValueKind == JsonValueKind.Object
                && (name.Value.TryGetProperty("const", out var wanted) && !JsonElement.DeepEquals(wanted, own)
                    || name.Value.TryGetProperty("enum", out var some) && some.ValueKind == JsonValueKind.Array
                        && !some.EnumerateArray().Any(one => JsonElement.DeepEquals(one, own)))));

    private JsonElement? Find(string reference)
    {
        var at = root;
        foreach (var step in reference.TrimStart('#').Split('/').Skip(1))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal)
                .Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var next))
                at = next;
            else if (at.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index < at.GetArrayLength())
                at = at[index];
            else
                return null;
        }
        return at;
    }

    private static IEnumerable<JsonProperty> Names(JsonElement schema, string name) =>
        schema.TryGetProperty(name, out var all) && all.ValueKind == JsonValueKind.Object ? all.EnumerateObject() : [];

    private static IEnumerable<string> Required(JsonElement schema) =>
        schema.TryGetProperty("required", out var all) && all.ValueKind == JsonValueKind.Array
            ? all.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!) : [];

    private static IEnumerable<JsonElement> Within(JsonElement schema, string name)
    {
        var own = Names(schema, "properties").Where(one => one.Name == name).Select(one => one.Value).ToList();
        return own.Count > 0 ? own : [.. Names(schema, "patternProperties").Select(one => one.Value),
            .. schema.TryGetProperty("additionalProperties", out var others) ? [others] : Array.Empty<JsonElement>()];
    }

    private static IEnumerable<JsonElement> Items(JsonElement schema, int place)
    {
        foreach (var name in (string[])["prefixItems", "items", "additionalItems"])
            if (schema.TryGetProperty(name, out var items))
                if (items.ValueKind != JsonValueKind.Array)
                    yield return items;
                else if (place < items.GetArrayLength())
                    yield return items[place];
    }
}
