namespace Pellucid.Tokens.Splitters.Patterns;

/// <summary>What an expression says, before its parts know what follows them.</summary>
internal abstract record PatternSyntax
{
    // What repetition by copies may grow to.
    private const int MostNodes = 10_000;

    /// <summary>Whether it can match nothing at all.</summary>
    public abstract bool CanBeEmpty { get; }

    /// <summary>Its parts, in front of what follows.</summary>
    /// <param name="next">What follows; null at the end.</param>
    /// <param name="nodes">Counts parts.</param>
    public abstract PatternNode? Build(PatternNode? next, ref int nodes);

    /// <summary>Counts a part.</summary>
    /// <exception cref="InvalidDataException">There are too many.</exception>
    protected static void Count(ref int nodes)
    {
        if (++nodes > MostNodes)
            throw new InvalidDataException("a regular expression repeats too much");
    }
}

/// <summary>A character, so many times.</summary>
internal sealed record SetSyntax(CharacterSet Set, int Least, int Most, Repetition Repetition) : PatternSyntax
{
    public override bool CanBeEmpty => Least == 0;

    public override PatternNode Build(PatternNode? next, ref int nodes)
    {
        Count(ref nodes);
        return new SetNode(Set, Least, Most, Repetition) { Next = next };
    }
}

/// <summary>One after another.</summary>
internal sealed record SequenceSyntax(IReadOnlyList<PatternSyntax> Parts) : PatternSyntax
{
    public override bool CanBeEmpty => Parts.All(part => part.CanBeEmpty);

    public override PatternNode? Build(PatternNode? next, ref int nodes)
    {
        for (var part = Parts.Count - 1; part >= 0; part--)
            next = Parts[part].Build(next, ref nodes);
        return next;
    }
}

/// <summary>One of several.</summary>
internal sealed record ChoiceSyntax(IReadOnlyList<PatternSyntax> Alternatives) : PatternSyntax
{
    public override bool CanBeEmpty => Alternatives.Any(one => one.CanBeEmpty);

    public override PatternNode Build(PatternNode? next, ref int nodes)
    {
        Count(ref nodes);
        var built = new PatternNode?[Alternatives.Count];
        for (var one = 0; one < built.Length; one++)
            built[one] = Alternatives[one].Build(next, ref nodes);
        return new ChoiceNode(built) { Next = next };
    }
}

/// <summary>A group, so many times: copies of what must be, then a loop, or copies that may be.</summary>
internal sealed record GroupSyntax(PatternSyntax Inner, int Least, int Most, bool IsLazy) : PatternSyntax
{
    public override bool CanBeEmpty => Least == 0 || Inner.CanBeEmpty;

    public override PatternNode? Build(PatternNode? next, ref int nodes)
    {
        var node = next;
        if (Most == int.MaxValue)
        {
            Count(ref nodes);
            var loop = new LoopNode(IsLazy) { Next = next };
            loop.Body = Inner.Build(loop, ref nodes)!;
            node = loop;
        }
        else
        {
            for (var optional = Least; optional < Most; optional++)
            {
                Count(ref nodes);
                var more = Inner.Build(node, ref nodes);
                node = new ChoiceNode(IsLazy ? [next, more] : [more, next]) { Next = next };
            }
        }
        for (var copy = 0; copy < Least; copy++)
            node = Inner.Build(node, ref nodes);
        return node;
    }
}

/// <summary>What must, or must not, come next.</summary>
internal sealed record AheadSyntax(PatternSyntax Inner, bool IsWanted) : PatternSyntax
{
    public override bool CanBeEmpty => true;

    public override PatternNode Build(PatternNode? next, ref int nodes)
    {
        Count(ref nodes);
        return new AheadNode(Inner.Build(null, ref nodes), IsWanted) { Next = next };
    }
}

/// <summary>The end of the text or of a line.</summary>
internal sealed record EndSyntax : PatternSyntax
{
    public override bool CanBeEmpty => true;

    public override PatternNode Build(PatternNode? next, ref int nodes)
    {
        Count(ref nodes);
        return new EndNode { Next = next };
    }
}
