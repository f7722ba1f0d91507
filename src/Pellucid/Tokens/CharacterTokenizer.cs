using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens;

/// <summary>One token a character (a Unicode code point), in ascending order, and after them, where it was learned from documents,
/// one that stands between those.</summary>
public sealed class CharacterTokenizer : Tokenizer
{
    /// <summary>Name of its file.</summary>
    public const string FileName = "characters.json";

    // What the file of one with a separator has; one without is the bare list.
    private const string CharactersField = "characters", SeparatorField = "separator";

    // Of UTF-8, and of JSON's text for a character: two escapes such as \ud83d.
    private const int MostBytes = 4, MostEscape = 12;

    private readonly byte[] _utf8; // MostBytes a character
    private readonly Dictionary<int, int> _tokens;

    /// <summary>A token for each of these characters.</summary>
    /// <param name="characters">In any order, each any number of times.</param>
    /// <param name="separated">Whether one more token, <c>&lt;|endoftext|&gt;</c>, stands between documents.</param>
    public CharacterTokenizer(IEnumerable<Rune> characters, bool separated = false)
    {
        ArgumentNullException.ThrowIfNull(characters);
        var sorted = characters.Distinct().Order().ToList();
        if (sorted.Count == 0)
            throw new ArgumentException("a tokenizer needs at least one character", nameof(characters));
        (_utf8, _tokens) = Number(sorted);
        EndOfText = separated ? sorted.Count : null;
    }

    private CharacterTokenizer(List<Rune> sorted, bool separated)
    {
        (_utf8, _tokens) = Number(sorted);
        EndOfText = separated ? sorted.Count : null;
    }

    /// <inheritdoc/>
    public override int VocabularySize => _tokens.Count + (EndOfText is null ? 0 : 1);

    /// <inheritdoc/>
    public override int? EndOfText { get; }

    /// <inheritdoc/>
    public override string? SpecialName(int token) => token == EndOfText ? BpeTokenizer.EndOfTextName : null;

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
    public override ReadOnlySpan<byte> Bytes(int token)
    {
        if (token == EndOfText)
            return [];
        Rune.DecodeFromUtf8(_utf8.AsSpan(MostBytes * token, MostBytes), out _, out var length);
        return _utf8.AsSpan(MostBytes * token, length);
    }

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
                    ? $"the character '{character}' (U+{character.Value:X4}) "
                        + $"at byte {at} is not among the {_tokens.Count} that the model knows"
                    : $"byte {at} is not UTF-8");
            tokens.Add(token);
            at += length;
        }
    }

    /// <inheritdoc/>
    public override void Save(string folder) => SafeFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        if (EndOfText is not null)
        {
            json.WriteStartObject();
            json.WriteString(SeparatorField, BpeTokenizer.EndOfTextName);
            json.WritePropertyName(CharactersField);
        }
        json.WriteStartArray();
        for (var token = 0; token < _tokens.Count; token++)
            json.WriteStringValue(Bytes(token));
        json.WriteEndArray();
        if (EndOfText is not null)
            json.WriteEndObject();
    });

    internal static CharacterTokenizer Read(string path)
    {
        try
        {
            var json = JsonWalk.Begin(File.ReadAllBytes(path), deepest: 3);
            var (characters, separated) = ((List<Rune>?)null, false);
            if (json.Read() && json.TokenType == JsonTokenType.StartObject)
                while (json.NextField())
                    if (json.ValueTextEquals(CharactersField))
                        characters = ReadCharacters(ref json, path);
                    else if (json.ValueTextEquals(SeparatorField) && json.Text() == BpeTokenizer.EndOfTextName)
                        separated = true;
                    else
                        throw new InvalidDataException(
                            $"{path}: only {CharactersField}, and {BpeTokenizer.EndOfTextName} as {SeparatorField}, are known");
            else
                characters = ReadCharacters(ref json, path);
            json.End();
            return characters is { Count: > 0 } ? new CharacterTokenizer(characters, separated)
                : throw new InvalidDataException($"{path} has no characters");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    private static List<Rune> ReadCharacters(ref Utf8JsonReader json, string path)
    {
        var characters = new List<Rune>();
        Span<char> text = stackalloc char[MostEscape];
        json.Enter(JsonTokenType.StartArray);
        while (json.NextElement())
        {
            var written = json.ValueSpan.Length <= MostEscape ? json.CopyString(text) : 0;
            if (Rune.DecodeFromUtf16(text[..written], out var character, out var length) != System.Buffers.OperationStatus.Done
                || length != written)
                throw new InvalidDataException($"{path}: every entry must be one character, but entry {characters.Count + 1} is not");
            if (characters.Count > 0 && characters[^1] >= character)
                throw new InvalidDataException(
                    $"{path}: every character must be there once, in ascending order, but entry {characters.Count + 1} is '{character}'");
            characters.Add(character);
        }
        return characters;
    }

    private static (byte[] Utf8, Dictionary<int, int> Tokens) Number(List<Rune> sorted)
    {
        var (utf8, tokens) = (new byte[MostBytes * sorted.Count], new Dictionary<int, int>(sorted.Count));
        for (var token = 0; token < sorted.Count; token++)
        {
            sorted[token].EncodeToUtf8(utf8.AsSpan(MostBytes * token));
            tokens.Add(sorted[token].Value, token);
        }
        return (utf8, tokens);
    }
}
