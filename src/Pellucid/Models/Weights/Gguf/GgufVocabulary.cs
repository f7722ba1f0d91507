using System.Text;
using Pellucid.Files;
using Pellucid.Tokens;
using Pellucid.Tokens.Formats;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>
/// The vocabulary that a GGUF file holds under <c>tokenizer.ggml.</c>: tokens as bytes, and what puts them together, merges
/// (model <c>gpt2</c>) or scores (model <c>llama</c>).
/// </summary>
public sealed class GgufVocabulary
{
    internal const string TokensKey = Prefix + "tokens";

    private const string Prefix = "tokenizer.ggml.";
    private const int LongestToken = 1 << 14;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly string[] Models = ["gpt2", "llama", "gemma4"];
    private static readonly string[] BeginBefore = ["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "lfm2", "tekken"];

    // What is read here; of the others it is known that they change nothing of what is cut: how rows are filled up and pieced
    // together, kinds of sentences, how many of them.
    private static readonly HashSet<string> KnownKeys =
    [
        .. ((string[])["model", "pre", "tokens", "token_type", "scores", "merges", "add_bos_token", "add_eos_token", "add_space_prefix"])
            .Concat(GgufTokenIds.Keys).Concat(["add_padding_token", "token_type_count", "add_sep_token"]).Select(name => Prefix + name),
        .. ((string[])["chat_template", "chat_templates", "huggingface.json"]).Select(name => "tokenizer." + name),
    ];

    private static readonly string[] MustBeFalse =
        ["remove_extra_whitespaces", "normalizer.lowercase", "normalizer.strip_accents", "add_eos_token"];

    private GgufVocabulary()
    {
    }

    /// <summary><c>gpt2</c>: byte-level merges; <c>llama</c>: pieces of characters with scores; <c>gemma4</c>: with merges.</summary>
    public required string Model { get; init; }

    /// <summary>How text is cut before merging, by GGUF's name; null where the file does not say.</summary>
    public string? Splitter { get; init; }

    /// <summary>Tokens as the file spells them: in model gpt2 with a letter for each byte, in model llama with ▁ for a space.</summary>
    public required IReadOnlyList<byte[]> Tokens { get; init; }

    /// <summary>1 normal, 2 unknown, 3 control, 4 defined by the user, 5 unused, 6 byte; null where the file does not say.</summary>
    public IReadOnlyList<int>? Types { get; init; }

    /// <summary>What merging prefers, the higher the earlier; null where there are merges.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary>Pairs of tokens in the order in which they merge; empty where there are scores.</summary>
    public required IReadOnlyList<(int Left, int Right)> Merges { get; init; }

    /// <summary>The token that a text begins with.</summary>
    public int? Begin { get; init; }

    /// <summary>Whether a text is to begin with it.</summary>
    public bool AddsBegin { get; init; }

    /// <summary>Whether a space is put before a text; null where the file does not say.</summary>
    public bool? AddsSpace { get; init; }

    /// <summary>The token that stands for what cannot be spelt.</summary>
    public int? Unknown { get; init; }

    /// <summary>The token at which a text ends, before all others that do, and that stands between texts.</summary>
    public int? End { get; init; }

    /// <summary>The token that fills up rows.</summary>
    public int? Padding { get; init; }

    /// <summary>Tokens at which a text ends: <see cref="End"/> first, then ascending.</summary>
    public required IReadOnlyList<int> Ends { get; init; }

    /// <summary>Reads and checks the vocabulary of a file; null where it has none.</summary>
    /// <exception cref="InvalidDataException">It contradicts itself; the message names the key.</exception>
    /// <exception cref="NotSupportedException">It is of a kind that is not known.</exception>
    public static GgufVocabulary? Read(GgufReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var keys = reader.Metadata;
        if (!keys.Contains(Prefix + "model") && !keys.Contains(TokensKey) || keys.Find(Prefix + "model")?.Text() is "none" or "no_vocab")
            return null;
        var model = keys.Require(Prefix + "model").Text();
        var splitter = keys.Find(Prefix + "pre")?.Text();
        if (!Models.Contains(model))
            throw Unsupported(reader, "model", model, string.Join(", ", Models));
        if (model == "gpt2" && splitter is not null && SplitterNames.OfGguf(splitter) is null)
            throw Unsupported(reader, "pre", splitter, string.Join(", ", SplitterNames.InGguf));
        RequireUnderstood(keys, model);
        var table = ReadTokens(keys.Require(TokensKey));
        byte[][] tokens = [.. table.Keys];
        var types = keys.Find(Prefix + "token_type") is { } stored ? TypesOf(stored, tokens) : null;
        var scores = keys.Find(Prefix + "scores") is { } given ? ScoresOf(given, tokens.Length) : null;
        if (model == "llama" && scores is null)
            throw keys.Require(Prefix + "model").Refusal($"is llama, which needs {Prefix}scores");
        var ids = new GgufTokenIds(keys, model, tokens.Length);
        return new GgufVocabulary
        {
            Model = model,
            Splitter = splitter,
            Tokens = tokens,
            Types = types,
            Scores = model == "llama" ? scores : null,
            Merges = model == "llama" ? [] : MergesOf(keys.Require(Prefix + "merges"), table),
            Begin = ids.Begin,
            AddsBegin = keys.Find(Prefix + "add_bos_token")?.Flag() ?? (model != "gpt2" || BeginBefore.Contains(splitter)),
            AddsSpace = keys.Find(Prefix + "add_space_prefix")?.Flag(),
            Unknown = ids.Unknown,
            End = ids.End,
            Padding = ids.Padding,
            Ends = ids.Ends(table),
        };
    }

    /// <summary>The tokenizer that it describes.</summary>
    /// <exception cref="InvalidDataException">Something is missing that cutting a text needs.</exception>
    internal BpeTokenizer ToTokenizer()
    {
        string Text(int token) => Strict.GetString(Tokens[token]);
        try
        {
            return new TokenizerArrays
            {
                Model = Model,
                PreTokenizer = Splitter,
                Tokens = [.. Enumerable.Range(0, Tokens.Count).Select(Text)],
                Types = Types,
                Scores = Scores?.ToArray(),
                Merges = Model == "llama" ? null : [.. Merges.Select(pair => $"{Text(pair.Left)} {Text(pair.Right)}")],
                Begin = Begin,
                End = End,
                Unknown = Unknown,
                AddsBegin = AddsBegin,
                AddsSpace = AddsSpace,
            }.Create();
        }
        catch (ArgumentException)
        {
            throw new InvalidDataException($"{TokensKey} holds a token that is not UTF-8");
        }
    }

    /// <summary>Where texts begin and end.</summary>
    internal SpecialTokens ToSpecials() => new()
    {
        Begin = Begin ?? End,
        AddsBegin = AddsBegin && Begin is not null,
        Ends = Ends,
        Separator = End,
    };

    /// <summary>Texts of tokens as templates call them.</summary>
    internal Dictionary<string, string> Named()
    {
        var names = new Dictionary<string, string>();
        foreach (var (name, token) in ((string, int?)[])[("bos", Begin), ("eos", End), ("unk", Unknown), ("pad", Padding)])
            if (token is { } number)
                names[$"{name}_token"] = Encoding.UTF8.GetString(Tokens[number]);
        return names;
    }

    // A key that says how text is cut, and that nobody here knows, would change it unseen.
    private static void RequireUnderstood(GgufMetadata keys, string model)
    {
        foreach (var name in MustBeFalse)
            if (keys.Find(Prefix + name) is { } value && value.Flag())
                throw value.Refusal("is true, which is not done here");
        if (model == "gpt2" && keys.Find(Prefix + "add_space_prefix") is { } space && space.Flag())
            throw space.Refusal("is true, which tokenizers of bytes do not do here");
        foreach (var key in keys.Keys.Where(key => key.StartsWith("tokenizer.", StringComparison.Ordinal)))
            if (!KnownKeys.Contains(key) && !MustBeFalse.Contains(key[Math.Min(key.Length, Prefix.Length)..])
                && !key.StartsWith("tokenizer.chat_template.", StringComparison.Ordinal))
                throw keys.Require(key).Refusal("is none that tokenizers are known to have, so what it changes cannot be computed");
    }

    // Tokens in order, and the number of each.
    private static Dictionary<byte[], int> ReadTokens(GgufValue value)
    {
        var table = new Dictionary<byte[], int>(ByteComparer.Instance);
        foreach (var token in value.Texts())
            if (token.Length > LongestToken)
                throw value.Refusal($"has a token of {token.Length} bytes; at most {LongestToken} are read");
            else if (!table.TryAdd(token.ToArray(), table.Count))
                throw value.Refusal($"has token {Spelt(token.Span)} twice, as {table[token.ToArray()]} and {table.Count}");
        return table.Count > 0 ? table : throw value.Refusal("is empty");
    }

    private static int[] TypesOf(GgufValue value, byte[][] tokens)
    {
        RequireCount(value, tokens.Length);
        var types = value.Integers();
        for (var id = 0; id < types.Length; id++)
            if (types[id] is < 1 or > 6)
                throw value.Refusal($"says {types[id]} of token {id}; known are 1 to 6");
            else if (types[id] == 6 && !IsByte(tokens[id]))
                throw value.Refusal($"says that token {id}, {Spelt(tokens[id])}, is a byte, but it is not spelt <0x00> to <0xFF>");
        return types;
    }

    private static float[] ScoresOf(GgufValue value, int tokens)
    {
        RequireCount(value, tokens);
        var scores = value.Numbers();
        return Array.FindIndex(scores, float.IsNaN) is >= 0 and var id
            ? throw value.Refusal($"has a score of token {id} that is no number") : scores;
    }

    // The parts are what lies before and after the first space that is not the first byte.
    private static (int, int)[] MergesOf(GgufValue value, Dictionary<byte[], int> tokens)
    {
        var (merges, find, union) = (new List<(int, int)>(), tokens.GetAlternateLookup<ReadOnlySpan<byte>>(), new byte[2 * LongestToken]);
        foreach (var held in value.Texts())
        {
            var merge = held.Span;
            InvalidDataException Refusal(string why) => value.Refusal($"has {Spelt(held.Span)} as number {merges.Count}, {why}");
            var space = merge.Length > 1 ? 1 + merge[1..].IndexOf((byte)' ') : 0;
            if (space == 0 || space == merge.Length - 1)
                throw Refusal("which is not two parts with a space between");
            if (merge.Length > 2 * LongestToken)
                throw Refusal("which is too long");
            if (!find.TryGetValue(merge[..space], out var leftId) || !find.TryGetValue(merge[(space + 1)..], out var rightId))
                throw Refusal("of which a part is no token");
            merge[..space].CopyTo(union);
            merge[(space + 1)..].CopyTo(union.AsSpan(space));
            if (!find.TryGetValue(union.AsSpan(0, merge.Length - 1), out _))
                throw Refusal("which together are no token");
            merges.Add((leftId, rightId));
        }
        return [.. merges];
    }

    private static bool IsByte(ReadOnlySpan<byte> token) => token.Length == 6 && token.StartsWith("<0x"u8) && token[5] == '>'
        && char.IsAsciiHexDigit((char)token[3]) && char.IsAsciiHexDigit((char)token[4]);

    private static void RequireCount(GgufValue value, int tokens)
    {
        if (value.Count != tokens)
            throw value.Refusal($"has {value.Count} elements for {tokens} tokens");
    }

    private static string Spelt(ReadOnlySpan<byte> token) =>
        $"'{Excerpt.Of(System.Text.Encoding.UTF8.GetString(token[..Math.Min(token.Length, 400)]))}'";

    private static NotSupportedException Unsupported(GgufReader reader, string key, string value, string known) =>
        new($"{reader.Path}: key {Prefix}{key} is '{Excerpt.Of(value)}', which is unknown; known are {known}");
}
