namespace Pellucid.Tokens.Splitters.Patterns;

/// <summary>A part of an expression, and what follows it.</summary>
internal abstract class PatternNode
{
    /// <summary>What follows; null at the end.</summary>
    public PatternNode? Next { get; set; }

    /// <summary>Where this part and all that follows it ends, from a place on; −1 if it does not match.</summary>
    public abstract int Match(ref PatternRun run, int at);

    protected int Follow(ref PatternRun run, int at) => Next is null ? at : Next.Match(ref run, at);
}

/// <summary>How a repetition chooses.</summary>
internal enum Repetition
{
    /// <summary>As often as possible, then less.</summary>
    Greedy,

    /// <summary>As rarely as possible, then more.</summary>
    Lazy,

    /// <summary>As often as possible, and never less.</summary>
    Possessive,
}

/// <summary>A character of a set, so many times.</summary>
internal sealed class SetNode(CharacterSet set, int least, int most, Repetition repetition) : PatternNode
{
    public override int Match(ref PatternRun run, int at)
    {
        run.Step();
        var count = 0;
        for (; count < least; count++)
            if (!TryOne(run.Text, ref at))
                return -1;
        if (repetition == Repetition.Lazy)
            return MatchLazily(ref run, at, count);
        var first = at;
        while (count < most && TryOne(run.Text, ref at))
            count++;
        if (repetition == Repetition.Possessive || Next is null)
            return Follow(ref run, at);
        while (true)
        {
            if (Follow(ref run, at) is >= 0 and var end)
                return end;
            if (at == first)
                return -1;
            run.Step();
            at = Before(run.Text, at);
        }
    }

    private int MatchLazily(ref PatternRun run, int at, int count)
    {
        while (true)
        {
            if (Follow(ref run, at) is >= 0 and var end)
                return end;
            run.Step();
            if (count++ == most || !TryOne(run.Text, ref at))
                return -1;
        }
    }

    private bool TryOne(ReadOnlySpan<byte> text, ref int at)
    {
        if (at == text.Length || !set.Contains(Pattern.Character(text, at, out var length)))
            return false;
        at += length;
        return true;
    }

    // Where the character that ends here begins. Bytes that are not UTF-8 are characters of their own.
    private static int Before(ReadOnlySpan<byte> text, int at)
    {
        for (var length = 4; length > 1; length--)
            if (at >= length && text[at - length] >= 0xC0 && Pattern.CharacterLength(text[..at], at - length) == length)
                return at - length;
        return at - 1;
    }
}

/// <summary>One of several alternatives, the first that lets all the rest match.</summary>
internal sealed class ChoiceNode(IReadOnlyList<PatternNode?> alternatives) : PatternNode
{
    public override int Match(ref PatternRun run, int at)
    {
        run.Step();
        foreach (var alternative in alternatives)
            if ((alternative is null ? Follow(ref run, at) : alternative.Match(ref run, at)) is >= 0 and var end)
                return end;
        return -1;
    }
}

/// <summary>A group any number of times: its last part leads back here.</summary>
internal sealed class LoopNode(bool isLazy) : PatternNode
{
    /// <summary>The group, which never matches nothing.</summary>
    public PatternNode Body { get; set; } = null!;

    public override int Match(ref PatternRun run, int at)
    {
        run.Enter();
        var end = isLazy ? Follow(ref run, at) : Body.Match(ref run, at);
        if (end < 0)
            end = isLazy ? Body.Match(ref run, at) : Follow(ref run, at);
        run.Leave();
        return end;
    }
}

/// <summary>What must, or must not, come next; it takes nothing.</summary>
internal sealed class AheadNode(PatternNode? inner, bool isWanted) : PatternNode
{
    public override int Match(ref PatternRun run, int at)
    {
        run.Step();
        return (inner is null || inner.Match(ref run, at) >= 0) == isWanted ? Follow(ref run, at) : -1;
    }
}

/// <summary>The end of the text or of a line.</summary>
internal sealed class EndNode : PatternNode
{
    public override int Match(ref PatternRun run, int at) =>
        at == run.Text.Length || run.Text[at] == '\n' ? Follow(ref run, at) : -1;
}
