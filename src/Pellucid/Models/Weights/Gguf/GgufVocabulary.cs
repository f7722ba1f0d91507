using Pellucid.Files;
using Pellucid.Tokens;

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

    // Names of ways to cut text that files of model gpt2 give.
    private static readonly string[] KnownSplitters =
    [
        "default", "gpt-2", "mpt", "olmo", "phi-2", "smollm", "starcoder", "refact", "command-r", "llama-bpe", "llama3", "dbrx", "falcon",
        "falcon3", "pixtral", "lfm2", "smaug-bpe", "glm4", "chatglm-bpe", "qwen2", "deepseek-r1-qwen", "stablelm2", "megrez", "qwen35",
        "gpt-4o", "llama4", "tekken", "deepseek-llm", "deepseek-coder", "deepseek-v3",
    ];

    private static readonly string[] BeginBefore = ["llama-bpe", "llama3", "falcon3", "pixtral", "lfm2", "tekken"];

    private GgufVocabulary()
    {
    }

    /// <summary><c>gpt2</c>: byte-level merges; <c>llama</c>: pieces of characters with scores.</summary>
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

    /// <summary>The token that stands for what cannot be spelt.</summary>
    public int? Unknown { get; init; }

    /// <summary>Tokens at which a text ends, ascending.</summary>
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
        if (model is not ("gpt2" or "llama"))
            throw Unsupported(reader, "model", model, "gpt2 and llama");
        if (model == "gpt2" && splitter is not null && !KnownSplitters.Contains(splitter))
            throw Unsupported(reader, "pre", splitter, string.Join(", ", KnownSplitters));
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
            Merges = model == "gpt2" ? MergesOf(keys.Require(Prefix + "merges"), table) : [],
            Begin = ids.Begin,
            AddsBegin = keys.Find(Prefix + "add_bos_token")?.Flag() ?? (model == "llama" || BeginBefore.Contains(splitter)),
            Unknown = ids.Unknown,
            Ends = ids.Ends(table),
        };
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
