using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens;

/// <summary>GPT-2's own format: <c>vocab.json</c>, the number of every token, and <c>merges.txt</c>, pairs of tokens in order.</summary>
internal static class VocabularyAndMerges
{
    public const string VocabularyFile = "vocab.json", MergesFile = "merges.txt";

    /// <summary>Names of the two files as OpenAI released them.</summary>
    public const string OriginalVocabularyFile = "encoder.json", OriginalMergesFile = "vocab.bpe";

    // What other libraries keep beside the two files, and this format has no place for.
    private const string AddedTokensFile = "added_tokens.json";

    /// <summary>Reads both files.</summary>
    /// <exception cref="InvalidDataException">A file is damaged or they disagree; the message names file and line or entry.</exception>
    public static BpeTokenizer Read(string vocabularyPath, string mergesPath)
    {
        if (File.Exists(Path.Combine(Path.GetDirectoryName(vocabularyPath)!, AddedTokensFile)))
            throw new InvalidDataException($"{vocabularyPath}: beside it lies {AddedTokensFile}, whose tokens are found in a text by rules that only a {TokenizerJson.FileName} tells");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(vocabularyPath), new JsonDocumentOptions { MaxDepth = 2 });
            var names = Names(document.RootElement);
            var numbers = names.Select((name, token) => (name, token)).ToDictionary(pair => pair.name, pair => pair.token);
            AddedToken[] added = numbers.TryGetValue(BpeTokenizer.EndOfTextName, out var end) ? [new(end, BpeTokenizer.EndOfTextName, true)] : [];
            return new BpeTokenizer(TokenBytes(names, added), ReadMerges(mergesPath, numbers), added);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException
            || (error is InvalidDataException && !error.Message.StartsWith(mergesPath, StringComparison.Ordinal)))
        {
            throw new InvalidDataException($"{vocabularyPath}: {Excerpt.Of(error)}", error);
        }
    }

    /// <summary>Writes both files, each whole or not at all.</summary>
    /// <exception cref="NotSupportedException">The format has no place for a token.</exception>
    public static void Write(BpeTokenizer tokenizer, string folder)
    {
        if (tokenizer.Added.FirstOrDefault(token => token is not { Text: BpeTokenizer.EndOfTextName, IsSpecial: true }) is { Text: { } text })
            throw new NotSupportedException($"{VocabularyFile} and {MergesFile} have no place for the added token '{text}'; {TokenizerJson.FileName} has");
        SafeFile.Write(Path.Combine(folder, VocabularyFile), stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            WriteNames(json, tokenizer);
        });
        SafeFile.Write(Path.Combine(folder, MergesFile), stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine("#version: 0.2");
            foreach (var (left, right) in tokenizer.Merges)
                writer.WriteLine($"{tokenizer.FileName(left)} {tokenizer.FileName(right)}");
        });
    }

    /// <summary>An object of names and numbers as names in the order of their numbers, which must leave no gap.</summary>
    public static string[] Names(JsonElement vocabulary, int more = 0)
    {
        var names = new string[vocabulary.EnumerateObject().Count() + more];
        foreach (var entry in vocabulary.EnumerateObject())
            Place(names, entry.Name, entry.Value.GetInt32());
        return names;
    }

    /// <summary>Puts a name at its number.</summary>
    public static void Place(string[] names, string name, int token)
    {
        if ((uint)token >= (uint)names.Length || names[token] is not null)
            throw new InvalidDataException($"the numbers of {names.Length} tokens must be 0 to {names.Length - 1}, each once; '{Excerpt.Of(name)}' has {token}");
        names[token] = name;
    }

    /// <summary>Writes what <see cref="Names"/> reads.</summary>
    public static void WriteNames(Utf8JsonWriter json, BpeTokenizer tokenizer)
    {
        json.WriteStartObject();
        for (var token = 0; token < tokenizer.VocabularySize; token++)
            json.WriteNumber(tokenizer.FileName(token), token);
        json.WriteEndObject();
    }

    /// <summary>Bytes of every token that was not added.</summary>
    public static byte[][] TokenBytes(string[] names, IReadOnlyList<AddedToken> added)
    {
        var except = added.Select(token => token.Token).ToHashSet();
        return [.. names.Select((name, token) => except.Contains(token) ? [] : ByteCharacters.Read(name)
            ?? throw new InvalidDataException($"token {token}, '{Excerpt.Of(name)}', is not written in GPT-2's byte characters"))];
    }

    private static List<(int, int)> ReadMerges(string path, Dictionary<string, int> numbers)
    {
        var merges = new List<(int, int)>();
        var line = 0;
        foreach (var text in File.ReadLines(path))
        {
            line++;
            if (text.Length == 0 || (line == 1 && text.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            merges.Add(Merge(text, numbers) ?? throw new InvalidDataException($"{path}: line {line} is not two tokens of the vocabulary: '{Excerpt.Of(text)}'"));
        }
        return merges;
    }

    /// <summary>Two tokens with a space between; null if it is not that.</summary>
    public static (int, int)? Merge(string text, Dictionary<string, int> numbers)
    {
        var lookup = numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        var space = text.IndexOf(' ');
        return space > 0 && lookup.TryGetValue(text.AsSpan(0, space), out var left) && lookup.TryGetValue(text.AsSpan(space + 1), out var right) ? (left, right) : null;
    }
}
