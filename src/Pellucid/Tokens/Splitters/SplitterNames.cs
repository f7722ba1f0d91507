namespace Pellucid.Tokens.Splitters;

/// <summary>Splitters by what files call them:
/// a regular expression, the name of a pre-tokenizer in GGUF, or a name to train with.</summary>
internal static class SplitterNames
{
    private const string DeepseekPunctuation = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
        + @"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // Letters that have two cases in DeepSeek's first models, as their files list them.
    private const string DeepseekLetters =
        @"\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377"
            + @"\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556"
            + @"\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15"
            + @"\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE"
            + @"\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113"
            + @"\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184"
            + @"\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E"
            + @"\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A\x{10400}-\x{1044F}\x{104B0}-\x{104D3}"
            + @"\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+";

    private const string DeepseekIdeographs = @"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    private static readonly Dictionary<string, Splitter> Scanners = new()
    {
        [Gpt2Splitter.Pattern] = new Gpt2Splitter(),
        [@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"] = new Gpt2Splitter(),
    };

    /// <summary>Names that a tokenizer can be trained with.</summary>
    public static IReadOnlyList<string> Trained { get; } = ["gpt2", "digits", "llama3", "qwen2", "qwen35", "o200k", "tekken"];

    static SplitterNames()
    {
        foreach (var scanner in (ReadOnlySpan<Cl100kSplitter>)[new(1), new(2), new(3), new(1, marks: true)])
            Scanners.Add(scanner.Pattern, scanner);
        foreach (var scanner in (ReadOnlySpan<O200kSplitter>)[new(3, contractions: true), new(1, contractions: false)])
            Scanners.Add(scanner.Pattern, scanner);
    }

    /// <summary>The splitter of a regular expression: a scanner where there is one.</summary>
    /// <exception cref="InvalidDataException">The expression is not understood.</exception>
    public static Splitter OfPattern(string pattern) =>
        Scanners.TryGetValue(pattern, out var scanner) ? scanner : new PatternSplitter(pattern);

    /// <summary>The splitter to train with.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static Splitter OfTraining(string name) => name switch
    {
        "gpt2" => new Gpt2Splitter(),
        "digits" => new Gpt2Splitter(digitsAlone: true),
        "llama3" => new Cl100kSplitter(3),
        "qwen2" => new Cl100kSplitter(1),
        "qwen35" => new Cl100kSplitter(1, marks: true),
        "o200k" => new O200kSplitter(3, contractions: true),
        "tekken" => new O200kSplitter(1, contractions: false),
        _ => throw new ArgumentException($"there is no pre-tokenizer '{name}'; there are {string.Join(", ", Trained)}"),
    };

    /// <summary>Names in GGUF, for messages: one for each way of cutting.</summary>
    public static IReadOnlyList<string> InGguf { get; } =
    [
        "gpt-2", "smollm", "llama-bpe", "dbrx", "qwen2", "stablelm2", "qwen35", "gpt-4o", "tekken", "falcon", "deepseek-llm",
        "deepseek-coder", "deepseek-v3",
    ];

    /// <summary>The splitters of a byte-level model in GGUF, by <c>tokenizer.ggml.pre</c>; null if the name is not known.</summary>
    public static Splitter[]? OfGguf(string name) => name switch
    {
        "gpt-2" or "gpt2" or "mpt" or "olmo" or "phi-2" or "jais" or "trillion" or "granite-docling" or "gigachat" or "roberta-bpe" =>
            [new Gpt2Splitter()],
        "smollm" or "starcoder" or "refact" or "command-r" or "codeshell" or "exaone" or "minerva-7b" =>
            [new Gpt2Splitter(digitsAlone: true)],
        "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "dbrx" or "smaug-bpe"
            or "glm4" or "chatglm-bpe" or "lfm2"
            => [new Cl100kSplitter(3)],
        "qwen2" or "deepseek-r1-qwen" or "stablelm2" or "megrez" or "hunyuan" or "solar-open" or "grok-2" => [new Cl100kSplitter(1)],
        "qwen35" => [new Cl100kSplitter(1, marks: true)],
        "gpt-4o" or "llama4" or "minimax-m2" => [new O200kSplitter(3, contractions: true)],
        "tekken" => [new O200kSplitter(1, contractions: false)],
        "falcon" => [.. new[] { @"[\p{P}\$\+<=>\^~\|`]+", Gpt2Splitter.Pattern, "[0-9][0-9][0-9]" }.Select(OfPattern)],
        "deepseek-llm" => [.. new[]
        {
            @"[\r\n]", DeepseekLetters, @"\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+", @"\s+$",
            DeepseekIdeographs, @"\p{N}",
        }.Select(OfPattern)],
        "deepseek-coder" => [.. new[] { @"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", DeepseekIdeographs, @"\p{N}" }.Select(OfPattern)],
        "deepseek-v3" or "hunyuan-dense" =>
            [.. new[] { @"\p{N}{1,3}", @"[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+", DeepseekPunctuation }.Select(OfPattern)],
        _ => null,
    };
}
