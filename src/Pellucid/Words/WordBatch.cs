namespace Pellucid.Words;

/// <summary>Words in the middle, the neighbours of each, and the noise words that all of them share.</summary>
internal sealed class WordBatch(int mostCentres, int window, int negative)
{
    private readonly int[] _contexts = new int[mostCentres * 2 * window];

    public int[] Centres { get; } = new int[mostCentres];

    public int[] Negatives { get; } = new int[negative];

    /// <summary>Where the neighbours of each centre begin, and where the last ones end.</summary>
    public int[] Starts { get; } = new int[mostCentres + 1];

    public int Count { get; private set; }

    public bool IsFull => Count == Centres.Length;

    public ReadOnlySpan<int> Contexts => _contexts.AsSpan(0, Starts[Count]);

    public void Clear() => Count = 0;

    /// <summary>Adds the word at a place, with its neighbours from first to last, itself left out.</summary>
    public void Add(ReadOnlySpan<int> sentence, int position, int first, int last)
    {
        var at = Starts[Count];
        for (var i = first; i <= last; i++)
            if (i != position)
                _contexts[at++] = sentence[i];
        Centres[Count++] = sentence[position];
        Starts[Count] = at;
    }
}
