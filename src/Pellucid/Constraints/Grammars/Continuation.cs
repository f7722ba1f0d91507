namespace Pellucid.Constraints.Grammars;

/// <summary>What is still to come after what is being read: a stack of symbols. Equal stacks of one automaton are one object.</summary>
internal sealed class Continuation(Symbol symbol, Continuation? next)
{
    public Symbol Symbol => symbol;

    public Continuation? Next => next;

    /// <summary>Where reading it begins, once that is known.</summary>
    public Entry? Entry { get; set; }
}

/// <summary>Threads with which reading begins, and whether there may be nothing to read.</summary>
internal sealed record Entry(Thread[] Threads, bool MayEnd);

/// <summary>A way in which a text may go on: what is left of the regular set that is being read, and what comes after it.</summary>
internal sealed class Thread(int id, Terms.Term term, Continuation? next)
{
    public int Id => id;

    public Terms.Term Term => term;

    public Continuation? Next => next;
}
