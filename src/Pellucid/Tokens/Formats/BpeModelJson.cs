using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens.Formats;

/// <summary>The <c>model</c> of <c>tokenizer.json</c>.</summary>
internal static class BpeModelJson
{
    // A reader stands at each of the two long fields; all others are short.
    private ref struct LongFields
    {
        public Utf8JsonReader Vocabulary, Merges;
    }

    /// <summary>Reads it.</summary>
    /// <param name="json">At the object.</param>
    /// <param name="added">Added tokens.</param>
    /// <param name="rules">What other parts of the file say.</param>
    /// <param name="decoder">How tokens become text.</param>
    /// <exception cref="InvalidDataException">It has something that is not understood, or does not fit the other parts.</exception>
    public static BpeTokenizer Read(Utf8JsonReader json, IReadOnlyList<AddedToken> added, BpeRules rules, DecoderJson decoder)
    {
        var fields = new Dictionary<string, JsonElement>();
        var longFields = new LongFields();
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
            ReadField(ref json, fields, ref longFields);
        RequirePairs(fields);
        rules = Complete(rules, fields, decoder);
        if (longFields.Vocabulary.TokenType == JsonTokenType.None || longFields.Merges.TokenType == JsonTokenType.None)
            throw new InvalidDataException("the model lacks vocab or merges");
        var names = VocabularyJson.Read(ref longFields.Vocabulary, added, rules.IsOfCharacters);
        if (Text(fields, "unk_token") is { } unknown)
            rules = rules with { Unknown = FindUnknown(unknown, names, added) };
        foreach (var token in rules.Front.Concat(rules.Back))
            if ((uint)token >= (uint)names.Count)
                throw new InvalidDataException($"the post_processor has the token {token}, but the vocabulary only {names.Count}");
        var merges = VocabularyJson.ReadMerges(ref longFields.Merges, names, rules.IsOfCharacters);
        return new BpeTokenizer(names, TokenText.Of(names, added, rules), merges, added, rules);
    }

    private static void ReadField(ref Utf8JsonReader json, Dictionary<string, JsonElement> fields, ref LongFields longFields)
    {
        var name = json;
        json.Read();
        if (name.ValueTextEquals("vocab"u8) || name.ValueTextEquals("merges"u8))
        {
            ref var field = ref name.ValueTextEquals("vocab"u8) ? ref longFields.Vocabulary : ref longFields.Merges;
            if (field.TokenType != JsonTokenType.None)
                throw new InvalidDataException("the model has vocab or merges twice");
            field = json;
            json.Skip();
        }
        else if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject || json.ValueSpan.Length > 1000)
        {
            throw new InvalidDataException($"the model has the field '{Excerpt.Of(Encoding.UTF8.GetString(name.ValueSpan))}', which is not understood");
        }
        else if (!fields.TryAdd(name.GetString()!, JsonElement.ParseValue(ref json)))
        {
            throw new InvalidDataException($"the model has the field '{Excerpt.Of(name.GetString()!)}' twice");
        }
    }

    private static void RequirePairs(Dictionary<string, JsonElement> fields)
    {
        foreach (var name in fields.Keys)
            if (name is not ("type" or "dropout" or "unk_token" or "continuing_subword_prefix" or "end_of_word_suffix" or "fuse_unk" or "byte_fallback" or "ignore_merges"))
                throw new InvalidDataException($"the model has the field '{Excerpt.Of(name)}', which is not understood");
        if (Text(fields, "type") is not (null or "BPE") and var type)
            throw new InvalidDataException($"the model is of type '{Excerpt.Of(type)}'; only 'BPE' can be reproduced");
        foreach (var name in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
            if (Text(fields, name) is { Length: > 0 } affix)
                throw new InvalidDataException($"the model has {name} '{Excerpt.Of(affix)}', which is not supported");
        if (fields.TryGetValue("dropout", out var dropout) && dropout.ValueKind != JsonValueKind.Null && dropout.GetDouble() != 0)
            throw new InvalidDataException("the model drops merges at random (dropout), which cannot be reproduced");
    }

    private static BpeRules Complete(BpeRules rules, Dictionary<string, JsonElement> fields, DecoderJson decoder)
    {
        var fallsBack = IsSet(fields, "byte_fallback");
        if (decoder.IsByteLevel == rules.IsOfCharacters)
            throw new InvalidDataException(decoder.IsByteLevel ? "its decoder is 'ByteLevel', but no pre_tokenizer is" : "its pre_tokenizer is 'ByteLevel', but not its decoder");
        if (!rules.IsOfCharacters && fallsBack)
            throw new InvalidDataException("the model falls back to bytes (byte_fallback), though its tokens are bytes");
        if (rules.IsOfCharacters && (!decoder.HasSpaces || decoder.HasBytes != fallsBack))
            throw new InvalidDataException("its decoder does not undo what was done to the text: spaces, or bytes (byte_fallback)");
        return rules with
        {
            FallsBackToBytes = fallsBack,
            FusesUnknown = IsSet(fields, "fuse_unk"),
            IgnoresMerges = IsSet(fields, "ignore_merges"),
            StripsFirstSpace = decoder.StripsFirstSpace,
        };
    }

    private static int FindUnknown(string unknown, TokenBytes names, IReadOnlyList<AddedToken> added) =>
        added.FirstOrDefault(token => token.Text == unknown) is { Text: not null } one ? one.Token
        : names.Find(Encoding.UTF8.GetBytes(unknown)) is >= 0 and var token ? token
        : throw new InvalidDataException($"the model's unk_token '{Excerpt.Of(unknown)}' is not in its vocabulary");

    private static string? Text(Dictionary<string, JsonElement> fields, string name) =>
        fields.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetString() : null;

    private static bool IsSet(Dictionary<string, JsonElement> fields, string name) =>
        fields.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null && value.GetBoolean();
}
