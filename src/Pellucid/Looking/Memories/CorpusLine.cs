using Pellucid.Files;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Looking.Memories;

/// <summary>A line of a corpus, or a part of it that fits the context: within it a neuron has one trigger at most.</summary>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Topic">What it is about, where that is known.</param>
public sealed record CorpusLine(int[] Tokens, string? Topic)
{
    /// <summary>Lines of a file as <see cref="Read(TextReader, int)"/> gives them; it is UTF-8 or UTF-16 with its mark,
    /// packed by gzip or not.</summary>
    /// <param name="file">The file from its beginning, closed at the end.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidDataException">It is no text.</exception>
    public static IEnumerable<string> Read(Stream file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var text = new StreamReader(PlainText.Open(file, name));
        foreach (var line in Read(text))
            yield return line;
    }

    /// <summary>Lines of a text, each with its end; one of more than so many characters comes in parts,
    /// which end after a space where they can, so that a text without line ends does not have to fit into memory.</summary>
    public static IEnumerable<string> Read(TextReader text, int longest = 1 << 16)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (buffer, held) = (new char[longest], 0);
        while (true)
        {
            held += text.ReadBlock(buffer, held, longest - held);
            var start = 0;
            for (var end = Array.IndexOf(buffer, '\n', 0, held); end >= 0; end = Array.IndexOf(buffer, '\n', start, held - start))
            {
                if (end > start)
                    yield return new string(buffer, start, end + 1 - start);
                start = end + 1;
            }
            if (held < longest) // the text is at its end
            {
                if (start < held)
                    yield return new string(buffer, start, held - start);
                yield break;
            }
            if (start == 0)
            {
                start = Array.LastIndexOf(buffer, ' ') is >= 0 and var space ? space + 1
                    : held - (char.IsHighSurrogate(buffer[^1]) ? 1 : 0);
                yield return new string(buffer, 0, start);
            }
            held -= start;
            Array.Copy(buffer, start, buffer, 0, held);
        }
    }

    /// <summary>Lines of text as tokens; long ones are cut into parts of so many tokens.</summary>
    public static IEnumerable<CorpusLine> Cut(IEnumerable<(string Text, string? Topic)> lines, Tokenizer tokenizer,
        int length, int? begin = null)
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
    /// <summary>Which line of the corpus it is, from 1.</summary>
    internal long LineNumber { get; init; }

    /// <summary>Tokens of the prefix.</summary>
    public ReadOnlySpan<int> Prefix => Line.Tokens.AsSpan(0, Position + 1);

    /// <summary>The token that comes after it.</summary>
    public int Next => Line.Tokens[Position + 1];
}
