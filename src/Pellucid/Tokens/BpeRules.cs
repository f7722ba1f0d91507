using System.Text;
using Pellucid.Tokens.Normalization;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Tokens;

/// <summary>How text is prepared and cut before merging, and put together after:
/// what differs from one byte-pair tokenizer to the next.</summary>
internal sealed record BpeRules
{
    /// <summary>GPT-2's.</summary>
    public static readonly BpeRules Gpt2 = new() { Splitters = [new Gpt2Splitter()] };

    /// <summary>What is changed in a text, before added tokens are sought that are normalized.</summary>
    public IReadOnlyList<TextStep> Normalizer { get; init; } = [];

    /// <summary>What is changed in what is left between added tokens, before it is cut.</summary>
    public IReadOnlyList<TextStep> Preparation { get; init; } = [];

    /// <summary>What cuts it, one after another; nothing: it is one piece.</summary>
    public Splitter[] Splitters { get; init; } = [];

    /// <summary>What tokens are made of: bytes, or the characters of their names (as SentencePiece does).</summary>
    public bool IsOfCharacters { get; init; }

    /// <summary>Whether a character without a token becomes the tokens of its bytes.</summary>
    public bool FallsBackToBytes { get; init; }

    /// <summary>The token of all else without one.</summary>
    public int? Unknown { get; init; }

    /// <summary>Whether one unknown token stands for several in a row.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Whether a piece that is a token is taken whole, before merges.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>Whether a space was put before the text that a text's tokens do not need to give back.</summary>
    public bool StripsFirstSpace { get; init; }

    /// <summary>Tokens that the file puts before a text, and after it.</summary>
    public IReadOnlyList<int> Front { get; init; } = [];

    /// <inheritdoc cref="Front"/>
    public IReadOnlyList<int> Back { get; init; } = [];

    /// <summary>Whether GPT-2's own files, which tell nothing of this, say all.</summary>
    public bool AreGpt2s => !IsOfCharacters && !IgnoresMerges && Normalizer.Count == 0 && Preparation.Count == 0
        && Splitters is [Gpt2Splitter { DigitsAlone: false }] && Front.Count == 0 && Back.Count == 0;

    /// <summary>All of it in words, for a fingerprint.</summary>
    public string Describe()
    {
        var text = new StringBuilder(IsOfCharacters ? "characters" : "bytes");
        foreach (var rule in Normalizer.Concat(Preparation).Select(step => step.Rule).Concat(Splitters.Select(splitter => splitter.Rule)))
            text.Append(", ").Append(rule);
        if (IsOfCharacters)
            text.Append($", bytes {FallsBackToBytes}, unknown {Unknown} {FusesUnknown}");
        return text.Append(IgnoresMerges ? ", whole pieces, merges\n" : ", merges\n").ToString();
    }
}
