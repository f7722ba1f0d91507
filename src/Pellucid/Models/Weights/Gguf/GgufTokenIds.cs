using System.Text;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>Tokens that a GGUF file points at: where a text begins and ends, and what stands for the unknown.</summary>
internal readonly struct GgufTokenIds
{
    private static readonly string[] OtherKeys =
    [
        "seperator", "cls", "mask", "prefix", "suffix", "middle",
        "fim_pre", "fim_suf", "fim_mid", "fim_pad", "fim_rep", "fim_sep",
    ];


    // Spellings by which programs know that a text ends, since the keys alone often leave out where a turn of a chat does.
    private static readonly string[] EndSpellings =
    [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>",
        "<|end_of_text|>", "<EOT>", "[EOT]", "[EOS]", "<eos>", "<turn|>", "<end_of_utterance>", "<｜end▁of▁sentence｜>",
    ];

    private readonly int[] _otherEnds; // of a turn, of a message

    /// <summary>Reads them; each must be one of the tokens.</summary>
    public GgufTokenIds(GgufMetadata keys, string model, int tokens)
    {
        int? Id(string name, int? missing = null) =>
            (int?)keys.Find($"tokenizer.ggml.{name}_token_id")?.Integer(0, tokens - 1) ?? (missing < tokens ? missing : null);
        var isLlama = model == "llama";
        Begin = Id("bos", isLlama ? 1 : null);
        End = Id("eos", isLlama ? 2 : null);
        Unknown = Id("unknown", isLlama ? 0 : null);
        Padding = Id("padding");
        _otherEnds = [.. ((int?[])[Id("eot"), Id("eom")]).OfType<int>()];
        foreach (var name in OtherKeys)
            Id(name);
    }

    /// <summary>The token that a text begins with.</summary>
    public int? Begin { get; }

    /// <summary>The token at which a text ends, before all others that do.</summary>
    public int? End { get; }

    /// <summary>The token that stands for what cannot be spelt.</summary>
    public int? Unknown { get; }

    /// <summary>The token that fills up rows.</summary>
    public int? Padding { get; }

    /// <summary>Names of all keys of such tokens.</summary>
    public static IEnumerable<string> Keys { get; } =
        [.. OtherKeys.Concat(["bos", "eos", "eot", "eom", "unknown", "padding"]).Select(name => $"{name}_token_id")];

    /// <summary>Tokens at which a text ends, the one that is said to be it first, then ascending: those that keys point at, and
    /// those whose spelling says so.</summary>
    public int[] Ends(Dictionary<byte[], int> tokens)
    {
        int? Spelt(string spelling) => tokens.TryGetValue(Encoding.UTF8.GetBytes(spelling), out var id) ? id : null;
        var ends = _otherEnds.Concat(EndSpellings.Select(Spelt).OfType<int>()).ToHashSet();
        // Where answers are several messages, the end of one is not the end of the answer.
        if (Spelt("<|end|>") is { } message && Spelt("<|return|>") is not null && Spelt("<|call|>") is not null)
            ends.Remove(message);
        if (End is { } end)
            ends.Remove(end);
        return [.. ((int?[])[End]).OfType<int>(), .. ends.Order()];
    }
}
