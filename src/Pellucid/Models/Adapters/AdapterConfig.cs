namespace Pellucid.Models.Adapters;

/// <summary>Which biases of the model itself an adapter trains.</summary>
public enum AdapterBiases
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those of the layers that it adapts.</summary>
    LoraOnly,

    /// <summary>All.</summary>
    All,
}

/// <summary>What an adapter adapts and how: the fields of PEFT's <c>LoraConfig</c> that can be computed, under its meanings.</summary>
public sealed record AdapterConfig
{
    /// <summary>r, where no pattern says otherwise.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>α, where no pattern says otherwise; what is added is multiplied by α / r.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Ranks of modules whose names match a regular expression, or end in it after a dot; the first that matches counts.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPatterns { get; init; } = [];

    /// <summary>The same of α.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPatterns { get; init; } = [];

    /// <summary>Which modules are adapted.</summary>
    public ModuleNames Targets { get; init; } = ModuleNames.AllLinear;

    /// <summary>Which of them are not.</summary>
    public ModuleNames? Excluded { get; init; }

    /// <summary>Layers that are adapted, from 0; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>What is multiplied by is α / √r (rsLoRA, Kalajdzievski 2023).</summary>
    public bool RankStabilised { get; init; }

    /// <summary>Lengths of columns are learned apart from directions (DoRA, Liu et al. 2024).</summary>
    public bool Dora { get; init; }

    /// <summary>B has a bias of its own.</summary>
    public bool HasBias { get; init; }

    /// <summary>Probability of dropout on the adapter's path, in training.</summary>
    public float Dropout { get; init; }

    /// <summary>Biases of the model that are trained as well.</summary>
    public AdapterBiases Biases { get; init; }

    /// <summary>Modules of the model of which the adapter has whole copies, and trains those.</summary>
    public IReadOnlyList<string> Saved { get; init; } = [];

    /// <summary>
    /// Tokens whose rows are trained, by the table that they are of; with an empty name they are of the table of tokens, and of the
    /// output's where both are one.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<int>>> TrainedTokens { get; init; } = [];

    /// <summary>The model that it belongs to, as its makers call it.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Whether the adapter has a head (C) that gives a row a number: a reward model.</summary>
    public bool HasHead { get; init; }

    /// <summary>Whether it has, while it learns, a head (C) that expects rewards; files of it do not.</summary>
    internal bool HasValueHead { get; init; }

    /// <summary>The rank of a module.</summary>
    internal int RankOf(string module) => First(RankPatterns, module, Rank);

    /// <summary>What is added to a module is multiplied by this.</summary>
    internal double ScaleOf(string module) => First(AlphaPatterns, module, Alpha)
        / (RankStabilised ? Math.Sqrt(RankOf(module)) : RankOf(module));

    /// <summary>Whether a module is adapted.</summary>
    internal bool Adapts(string module, int layer) =>
        Targets.Match(module) && Excluded?.Match(module) != true && (Layers is null || Layers.Contains(layer));

    /// <summary>Says what cannot be computed.</summary>
    /// <exception cref="ArgumentException">It names the number.</exception>
    internal void Validate()
    {
        foreach (var rank in RankPatterns.Select(pattern => pattern.Value).Append(Rank))
            if (rank is < 1 or > 1 << 16)
                throw new ArgumentException($"a rank ({rank}) must be from 1 to {1 << 16}");
        foreach (var alpha in AlphaPatterns.Select(pattern => pattern.Value).Append(Alpha))
            if (!double.IsFinite(alpha))
                throw new ArgumentException($"alpha ({alpha}) must be a number");
        if (!(Dropout is >= 0 and < 1))
            throw new ArgumentException($"dropout ({Dropout}) must be from 0 to below 1");
    }

    private static T First<T>(IReadOnlyList<KeyValuePair<string, T>> patterns, string module, T otherwise)
    {
        foreach (var (pattern, value) in patterns)
            if (IsMeant(pattern, module))
                return value;
        return otherwise;
    }

    /// <summary>Whether a pattern of ranks means a module.</summary>
    internal static bool IsMeant(string pattern, string module) => ModuleNames.Matches($@"^(?:(?:.*\.)?(?:{pattern}))$", module);
}
