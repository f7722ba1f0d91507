using System.Text.Json;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>Texts as requests give them: a string, its tokens, or several of either.</summary>
internal static class Prompt
{
    /// <summary>Tokens of each text.</summary>
    public static IReadOnlyList<int[]> Read(JsonElement value, LanguageModel model, string field)
    {
        if (value.ValueKind == JsonValueKind.String)
            return [Encode(value, model, field)];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            throw Wrong(field);
        return value[0].ValueKind == JsonValueKind.Number ? [Tokens(value, model, field)]
            : [.. value.EnumerateArray()
                .Select(item => item.ValueKind == JsonValueKind.String ? Encode(item, model, field) : Tokens(item, model, field))];
    }

    private static int[] Encode(JsonElement text, LanguageModel model, string field)
    {
        try
        {
            return model.Encode(text.GetString()!);
        }
        catch (ArgumentException error)
        {
            throw ApiException.Invalid(error.Message, field);
        }
    }

    private static int[] Tokens(JsonElement list, LanguageModel model, string field)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw Wrong(field);
        return [.. list.EnumerateArray()
            .Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var token) ? Known(token) : throw Wrong(field))];

        int Known(int token) => (uint)token < (uint)model.Gpt.Config.VocabularySize ? token
            : throw ApiException.Invalid($"token {token} is outside the vocabulary of {model.Gpt.Config.VocabularySize}", field);
    }

    private static ApiException Wrong(string field) =>
        ApiException.Invalid($"{field} must be a string, a list of tokens, or a list of such, and not empty", field);
}
