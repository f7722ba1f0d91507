namespace Pellucid.Tensors;

/// <summary>
/// How attention divides its columns among heads. A row of its input holds every head's query, then the keys, then the values:
/// (R, (H + 2K) · D); a row of its result holds what each head mixed: (R, H · D). Where there are fewer key-value heads than
/// heads, H / K neighbouring heads read the same keys and values (Ainslie et al. 2023, "GQA"; with one, Shazeer 2019, "MQA").
/// </summary>
/// <param name="Heads">H: heads, each with queries of its own.</param>
/// <param name="KeyValueHeads">K: heads that have keys and values; K divides H.</param>
/// <param name="HeadWidth">D: columns of a head; H · D need not be the width of the model.</param>
/// <param name="Scale">What a product of query and key is multiplied by; 1/√D when null.</param>
/// <param name="Window">Keys that a row sees, its own among them; all of them when 0.</param>
/// <param name="SoftCap">c: a score s becomes c · tanh(s / c), which never exceeds c (Bello et al. 2016; Gemma 2); stays s when 0.</param>
public readonly record struct AttentionShape(int Heads, int KeyValueHeads, int HeadWidth, double? Scale = null,
    int Window = 0, double SoftCap = 0)
{
    /// <summary>Columns of all queries, and of what is mixed: H · D.</summary>
    public int QueryWidth => Heads * HeadWidth;

    /// <summary>Columns of all keys, and of all values: K · D.</summary>
    public int KeyValueWidth => KeyValueHeads * HeadWidth;

    /// <summary>Columns of queries, keys and values: (H + 2K) · D.</summary>
    public int InputWidth => QueryWidth + 2 * KeyValueWidth;

    /// <summary>The key-value head that a head reads.</summary>
    public int KeyValueHeadOf(int head) => head / HeadsPerGroup;

    /// <summary>H / K: heads that read the same keys and values.</summary>
    internal int HeadsPerGroup => Heads / KeyValueHeads;

    /// <summary>Where a head's query begins in a row.</summary>
    internal int QueryColumn(int head) => head * HeadWidth;

    /// <summary>Where the key of a key-value head begins in a row.</summary>
    internal int KeyColumn(int keyValueHead) => QueryWidth + keyValueHead * HeadWidth;

    /// <summary>Where the value of a key-value head begins in a row.</summary>
    internal int ValueColumn(int keyValueHead) => KeyColumn(keyValueHead) + KeyValueWidth;

    /// <summary>The scale in double precision.</summary>
    internal double Factor => Scale ?? 1 / Math.Sqrt(HeadWidth);

    /// <summary>The scale in single precision.</summary>
    internal float SingleFactor => Scale is { } scale ? (float)scale : 1 / MathF.Sqrt(HeadWidth);

    /// <summary>A score, held below the cap, in double precision.</summary>
    internal double Cap(double score) => SoftCap == 0 ? score : SoftCap * Math.Tanh(score / SoftCap);

    /// <summary>The slope of <see cref="Cap"/> where it gives that score.</summary>
    internal double CapSlope(double capped) => SoftCap == 0 ? 1 : 1 - capped / SoftCap * (capped / SoftCap);

    /// <summary>The first position that a row at <paramref name="position"/> sees.</summary>
    internal int FirstKey(int position) => Window == 0 ? 0 : Math.Max(0, position - Window + 1);

    /// <summary>Refuses what contradicts itself, an input of another width, or sinks, which may be empty, of other heads.</summary>
    /// <exception cref="ArgumentException">With what is wrong.</exception>
    internal void Check(Tensor qkv, Tensor sinks = default)
    {
        if (Heads < 1 || KeyValueHeads < 1 || Heads % KeyValueHeads != 0)
            throw new ArgumentException($"{KeyValueHeads} key-value heads cannot be shared evenly by {Heads} heads");
        if (HeadWidth < 1 || Window < 0)
            throw new ArgumentException($"attention cannot have heads of {HeadWidth} columns and a window of {Window} keys");
        if (!double.IsFinite(Factor))
            throw new ArgumentException($"attention cannot have a scale of {Factor}");
        if (!(SoftCap >= 0))
            throw new ArgumentException($"attention cannot have a soft cap of {SoftCap}");
        if (!sinks.IsEmpty && sinks.Count != Heads)
            throw new ArgumentException($"{Heads} heads cannot have {sinks.Count} sinks");
        if (qkv.Columns != InputWidth)
            throw new ArgumentException(
                $"queries, keys and values of {Heads} heads and {KeyValueHeads} key-value heads of {HeadWidth} columns "
                    + $"are {InputWidth} columns, not {qkv.Columns}");
    }
}
