namespace Pellucid.Looking.Features;

/// <summary>How often each feature fires above each of some levels, in all and where each label is true.</summary>
internal sealed class LabelCounts(int features)
{
    /// <summary>Levels of firing: above 0, and above shares of the strongest activation.</summary>
    public const int Levels = 8;

    private readonly Dictionary<(string Kind, string Label), int> _tokens = [];
    private readonly Dictionary<(string Kind, string Label), int[]> _hits = [];
    private readonly List<(IReadOnlyList<(string, string)> Labels, List<(int Feature, float Activation)> Active)> _rows = [];
    private readonly int[] _fired = new int[features * Levels];

    /// <summary>Labels that were true of some token.</summary>
    public IEnumerable<(string Kind, string Label)> Labels => _tokens.Keys;

    /// <summary>Tokens that a label is true of.</summary>
    public int Tokens((string Kind, string Label) label) => _tokens.GetValueOrDefault(label);

    /// <summary>What must be exceeded at a level.</summary>
    public static float Threshold(int level, float strongest) => strongest * level / Levels;

    /// <summary>Rows, one after another, of what features say and what is true.</summary>
    public void Add(IEnumerable<IReadOnlyList<(string, string)>> labels, float[] activations)
    {
        var row = 0;
        foreach (var here in labels)
        {
            var active = new List<(int, float)>();
            for (var feature = 0; feature < features; feature++)
                if (activations[row * features + feature] is > 0 and var activation)
                    active.Add((feature, activation));
            _rows.Add((here, active));
            row++;
        }
    }

    /// <summary>Counts, once it is known how strongly each feature fires at most.</summary>
    public void Finish(float[] strongest)
    {
        foreach (var (labels, active) in _rows)
        {
            foreach (var label in labels)
                _tokens[label] = _tokens.GetValueOrDefault(label) + 1;
            foreach (var (feature, activation) in active)
                for (var level = 0; level < Levels && activation > Threshold(level, strongest[feature]); level++)
                {
                    _fired[feature * Levels + level]++;
                    foreach (var label in labels)
                        (_hits.TryGetValue(label, out var hits) ? hits : _hits[label] = new int[features * Levels])
                            [feature * Levels + level]++;
                }
        }
        _rows.Clear();
    }

    /// <summary>Precision and recall of a feature at a level for a label; 0 where there is nothing to divide by.</summary>
    public (double Precision, double Recall) Scores((string Kind, string Label) label, int feature, int level)
    {
        var hits = _hits.TryGetValue(label, out var counts) ? counts[feature * Levels + level] : 0;
        return hits == 0 ? (0, 0) : ((double)hits / _fired[feature * Levels + level], (double)hits / _tokens[label]);
    }

    /// <summary>2PR / (P + R).</summary>
    public double F1((string Kind, string Label) label, int feature, int level)
    {
        var (precision, recall) = Scores(label, feature, level);
        return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
    }
}
