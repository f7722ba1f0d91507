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
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = DeepestNesting });
            return Read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException or InvalidDataException or KeyNotFoundException)
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

    private static BpeTokenizer Read(JsonElement root)
    {
        var model = Part(root, "model") ?? throw new InvalidDataException("'model' is missing");
        if (Text(model, "type") is not (null or "BPE"))
            throw new InvalidDataException($"the model is of type '{Excerpt.Of(Text(model, "type")!)}'; only 'BPE' can be reproduced");
        foreach (var name in (ReadOnlySpan<string>)["normalizer", "truncation", "padding"])
            if (Part(root, name) is { } set)
                throw new InvalidDataException($"it has a {name} ({Excerpt.Of(Text(set, "type") ?? "set")}), which would change tokens and cannot be reproduced");
        RequireByteLevel(root, "pre_tokenizer", isNeeded: true);
        RequireByteLevel(root, "decoder", isNeeded: true);
        RequireByteLevel(root, "post_processor", isNeeded: false);
        foreach (var name in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
            if (Text(model, name) is { Length: > 0 } affix)
                throw new InvalidDataException($"the model has {name} '{Excerpt.Of(affix)}'; byte-level tokens have none");
        if (Part(model, "dropout") is { } dropout && dropout.GetDouble() != 0)
            throw new InvalidDataException("the model drops merges at random (dropout), which cannot be reproduced");
        if (IsSet(model, "byte_fallback"))
            throw new InvalidDataException("the model falls back to bytes (byte_fallback); byte-level tokens need none");
        var tokenizer = ReadModel(model, ReadAdded(root));
        if (IsSet(model, "ignore_merges") && tokenizer.FirstUnreachable() is { } token)
            throw new InvalidDataException($"it takes whole pieces before merges (ignore_merges), and token {token} is one that merges do not give");
        return tokenizer;
    }

    private static BpeTokenizer ReadModel(JsonElement model, List<AddedToken> added)
    {
        var vocabulary = model.GetProperty("vocab");
        var beyond = added.Where(token => !vocabulary.TryGetProperty(token.Text, out _)).ToList();
        var names = VocabularyAndMerges.Names(vocabulary, beyond.Count);
        foreach (var token in beyond)
            VocabularyAndMerges.Place(names, token.Text, token.Token);
        foreach (var token in added)
            if ((uint)token.Token >= (uint)names.Length || names[token.Token] != token.Text)
                throw new InvalidDataException($"the added token '{Excerpt.Of(token.Text)}' has the number {token.Token}, but in the vocabulary another");
        var numbers = names.Select((name, token) => (name, token)).ToDictionary(pair => pair.name, pair => pair.token);
        var merges = model.GetProperty("merges").EnumerateArray().Select((merge, index) => ReadMerge(merge, numbers)
            ?? throw new InvalidDataException($"merge {index + 1} is not two tokens of the vocabulary")).ToList();
        return new BpeTokenizer(VocabularyAndMerges.TokenBytes(names, added), merges, added);
    }

    // Older files join the two with a space, newer ones list them.
    private static (int, int)? ReadMerge(JsonElement merge, Dictionary<string, int> numbers)
    {
        if (merge.ValueKind == JsonValueKind.String)
            return VocabularyAndMerges.Merge(merge.GetString()!, numbers);
        return merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
            && numbers.TryGetValue(merge[0].GetString() ?? "", out var left) && numbers.TryGetValue(merge[1].GetString() ?? "", out var right) ? (left, right) : null;
    }

    private static List<AddedToken> ReadAdded(JsonElement root)
    {
        var added = new List<AddedToken>();
        if (Part(root, "added_tokens") is not { } list)
            return added;
        foreach (var entry in list.EnumerateArray())
        {
            var text = entry.GetProperty("content").GetString() ?? "";
            foreach (var name in (ReadOnlySpan<string>)["single_word", "lstrip", "rstrip"])
                if (IsSet(entry, name))
                    throw new InvalidDataException($"the added token '{Excerpt.Of(text)}' has {name} set, which cannot be reproduced");
            added.Add(new AddedToken(entry.GetProperty("id").GetInt32(), text, IsSet(entry, "special")));
        }
        return added;
    }

    private static void RequireByteLevel(JsonElement root, string name, bool isNeeded)
    {
        if (Part(root, name) is not { } part)
        {
            if (isNeeded)
                throw new InvalidDataException($"it has no {name}; only 'ByteLevel', which GPT-2 has, can be reproduced");
            return;
        }
        if (Text(part, "type") != "ByteLevel")
            throw new InvalidDataException($"its {name} is '{Excerpt.Of(Text(part, "type") ?? "")}'; only 'ByteLevel', which GPT-2 has, can be reproduced");
        if (name != "pre_tokenizer")
            return;
        if (!part.TryGetProperty("add_prefix_space", out var prefix) || prefix.GetBoolean())
            throw new InvalidDataException("its pre_tokenizer puts a space before a text (add_prefix_space), after which not every text comes back whole");
        if (part.TryGetProperty("use_regex", out var regex) && !regex.GetBoolean())
            throw new InvalidDataException("its pre_tokenizer does not cut text into GPT-2's pieces (use_regex)");
    }

    private static JsonElement? Part(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement owner, string name) => Part(owner, name)?.GetString();

    private static bool IsSet(JsonElement owner, string name) => Part(owner, name)?.GetBoolean() ?? false;
}
