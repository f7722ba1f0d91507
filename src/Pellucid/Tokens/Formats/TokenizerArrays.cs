using System.Text;
using Pellucid.Files;
using Pellucid.Tokens.Normalization;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Tokens.Formats;

/// <summary>A tokenizer as GGUF holds it:
/// arrays with an entry a token, and names of what is done with text (<c>tokenizer.ggml.*</c>).</summary>
internal sealed record TokenizerArrays
{
    /// <summary>Kinds of tokens as GGUF numbers them; whatever has another number is normal.</summary>
    private const int UnknownType = 2, ControlType = 3, UserDefinedType = 4, UnusedType = 5;

    /// <summary>gpt2, byte-level pairs; llama, SentencePiece's pairs by score; gemma4, pairs of characters in order.</summary>
    public required string Model { get; init; }

    /// <summary>How a byte-level model's text is cut.</summary>
    public string? PreTokenizer { get; init; }

    /// <summary>Tokens as files write them.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>Kinds of tokens; null: all are normal.</summary>
    public IReadOnlyList<int>? Types { get; init; }

    /// <summary>Scores of a model by score.</summary>
    public float[]? Scores { get; init; }

    /// <summary>Merges of a byte-level model: two tokens with a space between.</summary>
    public IReadOnlyList<string>? Merges { get; init; }

    /// <summary>The token that begins a text.</summary>
    public int? Begin { get; init; }

    /// <summary>The token that ends a text.</summary>
    public int? End { get; init; }

    /// <summary>What stands for all that has no token.</summary>
    public int? Unknown { get; init; }

    /// <summary>Whether a text has the token that begins it; null: as the kind of model has it.</summary>
    public bool? AddsBegin { get; init; }

    /// <summary>Whether a text has the token that ends it.</summary>
    public bool AddsEnd { get; init; }

    /// <summary>Whether a model by score puts a space before a text; null: it does.</summary>
    public bool? AddsSpace { get; init; }

    /// <summary>The tokenizer.</summary>
    /// <exception cref="InvalidDataException">Something is not understood, or arrays do not fit each other;
    /// the message names the key.</exception>
    public BpeTokenizer Create()
    {
        RequireLength("token_type", Types?.Count ?? Tokens.Count);
        RequireLength("scores", Scores?.Length ?? Tokens.Count);
        foreach (var (key, token) in (ReadOnlySpan<(string, int?)>)[("bos", Begin), ("eos", End), ("unknown", Unknown)])
            if (token is { } number && (uint)number >= (uint)Tokens.Count)
                throw new InvalidDataException($"tokenizer.ggml.{key}_token_id is {number}, but there are {Tokens.Count} tokens");
        return Model switch
        {
            "gpt2" => CreateByteLevel(),
            "llama" => CreateScored(),
            "gemma4" => CreateOfCharacters(),
            _ => throw new InvalidDataException($"tokenizer.ggml.model is '{Excerpt.Of(Model)}'; gpt2, llama and gemma4 are supported"),
        };
    }

    private BpeTokenizer CreateByteLevel()
    {
        var name = PreTokenizer ?? throw new InvalidDataException("tokenizer.ggml.pre is missing, so that it is not known how text is cut");
        var (rules, names, added) = (ByteLevelRules(name), Names(ofCharacters: false), Added());
        return new BpeTokenizer(names, TokenText.Of(names, added, rules), ReadMerges(names, ofCharacters: false), added, rules);
    }

    /// <summary>How a byte-level model treats text, by the name of its pre-tokenizer.</summary>
    internal BpeRules ByteLevelRules(string name)
    {
        var isLlama3s = name is "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "lfm2";
        return new BpeRules
        {
            // Files do not say it, but Qwen's own tokenizer does it.
            Normalizer = name is "qwen2" or "qwen35" ? [new UnicodeStep("NFC")] : [],
            Splitters = SplitterNames.OfGguf(name)
                ?? throw new InvalidDataException($"tokenizer.ggml.pre is '{Excerpt.Of(name)}', which is not known"),
            IgnoresMerges = isLlama3s || name == "tekken",
            Front = Around(AddsBegin ?? (isLlama3s || name == "tekken"), Begin),
            Back = Around(AddsEnd, End),
        };
    }

