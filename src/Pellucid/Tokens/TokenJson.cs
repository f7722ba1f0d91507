using System.Text.Json;

namespace Pellucid.Tokens;

/// <summary>Tokens as reports write them.</summary>
public static class TokenJson
{
    /// <summary>An object: <c>token</c>, <c>text</c>, and <c>probability</c> where there is one.</summary>
    public static void WriteToken(this Utf8JsonWriter json, Tokenizer tokenizer, int token, double? probability = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(tokenizer);
        json.WriteStartObject();
        json.WriteNumber("token", token);
        json.WriteString("text", tokenizer.Decode([token]));
        if (probability is { } value)
            json.WriteNumber("probability", value);
        json.WriteEndObject();
    }
}
