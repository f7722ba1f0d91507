using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens.Formats;

/// <summary>What a model's object holds.</summary>
/// <param name="Fields">Its short fields.</param>
/// <param name="Names">Tokens; null where there are none.</param>
/// <param name="Merges">Merges; null where there are none.</param>
/// <param name="Table">Where they are found, if that is made already.</param>
internal sealed record BpeModelContents(Dictionary<string, JsonElement> Fields, TokenBytes? Names,
    IReadOnlyList<(int Left, int Right)>? Merges, MergeTable? Table);

/// <summary>The <c>model</c> of <c>tokenizer.json</c>.</summary>
internal static class BpeModelJson
{
    /// <summary>Reads the object, and goes on to its end.</summary>
    /// <param name="json">At the object.</param>
    /// <param name="file">Bytes of the file.</param>
    /// <param name="added">Added tokens.</param>
    /// <param name="ofCharacters">Whether names are text.</param>
    /// <param name="tables">Vocabulary and merges, where they were found and taken out of the file before.</param>
    /// <exception cref="InvalidDataException">A field is there twice, or too long.</exception>
    public static BpeModelContents ReadContents(ref Utf8JsonReader json, int file, IReadOnlyList<AddedToken> added, bool ofCharacters,
        ModelTables tables)
    {
        var fields = new Dictionary<string, JsonElement>();
        var (names, merges, mergesFirst) = ((TokenBytes?)null, (IReadOnlyList<(int, int)>?)null, false);
        MergeTable? table = null;
        if (tables.AreFound)
        {
            names = tables.ReadNames(added, ofCharacters);
            (merges, table) = tables.ReadMerges(names, added, ofCharacters);
        }
        Utf8JsonReader early = default;
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
        {
            if (tables.AreFound && (json.ValueTextEquals("vocab"u8) || json.ValueTextEquals("merges"u8)))
            {
                json.Skip();
            }
            else if (json.ValueTextEquals("vocab"u8))
            {
                names = names is null ? VocabularyJson.Read(ref json, file, added, ofCharacters)
                    : throw new InvalidDataException("the model has vocab twice");
            }
            else if (json.ValueTextEquals("merges"u8))
            {
                if (merges is not null || mergesFirst)
                    throw new InvalidDataException("the model has merges twice");
                mergesFirst = names is null;
                early = json;
                if (names is null)
                    json.Skip();
                else
                    merges = VocabularyJson.ReadMerges(ref json, names, ofCharacters);
            }
            else
            {
                ReadField(ref json, fields);
            }
        }
        if (mergesFirst && names is not null)
            merges = VocabularyJson.ReadMerges(ref early, names, ofCharacters);
        return new BpeModelContents(fields, names, merges, table);
    }

    /// <summary>The tokenizer of a model.</summary>
    /// <param name="model">What its object holds.</param>
    /// <param name="added">Added tokens.</param>
    /// <param name="rules">What other parts of the file say.</param>
    /// <param name="decoder">How tokens become text.</param>
    /// <exception cref="InvalidDataException">It has something that is not understood, or does not fit the other parts.</exception>
    public static BpeTokenizer Create(BpeModelContents model, IReadOnlyList<AddedToken> added, BpeRules rules, DecoderJson decoder)
    {
        RequirePairs(model.Fields);
        rules = Complete(rules, model.Fields, decoder);
        if (model is not { Names: { } names, Merges: { } merges })
            throw new InvalidDataException("the model lacks vocab or merges");
        if (Text(model.Fields, "unk_token") is { } unknown)
            rules = rules with { Unknown = FindUnknown(unknown, names, added) };
        foreach (var token in rules.Front.Concat(rules.Back))
            if ((uint)token >= (uint)names.Count)
                throw new InvalidDataException($"the post_processor has the token {token}, but the vocabulary only {names.Count}");
        return new BpeTokenizer(names, TokenText.Of(names, added, rules), merges, added, rules, table: model.Table);
    }

    private static void ReadField(ref Utf8JsonReader json, Dictionary<string, JsonElement> fields)
    {
        var name = json;
        json.Read();
        if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject || json.ValueSpan.Length > 1000)
            throw new InvalidDataException(
                $"the model has the field '{Excerpt.Of(Encoding.UTF8.GetString(name.ValueSpan))}', which is not understood");
        if (!fields.TryAdd(name.GetString()!, JsonElement.ParseValue(ref json)))
            throw new InvalidDataException($"the model has the field '{Excerpt.Of(name.GetString()!)}' twice");
        if (name.ValueTextEquals("type"u8))
            RequireType(fields); // before a vocabulary that looks otherwise
    }

    private static void RequireType(Dictionary<string, JsonElement> fields)
    {
        if (Text(fields, "type") is not (null or "BPE") and var type)
            throw new InvalidDataException($"the model is of type '{Excerpt.Of(type)}'; only 'BPE' can be reproduced");
    }

    private static void RequirePairs(Dictionary<string, JsonElement> fields)
    {
        foreach (var name in fields.Keys)
            if (name is not ("type" or "dropout" or "unk_token" or "continuing_subword_prefix" or "end_of_word_suffix" or "fuse_unk"
                or "byte_fallback" or "ignore_merges"))
                throw new InvalidDataException($"the model has the field '{Excerpt.Of(name)}', which is not understood");
        RequireType(fields);
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
            throw new InvalidDataException(decoder.IsByteLevel ? "its decoder is 'ByteLevel', but no pre_tokenizer is"
                : "its pre_tokenizer is 'ByteLevel', but not its decoder");
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
