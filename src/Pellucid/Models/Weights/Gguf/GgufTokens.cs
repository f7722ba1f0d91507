using System.Text;
using Pellucid.Conversations;
using Pellucid.Tokens;
using Pellucid.Tokens.Formats;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>Writes what goes with a model's weights as keys of a GGUF file: tokens, where texts begin and end, chat templates.</summary>
internal static class GgufTokens
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>Adds them.</summary>
    /// <returns>What has no place there, a line each.</returns>
    public static IReadOnlyList<string> Write(GgufWriter writer, Tokenizer tokenizer, SpecialTokens specials, ChatTemplate template)
    {
        var remarks = new List<string>();
        GgufTemplates.Write(writer, template.Sources);
        if (tokenizer is not BpeTokenizer pairs || ArraysOfTokenizer.Of(pairs, specials) is not { } arrays)
        {
            writer.Add(Prefix + "model", "none");
            if (tokenizer is not NamelessTokenizer)
                remarks.Add(tokenizer is CharacterTokenizer ? "the tokenizer is left out: GGUF has no place for one of characters"
                    : "the tokenizer is left out: GGUF has no name for the way in which it treats text");
            return remarks;
        }
        if (ArraysOfTokenizer.Simplified(pairs) is > 0 and var count)
            remarks.Add($"GGUF does not say that {count} tokens take along white space or count only as whole words");
        Write(writer, arrays);
        WriteEnds(writer, specials, remarks);
        return remarks;
    }

    private static void Write(GgufWriter writer, TokenizerArrays arrays)
    {
        writer.Add(Prefix + "model", arrays.Model);
        writer.Add(Prefix + "pre", arrays.PreTokenizer ?? "default");
        writer.Add(Prefix + "tokens", [.. arrays.Tokens.Select(Encoding.UTF8.GetBytes)]);
        writer.Add(Prefix + "token_type", arrays.Types!);
        if (arrays.Scores is { } scores)
            writer.Add(Prefix + "scores", scores);
        if (arrays.Merges is { } merges)
            writer.Add(Prefix + "merges", [.. merges.Select(Encoding.UTF8.GetBytes)]);
        if (arrays.AddsSpace is { } addsSpace)
            writer.Add(Prefix + "add_space_prefix", addsSpace);
        foreach (var (name, token) in ((string, int?)[])[("bos", arrays.Begin), ("eos", arrays.End), ("unknown", arrays.Unknown)])
            if (token is { } number)
                writer.Add($"{Prefix}{name}_token_id", (uint)number);
        writer.Add(Prefix + "add_bos_token", arrays.AddsBegin ?? false);
        writer.Add(Prefix + "add_eos_token", false);
    }

    // Beside the end of a text the format knows that of a turn and that of a message.
    private static void WriteEnds(GgufWriter writer, SpecialTokens specials, List<string> remarks)
    {
        var others = specials.Ends.Where(end => end != specials.Separator).ToArray();
        foreach (var (name, end) in ((ReadOnlySpan<string>)["eot", "eom"])[..Math.Min(2, others.Length)].ToArray().Zip(others))
            writer.Add($"{Prefix}{name}_token_id", (uint)end);
        if (others.Length > 2)
            remarks.Add($"of {specials.Ends.Count} tokens that end a text three are named; the others must be known by their spelling");
    }
}
