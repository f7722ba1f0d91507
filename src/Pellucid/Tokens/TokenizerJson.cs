using System.Text.Encodings.Web;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens;

/// <summary>
/// Hugging Face's <c>tokenizer.json</c>. The format can describe far more than byte-level merges; whatever would make
/// other tokens than ours is refused by name, never left out.
/// </summary>
internal static class TokenizerJson
{
    public const string FileName = "tokenizer.json";

    private const int DeepestNesting = 32;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or describes a tokenizer that cannot be reproduced exactly.</exception>
    public static BpeTokenizer Read(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    public static void Write(BpeTokenizer tokenizer, string path) => SafeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (var added in tokenizer.Added)
        {
            json.WriteStartObject();
            json.WriteNumber("id", added.Token);
            json.WriteString("content", added.Text);
            foreach (var name in (ReadOnlySpan<string>)["single_word", "lstrip", "rstrip", "normalized"])
                json.WriteBoolean(name, false);
            json.WriteBoolean("special", added.IsSpecial);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("normalizer");
        foreach (var part in (ReadOnlySpan<string>)["pre_tokenizer", "post_processor", "decoder"])
        {
            json.WriteStartObject(part);
            json.WriteString("type", "ByteLevel");
            json.WriteBoolean("add_prefix_space", false);
            json.WriteBoolean("trim_offsets", false);
            json.WriteBoolean("use_regex", true);
            json.WriteEndObject();
        }
        WriteModel(json, tokenizer);
        json.WriteEndObject();
    });

