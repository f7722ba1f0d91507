using System.Text.Json;

namespace Pellucid.Conversations;

/// <summary>JSON in which every text, names of fields too, has gone through a function.</summary>
internal static class ShieldedJson
{
    public static JsonElement Of(JsonElement value, Func<string, string> shield)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            Write(json, value, shield);
        var reader = new Utf8JsonReader(buffer.ToArray(), new JsonReaderOptions { MaxDepth = int.MaxValue });
        return JsonElement.ParseValue(ref reader);
    }

    private static void Write(Utf8JsonWriter json, JsonElement value, Func<string, string> shield)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var field in value.EnumerateObject())
                {
                    json.WritePropertyName(shield(field.Name));
                    Write(json, field.Value, shield);
                }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    Write(json, item, shield);
                json.WriteEndArray();
                break;
            case JsonValueKind.String:
                json.WriteStringValue(shield(value.GetString()!));
                break;
            default:
                json.WriteRawValue(value.GetRawText());
                break;
        }
    }
}
