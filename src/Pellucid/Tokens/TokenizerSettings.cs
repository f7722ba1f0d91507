using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens;

/// <summary>A special token as a file calls it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Field">The field, such as <c>eos_token</c>.</param>
/// <param name="Text">The token's text.</param>
internal sealed record NamedToken(string Path, string Field, string Text);

/// <summary>
/// What lies beside a tokenizer and changes which tokens a prompt has: <c>tokenizer_config.json</c>, and
/// <c>special_tokens_map.json</c> for what it leaves open. Its other fields are about padding, truncation, and how text is
/// shown, none of which is done here; a chat template is read elsewhere.
/// </summary>
internal sealed class TokenizerSettings
{
    public const string SettingsFile = "tokenizer_config.json", MapFile = "special_tokens_map.json";

    private const string AddBegin = "add_bos_token", AddEnd = "add_eos_token", AddSpace = "add_prefix_space", Class = "tokenizer_class";
    private const int DeepestNesting = 64, LongestText = 1000;

    // These put a begin token before every text where their settings do not say.
    private static readonly string[] BeginningClasses = ["LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer"];

    private readonly Dictionary<string, bool> _switches = [];
    private readonly string _path;
    private string? _class;

    private TokenizerSettings(string path) => _path = path;

    /// <summary>What begins a text.</summary>
    public NamedToken? Begin { get; private set; }

    /// <summary>What ends one.</summary>
    public NamedToken? End { get; private set; }

    /// <summary>Whether the begin token stands before every prompt: as the settings say, else where the tokenizer's own file
    /// puts a token there, or the class of the tokenizer does.</summary>
    public bool AddsBegin(Tokenizer tokenizer) => _switches.TryGetValue(AddBegin, out var adds) ? adds
        : tokenizer.Front.Count > 0
            || _class is not null && BeginningClasses.Contains(_class.EndsWith("Fast", StringComparison.Ordinal) ? _class[..^4] : _class);

    /// <summary>The token that the tokenizer's own file puts before every text, where the settings do not say whether there is
    /// one.</summary>
    public int? Front(Tokenizer tokenizer) => _switches.ContainsKey(AddBegin) || tokenizer.Front.Count == 0 ? null : tokenizer.Front[0];

    /// <summary>Reads what there is in a folder.</summary>
    /// <exception cref="InvalidDataException">A file is damaged; the message names file, field and value.</exception>
    public static TokenizerSettings Read(string folder)
    {
        var settings = new TokenizerSettings(Path.Combine(folder, SettingsFile));
        settings.ReadFile(settings._path);
        settings.ReadFile(Path.Combine(folder, MapFile));
        return settings;
    }

    /// <summary>The number of a token that is called by its text;
    /// null for none, and for every token of a model without a tokenizer.</summary>
    /// <exception cref="InvalidDataException">The tokenizer or the model does not have it.</exception>
    public int? Find(Tokenizer tokenizer, NamedToken? named, int vocabularySize)
    {
        if (named is null || tokenizer is NamelessTokenizer)
            return null;
        var token = tokenizer.Find(named.Text) ?? throw new InvalidDataException(
            $"{named.Path}: {named.Field} is '{Excerpt.Of(named.Text)}', which is no token of the tokenizer");
        return token < vocabularySize ? token
            : throw new InvalidDataException($"{named.Path}: {named.Field} is '{Excerpt.Of(named.Text)}', token {token}, "
                + $"but the vocabulary has only {vocabularySize} tokens");
    }

    /// <summary>Refuses what would make other tokens than those that are made here.</summary>
    /// <exception cref="InvalidDataException">Names file, field and value.</exception>
    public void RequireKnown(Tokenizer tokenizer, int? begin)
    {
        if (_switches.GetValueOrDefault(AddBegin) && begin is null)
            throw new InvalidDataException($"{_path}: {AddBegin} is true, but no file names a begin token");
        if (!_switches.ContainsKey(AddBegin) && tokenizer.Front.Count > 1)
            throw new InvalidDataException($"{_path}: {AddBegin} is not there, and the tokenizer's own file puts "
                + $"{tokenizer.Front.Count} tokens before every text, of which one is put here at most");
        if (!_switches.ContainsKey(AddEnd) && tokenizer.Back.Count > 0)
            throw new InvalidDataException($"{_path}: {AddEnd} is not there, and the tokenizer's own file puts "
                + $"{tokenizer.Back.Count} tokens after every text, which are not put here; {AddEnd}: false does without");
        if (_switches.GetValueOrDefault(AddEnd))
            throw new InvalidDataException($"{_path}: {AddEnd} is true: an end after every prompt, which is not put here");
        if (_switches.GetValueOrDefault(AddSpace) && tokenizer is not NamelessTokenizer && !PutsSpaceBefore(tokenizer))
            throw new InvalidDataException(
                $"{_path}: {AddSpace} is true: a space before every text, which this tokenizer's own file does not put there");
    }

    private static bool PutsSpaceBefore(Tokenizer tokenizer) =>
        tokenizer is not CharacterTokenizer && tokenizer.Encode("a") is [var first, ..] && tokenizer.Bytes(first) is [(byte)' ', ..];

    private void ReadFile(string path)
    {
        if (!File.Exists(path))
            return;
        try
        {
            var json = JsonWalk.Begin(File.ReadAllBytes(path), DeepestNesting);
            json.Enter(JsonTokenType.StartObject);
            while (json.NextField())
                if (json.ValueTextEquals("bos_token"u8))
                    Begin ??= Token(ref json, path, "bos_token");
                else if (json.ValueTextEquals("eos_token"u8))
                    End ??= Token(ref json, path, "eos_token");
                else if (path != _path || !ReadSwitch(ref json))
                    json.Skip();
            json.End();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    private bool ReadSwitch(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals(Class))
        {
            json.Read();
            _class = json.TokenType == JsonTokenType.String && json.ValueSpan.Length <= LongestText ? json.GetString() : null;
            json.Skip();
            return true;
        }
        var name = json.ValueTextEquals(AddBegin) ? AddBegin : json.ValueTextEquals(AddEnd) ? AddEnd
            : json.ValueTextEquals(AddSpace) ? AddSpace : null;
        if (name is null)
            return false;
        json.Read();
        if (json.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
            throw new InvalidDataException($"{_path}: {name} is {json.TokenType}; it can be true, false or null");
        if (json.TokenType != JsonTokenType.Null)
            _switches[name] = json.GetBoolean();
        return true;
    }

    // A text, or an object that has it as its content.
    private static NamedToken? Token(ref Utf8JsonReader json, string path, string field)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
            return null;
        var text = json.TokenType == JsonTokenType.StartObject ? Content(ref json) : Text(ref json);
        return text is { Length: > 0 } ? new NamedToken(path, field, text)
            : throw new InvalidDataException($"{path}: {field} must be the text of a token, or an object that has it as its content");
    }

    private static string? Content(ref Utf8JsonReader json)
    {
        string? content = null;
        while (json.NextField())
            if (json.ValueTextEquals("content"u8))
            {
                json.Read();
                content = Text(ref json);
                json.Skip();
            }
            else
                json.Skip();
        return content;
    }

    private static string? Text(ref Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.String && json.ValueSpan.Length <= LongestText ? json.GetString() : null;
}
