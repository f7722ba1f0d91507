namespace Pellucid.Constraints.Grammars;

/// <summary>All ways in which a text may go on. States with the same ways are one object, and remember where each byte leads.</summary>
internal sealed class State(Thread[] threads, bool mayEnd)
{
    /// <summary>Nothing may follow, not even an end.</summary>
    public static readonly State Dead = new([], false);

    private State?[]? _next;

    public Thread[] Threads => threads;

    /// <summary>Whether the text may end here.</summary>
    public bool MayEnd => mayEnd;

    /// <summary>Where each byte leads, as far as that is known.</summary>
    public State?[] Next => _next ??= new State?[256];

    /// <summary>Bytes that lead to the same states, as far as that is known.</summary>
    public byte[]? Classes { get; set; }

    /// <summary>Which tokens may follow, a bit each, as long as that is remembered.</summary>
    public ulong[]? Mask { get; set; }

    /// <summary>The state whose mask this one has, but for tokens that are very long; itself where that is so of no other.</summary>
    public State? Widened { get; set; }

    /// <summary>States after one plain character of JSON's strings, and whether some, or all, of those lead nowhere.</summary>
    public (State[] Next, bool IsSomeDead, bool IsEveryDead)? Plain { get; set; }
}
