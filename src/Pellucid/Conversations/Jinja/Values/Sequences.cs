using System.Collections;

namespace Pellucid.Conversations.Jinja.Values;

/// <summary>A list; templates cannot change one.</summary>
internal sealed record ListValue(IReadOnlyList<object> Items) : ISized
{
    public int Count => Items.Count;
}

/// <summary>A tuple; of a group, its parts have names too.</summary>
internal sealed record TupleValue(IReadOnlyList<object> Items) : ISized
{
    public int Count => Items.Count;

    /// <summary>Names of the parts, if they have any.</summary>
    public IReadOnlyList<string>? Names { get; init; }
}

/// <summary>Whole numbers from a start to just before an end.</summary>
internal sealed record RangeValue(long Start, long Stop, long Step) : ISized
{
    public int Count { get; } = checked((int)Length(Start, Stop, Step));

    /// <summary>The number at a place.</summary>
    public long this[long place] => Start + place * Step;

    /// <summary>How many numbers there are.</summary>
    public static long Length(long start, long stop, long step) =>
        step > 0 ? start >= stop ? 0 : (long)(((Int128)stop - start - 1) / step) + 1 : start <= stop ? 0
            : (long)(((Int128)start - stop - 1) / -(Int128)step) + 1;

    /// <summary>Whether a number is one of them.</summary>
    public bool Holds(long number) => (Step > 0 ? number >= Start && number < Stop : number <= Start && number > Stop)
        && ((Int128)number - Start) % Step == 0;
}

/// <summary>Items that are made when they are asked for, and only once.</summary>
internal sealed class Generator(IEnumerable<object> items) : IEnumerable<object>
{
    private readonly IEnumerator<object> _rest = items.GetEnumerator();

    public IEnumerator<object> GetEnumerator()
    {
        while (_rest.MoveNext())
            yield return _rest.Current;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Bytes of a text, as <c>encode</c> gives them.</summary>
internal sealed record BytesValue(byte[] Bytes) : ISized
{
    public int Count => Bytes.Length;
}

/// <summary>Variables that loops and macros may set for all to see.</summary>
internal sealed record NamespaceValue(DictionaryValue Fields);
