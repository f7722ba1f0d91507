using Pellucid.Tensors;

namespace Pellucid.Looking.Probes;

/// <summary>
/// Gathers the examples of a task. Of every three sentences two are learned from and one examines. Balanced examples have
/// every label equally often for each word (for pairs: for each word and distance), in both parts: whoever reads words
/// alone is right by chance only, and words that have one label are left out.
/// </summary>
internal sealed class ProbeExamples(bool isBalanced)
{
    private const uint OrderPurpose = 0x70726f62;

    private readonly List<(ProbeExample Example, string Label)> _found = [];
    private readonly Dictionary<(bool Examines, string Type, int Distance), Dictionary<string, int>> _cells = [];

    /// <summary>How many there are, of those that balance.</summary>
    public int Count { get; private set; }

    public void Add(ProbeExample example, string label)
    {
        _found.Add((example, label));
        if (!_cells.TryGetValue(CellOf(example), out var cell))
            _cells[CellOf(example)] = cell = [];
        Count -= Taken(cell);
        cell[label] = cell.GetValueOrDefault(label) + 1;
        Count += Taken(cell);
    }

    /// <summary>The task, of at most so many examples to learn from and half as many to examine, drawn at random.</summary>
    /// <exception cref="InvalidDataException">There are too few.</exception>
    public ProbeTask ToTask(string name, IReadOnlyList<int[]> sentences, int count, ulong seed)
    {
        var left = _cells.ToDictionary(cell => cell.Key,
            cell => cell.Value.ToDictionary(label => label.Key, label => isBalanced ? Taken(cell.Value) / cell.Value.Count : label.Value));
        var drawn = _found.Select((one, i) => (one.Example, one.Label, Order: CounterRandom.Bits(seed, OrderPurpose, 0, (ulong)i)))
            .OrderBy(one => one.Order)
            .Where(one => left[CellOf(one.Example)][one.Label]-- > 0).ToArray();
        string[] labels = [.. drawn.Select(one => one.Label).Distinct().Order(StringComparer.Ordinal)];
        var parts = drawn.Select(one => one.Example with { Label = Array.BinarySearch(labels, one.Label, StringComparer.Ordinal) })
            .ToLookup(Examines);
        var (training, examination) = (parts[false].Take(count).ToArray(), parts[true].Take(Math.Max(1, count / 2)).ToArray());
        if (labels.Length < 2 || training.Length < 10 || examination.Length < 2)
            throw new InvalidDataException($"{name}: {training.Length} examples to learn from and {examination.Length} to examine, "
                + $"of {labels.Length} labels, are too few");
        return new ProbeTask(name, labels, sentences, training, examination);
    }

    private int Taken(Dictionary<string, int> cell) =>
        !isBalanced ? cell.Values.Sum() : cell.Count < 2 ? 0 : cell.Count * cell.Values.Min();

    private static bool Examines(ProbeExample example) => example.Sentence % 3 == 2;

    private static (bool, string, int) CellOf(ProbeExample example) =>
        (Examines(example), example.Type, example.Other < 0 ? 0 : example.Position - example.Other);
}
