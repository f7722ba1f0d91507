namespace Pellucid.Looking.Features;

/// <summary>Where features fire in a text, and how strongly: of few of them at a time, so that all of it is kept.</summary>
public sealed class FeatureFirings
{
    private readonly List<int[]> _windows = [];
    private readonly List<(int Window, int Position, float Activation)>[] _fired;
    private readonly long[] _counts; // of tokens

    internal FeatureFirings(int features, int vocabulary)
    {
        _fired = new List<(int, int, float)>[features];
        for (var feature = 0; feature < features; feature++)
            _fired[feature] = [];
        _counts = new long[vocabulary];
    }

    /// <summary>Tokens that were read.</summary>
    public long Rows { get; private set; }

    /// <summary>Tokens on which a feature fired.</summary>
    public int Fired(int feature) => _fired[feature].Count;

    /// <summary>The windows in which a feature fires, in the order of the text.</summary>
    public IReadOnlyList<FeatureContext> Contexts(int feature) => [.. _fired[feature].GroupBy(one => one.Window).Select(group =>
    {
        var values = new float[_windows[group.Key].Length];
        foreach (var (_, position, activation) in group)
            values[position] = activation;
        return new FeatureContext(_windows[group.Key], Array.IndexOf(values, values.Max()), values);
    })];

    /// <summary>Features that a token makes fire: those of whose strongest firings, so many at most, it has the largest share, the stronger
    /// first of equals.</summary>
    /// <param name="token">The token.</param>
    /// <param name="strongest">Firings of each that are looked at.</param>
    /// <param name="count">Features at most; none that does not fire on the token among these.</param>
    public IReadOnlyList<(int Feature, double Share)> On(int token, int strongest, int count) =>
        [.. (from feature in Enumerable.Range(0, _fired.Length)
             where _fired[feature].Count > 0
             let top = _fired[feature].OrderByDescending(one => one.Activation).Take(strongest).ToList()
             let share = (double)top.Count(one => _windows[one.Window][one.Position] == token) / top.Count
             where share > 0
             orderby share descending, top.Count descending, top[0].Activation descending
             select (feature, share)).Take(count)];

    /// <summary>What a token costs, in nats, who knows only how often each token came.</summary>
    internal double LossByFrequency(int token) => -Math.Log((_counts[token] + 1.0) / (Rows + _counts.Length));

    /// <summary>Adds what features say of some windows.</summary>
    /// <param name="prompts">The windows.</param>
    /// <param name="activations">(rows, features).</param>
    /// <param name="wanted">Features that are kept; null: all.</param>
    internal void Add(Prompts prompts, float[] activations, HashSet<int>? wanted)
    {
        for (var prompt = 0; prompt < prompts.Count; prompt++)
        {
            for (var position = 0; position < prompts[prompt].Length; position++)
            {
                _counts[prompts[prompt][position]]++;
                var row = activations.AsSpan(prompts.RowOf(prompt, position) * _fired.Length, _fired.Length);
                for (var feature = 0; feature < row.Length; feature++)
                    if (row[feature] > 0 && wanted?.Contains(feature) != false)
                        _fired[feature].Add((_windows.Count, position, row[feature]));
            }
            _windows.Add(prompts[prompt]);
        }
        Rows += prompts.Rows;
    }
}
