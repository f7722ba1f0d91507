using System.Numerics;

namespace Pellucid.Conversations.Jinja.Values;

/// <summary>When values are the same, as Python's <c>==</c> has it, and the keys of its dictionaries.</summary>
/// <param name="budget">Counts comparisons: lists that hold the same lists again and again would take for ever.</param>
internal sealed class Equality(Budget budget) : IEqualityComparer<object>
{
    public new bool Equals(object? left, object? right)
    {
        budget.Step();
        if (left is null || right is null)
            return ReferenceEquals(left, right);
        if (Texts.TryPlain(left) is { } text)
            return Texts.TryPlain(right) is { } other && AreEqual(text, other);
        if (Numbers.Is(left))
            return Numbers.Is(right) && Numbers.Compare(left, right) == 0;
        Budget.CheckStack();
        return (left, right) switch
        {
            (ListValue a, ListValue b) => AreEqual(a.Items, b.Items),
            (TupleValue a, TupleValue b) => AreEqual(a.Items, b.Items),
            (DictionaryValue a, DictionaryValue b) => a.Count == b.Count && AreEqual(a, b),
            (RangeValue a, RangeValue b) =>
                a.Count == b.Count && (a.Count == 0 || a.Start == b.Start && (a.Count == 1 || a.Step == b.Step)),
            (DictionaryView a, DictionaryView b) => ReferenceEquals(a.Dictionary, b.Dictionary) && a.Kind == b.Kind,
            (BytesValue a, BytesValue b) => a.Bytes.AsSpan().SequenceEqual(b.Bytes),
            (Undefined, Undefined) => true,
            _ => ReferenceEquals(left, right),
        };
    }

    private bool AreEqual(string left, string right)
    {
        if (left.Length != right.Length)
            return false;
        budget.Look(left.Length);
        return left == right;
    }

    private bool AreEqual(IReadOnlyList<object> left, IReadOnlyList<object> right)
    {
        if (left.Count != right.Count)
            return false;
        for (var i = 0; i < left.Count; i++)
            if (!ReferenceEquals(left[i], right[i]) && !Equals(left[i], right[i]))
                return false;
        return true;
    }

    private bool AreEqual(DictionaryValue left, DictionaryValue right)
    {
        for (var i = 0; i < left.Count; i++)
            if (right.Find(left.Keys[i]) is not { } other || !ReferenceEquals(left.Values[i], other) && !Equals(left.Values[i], other))
                return false;
        return true;
    }

    private int Code(string text)
    {
        budget.Look(text.Length);
        return text.GetHashCode(StringComparison.Ordinal);
    }

    // A tuple's code is that of its first items that are no tuples: what equals has the same, and it ends at once.
    public int GetHashCode(object value) => value switch
    {
        string or Markup => Code(Texts.Plain(value)),
        long number => number.GetHashCode(),
        bool truth => (truth ? 1L : 0L).GetHashCode(),
        double number => double.IsInteger(number) ? GetHashCode(Numbers.Normal(new BigInteger(number))) : number.GetHashCode(),
        BigInteger number => number.GetHashCode(),
        TupleValue tuple => tuple.Items.FirstOrDefault() is { } first and not TupleValue ? HashCode.Combine(tuple.Count, GetHashCode(first))
            : tuple.Count,
        None => 1,
        Undefined => 2,
        _ => value.GetHashCode(),
    };
}
