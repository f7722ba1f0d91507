namespace Pellucid.Tuning.Methods;

/// <summary>Means of what is measured, by name, in the order in which names first came.</summary>
internal sealed class Measures
{
    private readonly List<(string Name, double Sum, double Weight)> _sums = [];

    /// <summary>The means.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Means =>
        [.. _sums.Select(each => KeyValuePair.Create(each.Name, each.Weight == 0 ? 0 : each.Sum / each.Weight))];

    /// <summary>Counts a value.</summary>
    public void Add(string name, double value, double weight = 1)
    {
        var index = _sums.FindIndex(each => each.Name == name);
        if (index < 0)
            _sums.Add((name, value * weight, weight));
        else
            _sums[index] = (name, _sums[index].Sum + value * weight, _sums[index].Weight + weight);
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _sums.Clear();
}
