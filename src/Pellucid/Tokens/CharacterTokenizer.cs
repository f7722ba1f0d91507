using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens;

/// <summary>One token a character (a Unicode code point), in ascending order.</summary>
public sealed class CharacterTokenizer : Tokenizer
{
    /// <summary>Name of its file.</summary>
    public const string FileName = "characters.json";

    private readonly byte[][] _bytes;
    private readonly Dictionary<int, int> _tokens = [];

    /// <summary>A token for each of these characters.</summary>
    public CharacterTokenizer(IEnumerable<Rune> characters)
    {
        ArgumentNullException.ThrowIfNull(characters);
        var sorted = characters.Distinct().Order().ToArray();
        if (sorted.Length == 0)
            throw new ArgumentException("a tokenizer needs at least one character", nameof(characters));
        _bytes = [.. sorted.Select(character => Encoding.UTF8.GetBytes(character.ToString()))];
        for (var token = 0; token < sorted.Length; token++)
            _tokens[sorted[token].Value] = token;
    }

    /// <inheritdoc/>
    public override int VocabularySize => _bytes.Length;

    /// <inheritdoc/>
    public override int? EndOfText => null;

    /// <summary>A token for each character of a text.</summary>
    /// <exception cref="InvalidDataException">The text is not UTF-8, or empty.</exception>
    public static CharacterTokenizer FromText(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            throw new InvalidDataException("an empty text has no characters");
        var found = new HashSet<Rune>();
        Collect(text, found);
        return new CharacterTokenizer(found);
    }

    /// <summary>Adds the characters of a text.</summary>
    /// <exception cref="InvalidDataException">The text is not UTF-8.</exception>
    public static void Collect(ReadOnlySpan<byte> text, HashSet<Rune> found)
    {
        ArgumentNullException.ThrowIfNull(found);
        for (var at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf8(text[at..], out var character, out var length) != System.Buffers.OperationStatus.Done)
                throw new InvalidDataException($"byte {at} is not UTF-8; characters as tokens need text that is");
            found.Add(character);
            at += length;
        }
    }

    /// <summary>The last place, above 0 and below the end, where a character begins; 0 if there is none.</summary>
    public static int LastCharacter(ReadOnlySpan<byte> text)
    {
        var at = text.Length - 1;
        while (at > 0 && (text[at] & 0xC0) == 0x80)
            at--;
        return Math.Max(at, 0);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Bytes(int token) => _bytes[token];

    /// <inheritdoc/>
    public override int LastCut(ReadOnlySpan<byte> text) => LastCharacter(text);

    internal override void AppendRules(IncrementalHash hash) => hash.AppendData("characters\n"u8);

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> text, List<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        for (var at = 0; at < text.Length;)
        {
            var status = Rune.DecodeFromUtf8(text[at..], out var character, out var length);
            if (status != System.Buffers.OperationStatus.Done || !_tokens.TryGetValue(character.Value, out var token))
                throw new ArgumentException(status == System.Buffers.OperationStatus.Done
                    ? $"the character '{character}' (U+{character.Value:X4}) at byte {at} is not among the {VocabularySize} that the model knows"
                    : $"byte {at} is not UTF-8");
            tokens.Add(token);
            at += length;
        }
    }

    /// <inheritdoc/>
    public override void Save(string folder) => SafeFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartArray();
        foreach (var bytes in _bytes)
            json.WriteStringValue(bytes);
        json.WriteEndArray();
    });

    internal static CharacterTokenizer Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 2 });
            var characters = document.RootElement.EnumerateArray().Select(element => element.GetString()!).ToArray();
            if (characters.Any(text => text.EnumerateRunes().Count() != 1))
                throw new InvalidDataException($"{path}: every entry must be one character");
            var tokenizer = new CharacterTokenizer(characters.Select(text => text.EnumerateRunes().First()));
            return tokenizer.VocabularySize == characters.Length ? tokenizer : throw new InvalidDataException($"{path}: a character is there twice");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }
}
