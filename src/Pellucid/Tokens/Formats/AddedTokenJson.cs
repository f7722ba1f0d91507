using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens.Formats;

/// <summary>The <c>added_tokens</c> of <c>tokenizer.json</c>, which may be thousands.</summary>
internal static class AddedTokenJson
{
    /// <summary>Reads them, in the order of the file; none where there is no list.</summary>
    /// <exception cref="InvalidDataException">One lacks its number or text, or has something that is not understood.</exception>
    public static List<AddedToken> Read(Utf8JsonReader json)
    {
        var (added, numbers) = (new List<AddedToken>(), new HashSet<int>());
        if (json.TokenType is JsonTokenType.None or JsonTokenType.Null)
            return added;
        json.Enter(JsonTokenType.StartArray);
        while (json.NextElement())
        {
            added.Add(ReadOne(ref json));
            if (!numbers.Add(added[^1].Token))
                throw new InvalidDataException($"two added tokens have the number {added[^1].Token}");
        }
        return added;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as a vocabulary is read when nothing has run often yet
    private static AddedToken ReadOne(ref Utf8JsonReader json)
    {
        (string? text, int? token) = (null, null);
        bool special = false, singleWord = false, left = false, right = false;
        bool? normalized = null; // left out, it is the opposite of special
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
            if (json.ValueTextEquals("content"u8))
                text = json.Text();
            else if (json.ValueTextEquals("id"u8) && json.Read())
                token = json.GetInt32();
            else if (json.ValueTextEquals("special"u8))
                special = IsSet(ref json);
            else if (json.ValueTextEquals("single_word"u8))
                singleWord = IsSet(ref json);
            else if (json.ValueTextEquals("lstrip"u8))
                left = IsSet(ref json);
            else if (json.ValueTextEquals("rstrip"u8))
                right = IsSet(ref json);
            else if (json.ValueTextEquals("normalized"u8))
                normalized = IsSet(ref json);
            else
                throw new InvalidDataException(
                    $"an added token has the field '{Excerpt.Of(Encoding.UTF8.GetString(json.ValueSpan))}', which is not understood");
        if (text is null || token is null)
            throw new InvalidDataException("an added token lacks its id or its content");
        return new AddedToken(token.Value, text, special)
        {
            IsNormalized = normalized ?? !special, IsSingleWord = singleWord, StripsLeft = left, StripsRight = right,
        };
    }

    private static bool IsSet(ref Utf8JsonReader json) => json.Read() && json.TokenType != JsonTokenType.Null && json.GetBoolean();
}
