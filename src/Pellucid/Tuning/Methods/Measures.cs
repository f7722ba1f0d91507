using System.Globalization;
using Pellucid.Distributed;

namespace Pellucid.Tuning.Methods;

/// <summary>Means of what is measured, by name, in the order in which names first came.</summary>
internal sealed class Measures
{
    private readonly List<(string Name, double Value, double Weight)> _all = [];

    /// <summary>The means.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Means =>
        [.. _all.Select(each => each.Name).Distinct().Select(name => KeyValuePair.Create(name, Mean(name)))];

    /// <summary>Counts a value.</summary>
    public void Add(string name, double value, double weight = 1) => _all.Add((name, value, weight));

    /// <summary>Forgets all.</summary>
    public void Clear() => _all.Clear();

    /// <summary>Values so far.</summary>
    public int Count => _all.Count;

    /// <summary>Brings together what replicas have measured since there were so many values, each of them its own items.</summary>
    public void Gather(Replicas replicas, int since)
    {
        if (replicas.Count == 1)
            return;
        const char between = '\t', end = '\n';
        var texts = replicas.Texts(string.Concat(_all.Skip(since).Select(each =>
            string.Create(CultureInfo.InvariantCulture, $"{each.Name}{between}{each.Value:R}{between}{each.Weight:R}{end}"))));
        _all.RemoveRange(since, _all.Count - since);
        foreach (var line in texts.SelectMany(text => text.Split(end, StringSplitOptions.RemoveEmptyEntries)))
        {
            var parts = line.Split(between);
            Add(parts[0], double.Parse(parts[1], CultureInfo.InvariantCulture), double.Parse(parts[2], CultureInfo.InvariantCulture));
        }
    }

    private double Mean(string name)
    {
        var (sum, weights) = (0.0, 0.0);
        foreach (var each in _all)
            if (each.Name == name)
                (sum, weights) = (sum + each.Value * each.Weight, weights + each.Weight);
        return weights == 0 ? 0 : sum / weights;
    }
}
