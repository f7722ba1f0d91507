using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens.Formats;

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
            throw new InvalidDataException(
                $"{vocabularyPath}: beside it lies {AddedTokensFile}, whose tokens are found in a text by rules that "
                    + $"only a {TokenizerJson.FileName} tells");
        try
        {
            var text = File.ReadAllBytes(vocabularyPath);
            var json = JsonWalk.Begin(text, deepest: 2);
            var names = VocabularyJson.Read(ref json, text.Length, [], ofCharacters: false);
            json.End();
            AddedToken[] added = names.Find(Encoding.UTF8.GetBytes(BpeTokenizer.EndOfTextName)) is >= 0 and var end
                ? [new(end, BpeTokenizer.EndOfTextName, true)] : [];
            return new BpeTokenizer(names, TokenText.Of(names, added, BpeRules.Gpt2), ReadMerges(mergesPath, names), added, BpeRules.Gpt2)
                .WithAllBytes();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException
            || (error is InvalidDataException && !error.Message.StartsWith(mergesPath, StringComparison.Ordinal)))
        {
            throw new InvalidDataException($"{vocabularyPath}: {Excerpt.Of(error)}", error);
        }
    }

    /// <summary>Writes both files for readers that know nothing else of the tokenizer, each whole or not at all.</summary>
    /// <exception cref="NotSupportedException">They would not make the same tokens.</exception>
    public static void WriteAlone(BpeTokenizer tokenizer, string folder)
    {
        if (tokenizer.Added.FirstOrDefault(token => token is not { Text: BpeTokenizer.EndOfTextName, IsSpecial: true })
            is { Text: { } text })
            throw new NotSupportedException(
                $"{VocabularyFile} and {MergesFile} have no place for the added token '{text}'; {TokenizerJson.FileName} has");
        if (!tokenizer.Rules.AreGpt2s)
            throw new NotSupportedException(
                $"{VocabularyFile} and {MergesFile} do not tell how text is cut, and all take it to be GPT-2's way; "
                    + $"{TokenizerJson.FileName} does");
        Write(tokenizer, folder);
    }

    /// <summary>Writes both files, each whole or not at all; what they cannot say another file beside them must.</summary>
    public static void Write(BpeTokenizer tokenizer, string folder)
    {
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

    /// <summary>Writes an object of names and numbers.</summary>
    public static void WriteNames(Utf8JsonWriter json, BpeTokenizer tokenizer)
    {
        json.WriteStartObject();
        for (var token = 0; token < tokenizer.VocabularySize; token++)
            json.WriteNumber(tokenizer.FileName(token), token);
        json.WriteEndObject();
    }

    private static List<(int, int)> ReadMerges(string path, TokenBytes names)
    {
        var (merges, buffer, line) = (new List<(int, int)>(), new byte[256], 0);
        foreach (var bytes in Lines.Of(path))
        {
            line++;
            if (bytes.IsEmpty || (line == 1 && bytes.Span.StartsWith("#version"u8)))
                continue;
            if (bytes.Length > buffer.Length)
                buffer = new byte[bytes.Length];
            bytes.Span.CopyTo(buffer);
            merges.Add(VocabularyJson.Merge(buffer.AsSpan(0, bytes.Length), names, ofCharacters: false)
                ?? throw new InvalidDataException(
                    $"{path}: line {line} is not two tokens of the vocabulary: '{Excerpt.Of(Encoding.UTF8.GetString(bytes.Span))}'"));
        }
        return merges;
    }
}
