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
            var json = JsonWalk.Begin(File.ReadAllBytes(vocabularyPath), deepest: 2);
            var names = Names(ref json, []);
            json.End();
            var numbers = Numbers(names);
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

    /// <summary>An object of names and numbers, and added tokens that may be among them, as names in the order of their numbers, which must leave no gap.</summary>
    public static string[] Names(ref Utf8JsonReader json, IReadOnlyList<AddedToken> added)
    {
        var ahead = json;
        var count = 0;
        ahead.Enter(JsonTokenType.StartObject);
        for (; ahead.NextField(); count++)
            ahead.Skip();
        var names = new string[count + added.Count];
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
        {
            var name = json.GetString()!;
            json.Read();
            var token = json.GetInt32();
            if ((uint)token >= (uint)names.Length || names[token] is not null)
                throw new InvalidDataException($"the numbers of {count} tokens must be 0 to {count - 1}, each once; '{Excerpt.Of(name)}' has {token}");
            names[token] = name;
        }
        foreach (var (token, text, _) in added)
        {
            if ((uint)token >= (uint)names.Length || (names[token] ?? text) != text)
                throw new InvalidDataException($"the added token '{Excerpt.Of(text)}' has the number {token}, but in the vocabulary another");
            count += names[token] is null ? 1 : 0;
            names[token] = text;
        }
        Array.Resize(ref names, count);
        return Array.IndexOf(names, null) is >= 0 and var gap ? throw new InvalidDataException($"the numbers of {count} tokens must be 0 to {count - 1}, each once; none has {gap}") : names;
    }

    /// <summary>Numbers by names.</summary>
    public static Dictionary<string, int> Numbers(string[] names)
    {
        var numbers = new Dictionary<string, int>(names.Length);
        for (var token = 0; token < names.Length; token++)
            if (!numbers.TryAdd(names[token], token))
                throw new InvalidDataException($"the token '{Excerpt.Of(names[token])}' is there twice, as {numbers[names[token]]} and {token}");
        return numbers;
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
        var (bytes, except) = (new byte[names.Length][], added.Select(token => token.Token).ToHashSet());
        for (var token = 0; token < names.Length; token++)
            bytes[token] = except.Contains(token) ? [] : ByteCharacters.Read(names[token])
                ?? throw new InvalidDataException($"token {token}, '{Excerpt.Of(names[token])}', is not written in GPT-2's byte characters");
        return bytes;
    }

    private static List<(int, int)> ReadMerges(string path, Dictionary<string, int> numbers)
    {
        var (merges, characters, line) = (new List<(int, int)>(), new char[256], 0);
        foreach (var bytes in Lines.Of(path))
        {
            line++;
            if (bytes.IsEmpty || (line == 1 && bytes.Span.StartsWith("#version"u8)))
                continue;
            if (bytes.Length > characters.Length)
                characters = new char[bytes.Length];
            var text = characters.AsSpan(0, Encoding.UTF8.GetChars(bytes.Span, characters));
            merges.Add(Merge(text, numbers) ?? throw new InvalidDataException($"{path}: line {line} is not two tokens of the vocabulary: '{Excerpt.Of(text.ToString())}'"));
        }
        return merges;
    }

    /// <summary>Two tokens with a space between; null if it is not that.</summary>
    public static (int, int)? Merge(ReadOnlySpan<char> text, Dictionary<string, int> numbers)
    {
        var lookup = numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        var space = text.IndexOf(' ');
        return space > 0 && lookup.TryGetValue(text[..space], out var left) && lookup.TryGetValue(text[(space + 1)..], out var right) ? (left, right) : null;
    }
}