    private static void WriteModel(Utf8JsonWriter json, BpeTokenizer tokenizer)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (var name in (ReadOnlySpan<string>)["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
            json.WriteNull(name);
        foreach (var name in (ReadOnlySpan<string>)["fuse_unk", "byte_fallback", "ignore_merges"])
            json.WriteBoolean(name, false);
        json.WritePropertyName("vocab");
        VocabularyAndMerges.WriteNames(json, tokenizer);
        json.WriteStartArray("merges");
        foreach (var (left, right) in tokenizer.Merges)
            json.WriteStringValue($"{tokenizer.FileName(left)} {tokenizer.FileName(right)}");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static BpeTokenizer Read(byte[] text)
    {
        var parts = Find(text);
        if (!IsThere(parts.Model))
            throw new InvalidDataException("'model' is missing");
        var model = JsonWalk.Values(parts.Model, "type", "continuing_subword_prefix", "end_of_word_suffix", "dropout", "byte_fallback", "ignore_merges");
        if (Text(model, "type") is not (null or "BPE") and var type)
            throw new InvalidDataException($"the model is of type '{Excerpt.Of(type)}'; only 'BPE' can be reproduced");
        RequireNone(parts.Normalizer, "normalizer");
        RequireNone(parts.Truncation, "truncation");
        RequireNone(parts.Padding, "padding");
        RequireByteLevel(parts.PreTokenizer, "pre_tokenizer", isNeeded: true);
        RequireByteLevel(parts.Decoder, "decoder", isNeeded: true);
        RequireByteLevel(parts.PostProcessor, "post_processor", isNeeded: false);
        foreach (var name in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
            if (Text(model, name) is { Length: > 0 } affix)
                throw new InvalidDataException($"the model has {name} '{Excerpt.Of(affix)}'; byte-level tokens have none");
        if (Value(model, "dropout") is { } dropout && dropout.GetDouble() != 0)
            throw new InvalidDataException("the model drops merges at random (dropout), which cannot be reproduced");
        if (IsSet(model, "byte_fallback"))
            throw new InvalidDataException("the model falls back to bytes (byte_fallback); byte-level tokens need none");
        var tokenizer = ReadModel(parts.Model, ReadAdded(parts.AddedTokens));
        if (IsSet(model, "ignore_merges") && tokenizer.FirstUnreachable() is { } token)
            throw new InvalidDataException($"it takes whole pieces before merges (ignore_merges), and token {token} is one that merges do not give");
        return tokenizer;
    }

    // Where the parts begin; they stand in any order.
    private static Parts Find(ReadOnlySpan<byte> text)
    {
        var json = JsonWalk.Begin(text, DeepestNesting);
        var parts = new Parts();
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
        {
            var name = json;
            json.Read();
            if (name.ValueTextEquals("model"u8))
                parts.Model = json;
            else if (name.ValueTextEquals("added_tokens"u8))
                parts.AddedTokens = json;
            else if (name.ValueTextEquals("normalizer"u8))
                parts.Normalizer = json;
            else if (name.ValueTextEquals("truncation"u8))
                parts.Truncation = json;
            else if (name.ValueTextEquals("padding"u8))
                parts.Padding = json;
            else if (name.ValueTextEquals("pre_tokenizer"u8))
                parts.PreTokenizer = json;
            else if (name.ValueTextEquals("decoder"u8))
                parts.Decoder = json;
            else if (name.ValueTextEquals("post_processor"u8))
                parts.PostProcessor = json;
            json.Skip();
        }
        json.End();
        return parts;
    }

    private static BpeTokenizer ReadModel(Utf8JsonReader model, List<AddedToken> added)
    {
        Utf8JsonReader vocabulary = default, merges = default;
        model.Enter(JsonTokenType.StartObject);
        while (model.NextField())
        {
            var name = model;
            model.Read();
            if (name.ValueTextEquals("vocab"u8))
                vocabulary = model;
            else if (name.ValueTextEquals("merges"u8))
                merges = model;
            model.Skip();
        }
        if (!IsThere(vocabulary) || !IsThere(merges))
            throw new InvalidDataException("the model lacks vocab or merges");
        var names = VocabularyAndMerges.Names(ref vocabulary, added);
        return new BpeTokenizer(VocabularyAndMerges.TokenBytes(names, added), ReadMerges(merges, VocabularyAndMerges.Numbers(names)), added);
    }

    private static List<(int, int)> ReadMerges(Utf8JsonReader json, Dictionary<string, int> numbers)
    {
        var (merges, characters) = (new List<(int, int)>(), new char[256]);
        json.Enter(JsonTokenType.StartArray);
        while (json.NextElement())
            merges.Add(ReadMerge(ref json, ref characters, numbers) ?? throw new InvalidDataException($"merge {merges.Count + 1} is not two tokens of the vocabulary"));
        return merges;
    }

    // Older files join the two with a space, newer ones list them.
    private static (int, int)? ReadMerge(ref Utf8JsonReader json, ref char[] characters, Dictionary<string, int> numbers)
    {
        if (json.TokenType == JsonTokenType.String)
            return VocabularyAndMerges.Merge(Characters(ref json, ref characters), numbers);
        var lookup = numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        json.Enter(JsonTokenType.StartArray);
        return json.NextElement() && lookup.TryGetValue(Characters(ref json, ref characters), out var left)
            && json.NextElement() && lookup.TryGetValue(Characters(ref json, ref characters), out var right) && !json.NextElement() ? (left, right) : null;
    }

    private static ReadOnlySpan<char> Characters(ref Utf8JsonReader json, ref char[] characters)
    {
        if (characters.Length < json.ValueSpan.Length)
            characters = new char[json.ValueSpan.Length];
        return characters.AsSpan(0, json.CopyString(characters));
    }

    private static List<AddedToken> ReadAdded(Utf8JsonReader json)
    {
        var added = new List<AddedToken>();
        if (!IsThere(json))
            return added;
        json.Enter(JsonTokenType.StartArray);
        while (json.NextElement())
            added.Add(ReadAddedToken(ref json));
        return added;
    }

    private static AddedToken ReadAddedToken(ref Utf8JsonReader json)
    {
        (string? text, int? token, bool isSpecial, string? rule) = (null, null, false, null);
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
            if (json.ValueTextEquals("content"u8))
                text = json.Text();
            else if (json.ValueTextEquals("id"u8) && json.Read())
                token = json.GetInt32();
            else if (json.ValueTextEquals("special"u8))
                isSpecial = IsSet(ref json);
            else if (json.ValueTextEquals("single_word"u8))
                rule = IsSet(ref json) ? "single_word" : rule;
            else if (json.ValueTextEquals("lstrip"u8))
                rule = IsSet(ref json) ? "lstrip" : rule;
            else if (json.ValueTextEquals("rstrip"u8))
                rule = IsSet(ref json) ? "rstrip" : rule;
            else
                json.Skip();
        if (text is null || token is null)
            throw new InvalidDataException("an added token lacks its id or its content");
        return rule is null ? new AddedToken(token.Value, text, isSpecial) : throw new InvalidDataException($"the added token '{Excerpt.Of(text)}' has {rule} set, which cannot be reproduced");
    }

    private static void RequireNone(Utf8JsonReader part, string name)
    {
        if (IsThere(part))
            throw new InvalidDataException($"it has a {name} ({Excerpt.Of(Text(JsonWalk.Values(part, "type"), "type") ?? "set")}), which would change tokens and cannot be reproduced");
    }

    private static void RequireByteLevel(Utf8JsonReader part, string name, bool isNeeded)
    {
        if (!IsThere(part))
        {
            if (isNeeded)
                throw new InvalidDataException($"it has no {name}; only 'ByteLevel', which GPT-2 has, can be reproduced");
            return;
        }
        var values = JsonWalk.Values(part, "type", "add_prefix_space", "use_regex");
        if (Text(values, "type") is var type && type != "ByteLevel")
            throw new InvalidDataException($"its {name} is '{Excerpt.Of(type ?? "")}'; only 'ByteLevel', which GPT-2 has, can be reproduced");
        if (name != "pre_tokenizer")
            return;
        if (!values.TryGetValue("add_prefix_space", out var prefix) || prefix.GetBoolean())
            throw new InvalidDataException("its pre_tokenizer puts a space before a text (add_prefix_space), after which not every text comes back whole");
        if (values.TryGetValue("use_regex", out var regex) && !regex.GetBoolean())
            throw new InvalidDataException("its pre_tokenizer does not cut text into GPT-2's pieces (use_regex)");
    }

    private static bool IsThere(in Utf8JsonReader part) => part.TokenType is not (JsonTokenType.None or JsonTokenType.Null);

    private static bool IsSet(ref Utf8JsonReader json) => json.Read() && json.TokenType != JsonTokenType.Null && json.GetBoolean();

    private static JsonElement? Value(Dictionary<string, JsonElement> values, string name) =>
        values.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(Dictionary<string, JsonElement> values, string name) => Value(values, name)?.GetString();

    private static bool IsSet(Dictionary<string, JsonElement> values, string name) => Value(values, name)?.GetBoolean() ?? false;

    private ref struct Parts
    {
        public Utf8JsonReader Model, AddedTokens, Normalizer, Truncation, Padding, PreTokenizer, Decoder, PostProcessor;
    }
}