    // As SentencePiece's, but with merges in order.
    private BpeTokenizer CreateOfCharacters()
    {
        var (names, added) = (Names(ofCharacters: true), Added());
        var rules = new BpeRules
        {
            Normalizer = [new ReplaceStep(" ", BorderSplitter.Mark)],
            IsOfCharacters = true,
            FallsBackToBytes = ByteNames.Tokens(names).Any(token => token >= 0),
            Unknown = Unknown,
            FusesUnknown = true,
            Front = Around(AddsBegin ?? true, Begin),
            Back = Around(AddsEnd, End),
        };
        return new BpeTokenizer(names, TokenText.Of(names, added, rules), ReadMerges(names, ofCharacters: true), added, rules);
    }

    private List<(int, int)> ReadMerges(TokenBytes names, bool ofCharacters)
    {
        var (merges, buffer) = (new List<(int, int)>(), new byte[256]);
        foreach (var merge in Merges ?? throw new InvalidDataException("tokenizer.ggml.merges is missing"))
        {
            if (buffer.Length < Encoding.UTF8.GetMaxByteCount(merge.Length))
                buffer = new byte[Encoding.UTF8.GetMaxByteCount(merge.Length)];
            merges.Add(VocabularyJson.Merge(buffer.AsSpan(0, Encoding.UTF8.GetBytes(merge, buffer)), names, ofCharacters)
                ?? throw new InvalidDataException(
                    $"tokenizer.ggml.merges: merge {merges.Count + 1}, '{Excerpt.Of(merge)}', is not two tokens"));
        }
        return merges;
    }

    private BpeTokenizer CreateScored()
    {
        var scores = Scores ?? throw new InvalidDataException("tokenizer.ggml.scores is missing");
        var (names, added) = (Names(ofCharacters: true), Added());
        var addsSpace = AddsSpace ?? true;
        var spaces = new ReplaceStep(" ", BorderSplitter.Mark);
        var rules = new BpeRules
        {
            Normalizer = addsSpace ? [new PrependStep(BorderSplitter.Mark), spaces] : [spaces],
            IsOfCharacters = true,
            FallsBackToBytes = ByteNames.Tokens(names).Any(token => token >= 0),
            Unknown = Unknown ?? 0,
            FusesUnknown = true,
            StripsFirstSpace = addsSpace,
            Front = Around(AddsBegin ?? true, Begin ?? 1),
            Back = Around(AddsEnd, End ?? 2),
        };
        bool[] merged = [.. Enumerable.Range(0, Tokens.Count)
            .Select(token => Type(token) is not (UnknownType or ControlType or UserDefinedType) && ByteNames.Read(names[token]) is null)];
        var scored = ScoredMerges.Of(names, scores, merged);
        return new BpeTokenizer(names, TokenText.Of(names, added, rules), scored.Merges, added, rules, scored) { Scores = scores };
    }

    private TokenBytes Names(bool ofCharacters)
    {
        var names = new TokenBytes(Tokens.Count, Tokens.Sum(token => token.Length));
        for (var token = 0; token < Tokens.Count; token++)
        {
            var name = Encoding.UTF8.GetBytes(Tokens[token]);
            if (!ofCharacters && ByteCharacters.TryRead(name, out var length))
                name = name[..length];
            else if (!ofCharacters && Type(token) is not (UnknownType or ControlType or UserDefinedType or UnusedType))
                throw new InvalidDataException(
                    $"tokenizer.ggml.tokens: token {token}, '{Excerpt.Of(Tokens[token])}', is not written in GPT-2's byte characters");
            names.Set(token, name);
            if (!names.TryIndex(token) && Type(token) is not (UnknownType or ControlType or UserDefinedType or UnusedType))
                throw new InvalidDataException(
                    $"tokenizer.ggml.tokens: '{Excerpt.Of(Tokens[token])}' is there twice, as {names.Find(name)} and {token}");
        }
        return names;
    }

    private List<AddedToken> Added() =>
    [
        .. Enumerable.Range(0, Tokens.Count)
            .Where(token => Type(token) is UnknownType or ControlType or UserDefinedType && Tokens[token].Length > 0)
            .Select(token => new AddedToken(token, Tokens[token], Type(token) != UserDefinedType)),
    ];

    private int Type(int token) => Types?[token] ?? 1;

    private static int[] Around(bool isWanted, int? token) => isWanted && token is { } number ? [number] : [];

    private void RequireLength(string key, int length)
    {
        if (length != Tokens.Count)
            throw new InvalidDataException($"tokenizer.ggml.{key} has {length} entries, but there are {Tokens.Count} tokens");
    }
}
