using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens.Formats;

/// <summary>
/// Hugging Face's <c>tokenizer.json</c>. What of it makes tokens is computed, and what is not understood is refused by
/// name, never left out.
/// </summary>
internal static class TokenizerJson
{
    public const string FileName = "tokenizer.json";

    private const int DeepestNesting = 32, LongestPart = 1 << 18;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or describes a tokenizer that cannot be reproduced exactly.</exception>
    public static BpeTokenizer Read(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException
            or ArgumentException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    private static BpeTokenizer Read(ReadOnlySpan<byte> text)
    {
        var tables = ModelTables.Find(text);
        if (tables.AreFound)
            try
            {
                return Read(tables.Rest(), text.Length, tables);
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
            {
                // The common way says what is wrong, with the place in the whole file.
            }
        return Read(text, text.Length, default);
    }

    private static BpeTokenizer Read(ReadOnlySpan<byte> text, int file, ModelTables tables)
    {
        var parts = Find(text, file, tables);
        if (!IsThere(parts.Model))
            throw new InvalidDataException("'model' is missing");
        if (Element(parts.Version, "version") is { } version && version.GetString() is not "1.0")
            throw new InvalidDataException($"the version is '{Excerpt.Of(version.GetString()!)}'; only '1.0' is known");
        PassOver(parts.Truncation, "truncation", "direction", "max_length", "strategy", "stride");
        PassOver(parts.Padding, "padding", "strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token");
        var pieces = PreTokenizerJson.Read(Element(parts.PreTokenizer, "pre_tokenizer"));
        var around = PostProcessorJson.Read(Element(parts.PostProcessor, "post_processor"));
        var rules = new BpeRules
        {
            Normalizer = NormalizerJson.Read(Element(parts.Normalizer, "normalizer")),
            Preparation = pieces.Preparation,
            Splitters = pieces.Splitters,
            IsOfCharacters = !pieces.IsByteLevel,
            Front = around.Front,
            Back = around.Back,
        };
        var added = parts.Added ?? AddedTokenJson.Read(parts.AddedTokens);
        var model = parts.Contents ?? BpeModelJson.ReadContents(ref parts.Model, file, added, rules.IsOfCharacters, tables);
        return BpeModelJson.Create(model, added, rules, DecoderJson.Read(Element(parts.Decoder, "decoder")));
    }

    // Where the parts begin; they stand in any order. The model is by far the longest, and usually the last: then all that
    // reading it needs is known when it comes, and it is read in passing.
    private static Parts Find(ReadOnlySpan<byte> text, int file, ModelTables tables)
    {
        var json = JsonWalk.Begin(text, DeepestNesting);
        var parts = new Parts();
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
        {
            var name = json;
            json.Read();
            ref var part = ref Part(ref parts, name);
            if (part.TokenType != JsonTokenType.None)
                throw new InvalidDataException($"it has the field '{Encoding.UTF8.GetString(name.ValueSpan)}' twice");
            part = json;
            if (name.ValueTextEquals("model"u8) && IsThere(parts.Model) && parts.AddedTokens.TokenType != JsonTokenType.None
                && parts.PreTokenizer.TokenType != JsonTokenType.None)
            {
                parts.Added = AddedTokenJson.Read(parts.AddedTokens);
                var isByteLevel = PreTokenizerJson.Read(Element(parts.PreTokenizer, "pre_tokenizer")).IsByteLevel;
                parts.Contents = BpeModelJson.ReadContents(ref json, file, parts.Added, !isByteLevel, tables);
            }
            else
            {
                json.Skip();
            }
        }
        json.End();
        return parts;
    }

    private static ref Utf8JsonReader Part(ref Parts parts, in Utf8JsonReader name)
    {
        if (name.ValueTextEquals("version"u8))
            return ref parts.Version;
        if (name.ValueTextEquals("model"u8))
            return ref parts.Model;
        if (name.ValueTextEquals("added_tokens"u8))
            return ref parts.AddedTokens;
        if (name.ValueTextEquals("normalizer"u8))
            return ref parts.Normalizer;
        if (name.ValueTextEquals("truncation"u8))
            return ref parts.Truncation;
        if (name.ValueTextEquals("padding"u8))
            return ref parts.Padding;
        if (name.ValueTextEquals("pre_tokenizer"u8))
            return ref parts.PreTokenizer;
        if (name.ValueTextEquals("decoder"u8))
            return ref parts.Decoder;
        if (name.ValueTextEquals("post_processor"u8))
            return ref parts.PostProcessor;
        throw new InvalidDataException(
            $"it has the field '{Excerpt.Of(Encoding.UTF8.GetString(name.ValueSpan))}', which is not understood");
    }

    // Of batches of texts: how they are cut and filled up to one length. No text's own tokens depend on it.
    private static void PassOver(Utf8JsonReader part, string name, params ReadOnlySpan<string> known)
    {
        if (Element(part, name) is not { } element)
            return;
        var fields = new JsonFields(element, name);
        fields.PassOver(known);
        fields.End();
    }

    // A part that is small in all files but for vocabulary, merges and added tokens.
    private static JsonElement? Element(Utf8JsonReader part, string name)
    {
        if (!IsThere(part))
            return null;
        var end = part;
        var start = part.TokenStartIndex;
        end.Skip();
        return end.BytesConsumed - start <= LongestPart ? JsonElement.ParseValue(ref part)
            : throw new InvalidDataException($"its {name} has {end.BytesConsumed - start} bytes, more than {LongestPart}");
    }

    private static bool IsThere(in Utf8JsonReader part) => part.TokenType is not (JsonTokenType.None or JsonTokenType.Null);

    private ref struct Parts
    {
        public Utf8JsonReader Version, Model, AddedTokens, Normalizer, Truncation, Padding, PreTokenizer, Decoder, PostProcessor;
        public List<AddedToken>? Added;
        public BpeModelContents? Contents;
    }
}
