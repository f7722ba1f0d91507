namespace Pellucid.Constraints.Terms;

internal enum TermKind { Nothing, Empty, Bytes, Sequence, Either, Both, Except, Repeat, Number, Names }

/// <summary>
/// A regular set of byte strings, written as an expression. Equal expressions of one <see cref="TermTable"/> are one object, so that
/// the derivatives of a term (Brzozowski 1964), what may follow after a byte, are states of an automaton that is built as it is needed.
/// </summary>
internal sealed class Term(int id, TermKind kind, bool isNullable, bool needsSearch)
{
    public int Id => id;

    public TermKind Kind => kind;

    /// <summary>Whether the empty string is in the set.</summary>
    public bool IsNullable => isNullable;

    /// <summary>Whether the set may be empty though nothing in the expression shows it.</summary>
    public bool NeedsSearch => needsSearch;

    /// <summary>Whether any string is in the set, once that is known.</summary>
    public bool? IsAlive { get; set; } = needsSearch && !isNullable ? null : kind != TermKind.Nothing;

    public ByteSet Set { get; init; }

    /// <summary>Parts of a choice or an intersection, by their numbers; the two of a sequence;
    /// the one that is repeated or excepted.</summary>
    public Term[] Parts { get; init; } = [];

    /// <summary>Least and greatest number of repetitions; −1 is no bound.</summary>
    public (int Min, int Max) Times { get; init; }

    public NumberTest? Number { get; init; }

    /// <summary>Where a text of the one part stands that must not become one of some names.</summary>
    public NamePlace? Place { get; init; }
}
