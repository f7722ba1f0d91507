using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Looking.Memories;

/// <summary>A line of a corpus, or a part of it that fits the context: within it a neuron has one trigger at most.</summary>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Topic">What it is about, where that is known.</param>
public sealed record CorpusLine(int[] Tokens, string? Topic)
{
    /// <summary>Lines of text as tokens; long ones are cut into parts of so many tokens.</summary>
    public static IEnumerable<CorpusLine> Cut(IEnumerable<(string Text, string? Topic)> lines, Tokenizer tokenizer, int length, int? begin = null)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentNullException.ThrowIfNull(tokenizer);
        int[] front = begin is { } token ? [token] : [];
        foreach (var (text, topic) in lines)
            foreach (var part in tokenizer.Encode(text).Chunk(length - front.Length))
                yield return new CorpusLine([.. front, .. part], topic);
    }

    /// <summary>Passages of the micro-world, whose phenomena are their topics, up to so many characters.</summary>
    public static IEnumerable<(string Text, string? Topic)> MicroWorld(ulong seed, long characters)
    {
        foreach (var passage in new MicroWorld(seed).Passages())
        {
            yield return (passage.Text + "\n", passage.Phenomenon);
            characters -= passage.Text.Length + 1;
            if (characters <= 0)
                yield break;
        }
    }
}

/// <summary>A prefix x₁ … x_j of a line that excites a neuron.</summary>
/// <param name="Coefficient">The neuron's value after its last token.</param>
/// <param name="Line">The line.</param>
/// <param name="Position">Index of the prefix's last token.</param>
public readonly record struct Trigger(float Coefficient, CorpusLine Line, int Position)
{
    /// <summary>Tokens of the prefix.</summary>
    public ReadOnlySpan<int> Prefix => Line.Tokens.AsSpan(0, Position + 1);

    /// <summary>The token that comes after it.</summary>
    public int Next => Line.Tokens[Position + 1];
}
