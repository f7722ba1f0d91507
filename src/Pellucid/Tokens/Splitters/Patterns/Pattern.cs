using System.Buffers;
using System.Text;

namespace Pellucid.Tokens.Splitters.Patterns;

/// <summary>
/// A regular expression over characters in UTF-8, of the kind that tokenizers cut text with: alternatives, groups,
/// classes with Unicode's categories, repetition (greedy, lazy or possessive), looking ahead. Alternatives are tried in
/// order, and steps are counted, so that no expression holds a text up.
/// </summary>
internal sealed class Pattern
{
    private const int StepsAtLeast = 100_000, StepsAByte = 8;

    private readonly PatternNode? _first;

    private Pattern(PatternNode? first) => _first = first;

    /// <summary>Reads an expression.</summary>
    /// <exception cref="InvalidDataException">It holds something that is not supported;
    /// the message names it and where it stands.</exception>
    public static Pattern Read(string pattern) => new(new PatternReader(pattern).Read());

    /// <summary>Where the match that begins at a place ends; −1 if none does.</summary>
    /// <exception cref="ArgumentException">The expression takes too many steps on this text.</exception>
    public int MatchEnd(ReadOnlySpan<byte> text, int at)
    {
        var run = new PatternRun(text, StepsAtLeast + (long)StepsAByte * (text.Length - at));
        return _first is null ? at : _first.Match(ref run, at);
    }

    /// <summary>Bytes of the character at a place; a byte that is not UTF-8 is one by itself.</summary>
    public static int CharacterLength(ReadOnlySpan<byte> text, int at)
    {
        Character(text, at, out var length);
        return length;
    }

    /// <summary>The character at a place; −1 for a byte that is not UTF-8, which is a sign.</summary>
    public static int Character(ReadOnlySpan<byte> text, int at, out int length)
    {
        if (text[at] < 0x80)
        {
            length = 1;
            return text[at];
        }
        if (Rune.DecodeFromUtf8(text[at..], out var character, out length) == OperationStatus.Done)
            return character.Value;
        length = 1;
        return -1;
    }
}

/// <summary>One attempt to match.</summary>
internal ref struct PatternRun(ReadOnlySpan<byte> text, long steps)
{
    private const int Deepest = 1000;

    private long _steps = steps;
    private int _depth;

    /// <summary>The text.</summary>
    public readonly ReadOnlySpan<byte> Text = text;

    /// <summary>Counts a step.</summary>
    public void Step()
    {
        if (--_steps < 0)
            throw TooMuch();
    }

    /// <summary>Counts a repetition of a group, which stays on the stack.</summary>
    public void Enter()
    {
        Step();
        if (++_depth > Deepest)
            throw TooMuch();
    }

    /// <summary>Comes back from a repetition.</summary>
    public void Leave() => _depth--;

    private static ArgumentException TooMuch() => new("the tokenizer's regular expression takes too many steps on this text");
}
