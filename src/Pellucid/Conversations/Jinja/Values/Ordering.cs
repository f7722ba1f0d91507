namespace Pellucid.Conversations.Jinja.Values;

/// <summary>Which of two values is less, as Python has it.</summary>
internal sealed class Ordering(Equality equality, Budget budget) : IComparer<object>
{
    /// <summary><c>left &lt; right</c>, or another of the four signs.</summary>
    public bool Holds(string sign, object left, object right)
    {
        budget.Step();
        if (Numbers.Is(left) && Numbers.Is(right))
            return Numbers.Compare(left, right) is { } order && Fits(sign, order);
        if (Texts.TryPlain(left) is { } a && Texts.TryPlain(right) is { } b)
        {
            budget.Look(Math.Min(a.Length, b.Length));
            return Fits(sign, Texts.Compare(a, b));
        }
        return (left, right) switch
        {
            (ListValue x, ListValue y) => Holds(sign, x.Items, y.Items),
            (TupleValue x, TupleValue y) => Holds(sign, x.Items, y.Items),
            (Undefined undefined, _) => throw undefined.Error(),
            (_, Undefined undefined) => throw undefined.Error(),
            _ => throw new TemplateError($"'{sign}' not supported between instances of '{Kind.Of(left)}' and '{Kind.Of(right)}'"),
        };
    }

    // The first items that differ decide.
    private bool Holds(string sign, IReadOnlyList<object> left, IReadOnlyList<object> right)
    {
        Budget.CheckStack();
        for (var i = 0; i < left.Count && i < right.Count; i++)
            if (!ReferenceEquals(left[i], right[i]) && !equality.Equals(left[i], right[i]))
                return Holds(sign, left[i], right[i]);
        return Fits(sign, left.Count.CompareTo(right.Count));
    }

    private static bool Fits(string sign, int order) => sign switch
    {
        "<" => order < 0,
        "<=" => order <= 0,
        ">" => order > 0,
        _ => order >= 0,
    };

    /// <summary>Items in order of their keys; equal ones stay as they were, both ways, as in Python.</summary>
    public T[] Sorted<T>(IEnumerable<T> items, Func<T, object> key, bool isReversed = false)
    {
        try
        {
            return [.. isReversed ? items.OrderByDescending(key, this) : items.OrderBy(key, this)];
        }
        catch (InvalidOperationException error) when (error.InnerException is TemplateError inner)
        {
            throw inner;
        }
    }

    /// <summary>For sorting, which asks only what is less.</summary>
    public int Compare(object? left, object? right) => Holds("<", left!, right!) ? -1 : Holds("<", right!, left!) ? 1 : 0;
}
