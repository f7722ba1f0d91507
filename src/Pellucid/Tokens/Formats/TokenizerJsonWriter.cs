using System.Text.Encodings.Web;
using System.Text.Json;
using Pellucid.Files;
using Pellucid.Tokens.Normalization;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Tokens.Formats;

/// <summary>Writes <c>tokenizer.json</c>.</summary>
internal static class TokenizerJsonWriter
{
    /// <summary>Writes a file, whole or not at all.</summary>
    public static void Write(BpeTokenizer tokenizer, string path) => SafeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream,
            new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        var rules = tokenizer.Rules;
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAdded(json, tokenizer);
        WriteSequence(json, "normalizer", "normalizers", [.. rules.Normalizer.Select(step => (Action<Utf8JsonWriter>)step.Write)]);
        WriteSequence(json, "pre_tokenizer", "pretokenizers", PreTokenizers(rules));
        WritePostProcessor(json, tokenizer);
        WriteSequence(json, "decoder", "decoders", Decoders(rules));
        WriteModel(json, tokenizer);
        json.WriteEndObject();
    });

    private static void WriteAdded(Utf8JsonWriter json, BpeTokenizer tokenizer)
    {
        json.WriteStartArray("added_tokens");
        foreach (var added in tokenizer.Added)
        {
            json.WriteStartObject();
            json.WriteNumber("id", added.Token);
            json.WriteString("content", added.Text);
            json.WriteBoolean("single_word", added.IsSingleWord);
            json.WriteBoolean("lstrip", added.StripsLeft);
            json.WriteBoolean("rstrip", added.StripsRight);
            json.WriteBoolean("normalized", added.IsNormalized);
            json.WriteBoolean("special", added.IsSpecial);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    // Nothing, one, or a sequence of several.
    private static void WriteSequence(Utf8JsonWriter json, string name, string list, IReadOnlyList<Action<Utf8JsonWriter>> parts)
    {
        if (parts.Count == 0)
        {
            json.WriteNull(name);
            return;
        }
        json.WritePropertyName(name);
        if (parts.Count > 1)
        {
            json.WriteStartObject();
            json.WriteString("type", "Sequence");
            json.WriteStartArray(list);
        }
        foreach (var part in parts)
            part(json);
        if (parts.Count > 1)
        {
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private static List<Action<Utf8JsonWriter>> PreTokenizers(BpeRules rules)
    {
        var prefix = rules.Preparation.OfType<PrependStep>().Any();
        var parts = new List<Action<Utf8JsonWriter>>();
        if (rules.Splitters is [Gpt2Splitter gpt2] && !rules.IsOfCharacters)
        {
            if (gpt2.DigitsAlone)
                parts.Add(Gpt2Splitter.WriteDigits);
            parts.Add(json => WriteByteLevel(json, prefix, useRegex: true));
            return parts;
        }
        parts.AddRange(rules.Splitters.Select(splitter => (Action<Utf8JsonWriter>)splitter.Write));
        if (!rules.IsOfCharacters)
            parts.Add(json => WriteByteLevel(json, prefix, useRegex: false));
        return parts;
    }

    private static List<Action<Utf8JsonWriter>> Decoders(BpeRules rules)
    {
        if (!rules.IsOfCharacters)
            return [json => WriteByteLevel(json, prefix: false, useRegex: true)];
        var parts = new List<Action<Utf8JsonWriter>> { new ReplaceStep(BorderSplitter.Mark, " ").Write };
        if (rules.FallsBackToBytes)
            parts.Add(json => WriteType(json, "ByteFallback"));
        parts.Add(json => WriteType(json, "Fuse"));
        if (rules.StripsFirstSpace)
            parts.Add(WriteStrip);
        return parts;
    }

    private static void WriteStrip(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Strip");
        json.WriteString("content", " ");
        json.WriteNumber("start", 1);
        json.WriteNumber("stop", 0);
        json.WriteEndObject();
    }

    private static void WriteType(Utf8JsonWriter json, string type)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool prefix, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", prefix);
        json.WriteBoolean("trim_offsets", false);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private static void WritePostProcessor(Utf8JsonWriter json, BpeTokenizer tokenizer)
    {
        json.WritePropertyName("post_processor");
        var (front, back) = (tokenizer.Front, tokenizer.Back);
        if (front.Count == 0 && back.Count == 0)
        {
            if (tokenizer.Rules.IsOfCharacters)
                json.WriteNullValue();
            else
                WriteByteLevel(json, prefix: false, useRegex: true);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "TemplateProcessing");
        foreach (var name in (ReadOnlySpan<string>)["single", "pair"])
        {
            json.WriteStartArray(name);
            foreach (var text in (ReadOnlySpan<string>)(name == "single" ? ["A"] : ["A", "B"]))
                WriteTemplate(json, tokenizer, text);
            json.WriteEndArray();
        }
        json.WriteStartObject("special_tokens");
        foreach (var token in front.Concat(back).Distinct())
        {
            json.WriteStartObject(tokenizer.FileName(token));
            json.WriteString("id", tokenizer.FileName(token));
            json.WriteStartArray("ids");
            json.WriteNumberValue(token);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(tokenizer.FileName(token));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTemplate(Utf8JsonWriter json, BpeTokenizer tokenizer, string text)
    {
        void WritePart(string kind, string id)
        {
            json.WriteStartObject();
            json.WriteStartObject(kind);
            json.WriteString("id", id);
            json.WriteNumber("type_id", text == "A" ? 0 : 1);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        foreach (var token in tokenizer.Front)
            WritePart("SpecialToken", tokenizer.FileName(token));
        WritePart("Sequence", text);
        foreach (var token in tokenizer.Back)
            WritePart("SpecialToken", tokenizer.FileName(token));
    }

    private static void WriteModel(Utf8JsonWriter json, BpeTokenizer tokenizer)
    {
        var rules = tokenizer.Rules;
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", rules.Unknown is { } unknown ? tokenizer.FileName(unknown) : null);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", rules.FusesUnknown);
        json.WriteBoolean("byte_fallback", rules.FallsBackToBytes);
        json.WriteBoolean("ignore_merges", rules.IgnoresMerges);
        json.WritePropertyName("vocab");
        VocabularyAndMerges.WriteNames(json, tokenizer);
        json.WriteStartArray("merges");
        var names = Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.FileName).ToArray();
        // then a space between two would not tell where one ends
        var hasSpaces = names.Any(name => name.Contains(' ', StringComparison.Ordinal));
        foreach (var (left, right) in tokenizer.Merges)
            if (!hasSpaces)
            {
                json.WriteStringValue($"{names[left]} {names[right]}");
            }
            else
            {
                json.WriteStartArray();
                json.WriteStringValue(names[left]);
                json.WriteStringValue(names[right]);
                json.WriteEndArray();
            }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
