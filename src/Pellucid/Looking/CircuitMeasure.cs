using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>How far a circuit's logit difference is from the model's when the same heads are missing in both.</summary>
/// <param name="Missing">The heads, K.</param>
/// <param name="How">How K was chosen.</param>
/// <param name="OfModel">F(M \ K).</param>
/// <param name="OfCircuit">F(C \ K).</param>
/// <param name="Gap">F(C \ K) − F(M \ K), prompt by prompt.</param>
public sealed record Incompleteness(IReadOnlyList<CircuitNode> Missing, string How, Estimate OfModel, Estimate OfCircuit, Estimate Gap)
{
    /// <summary>|F(C \ K) − F(M \ K)|.</summary>
    public double Value => Math.Abs(Gap.Mean);
}

/// <summary>What one head of a circuit is good for.</summary>
/// <param name="Node">The head, v.</param>
/// <param name="Change">F(C \ (K ∪ v)) − F(C \ K) with K the rest of its class, prompt by prompt.</param>
public sealed record Minimality(CircuitNode Node, Estimate Change)
{
    /// <summary>|F(C \ (K ∪ v)) − F(C \ K)|.</summary>
    public double Value => Math.Abs(Change.Mean);
}

/// <summary>
/// Measures circuits as Wang et al. (2023) do. A head that is missing writes the mean of what it writes, at that position,
/// over the counterfactual prompts of the same template and order. F is the mean logit difference; feed-forward layers
/// are never taken away; a head of the circuit is kept at its role alone.
/// </summary>
public sealed class CircuitMeasure : IDisposable
{
    private readonly Gpt _gpt;
    private readonly IndirectObjectData _data;
    private readonly Prompts _prompts;
    private readonly ActivationCache _unchanged;
    private readonly VariantRunner _runner;
    private readonly Arena _arena;
    private readonly Tensor[] _means;
    private readonly int[] _meanRows;
    private double[]? _whole;

    /// <summary>Runs the prompts and takes the means of their counterfactuals.</summary>
    public CircuitMeasure(Gpt gpt, IndirectObjectData data)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(data);
        (_gpt, _data, _prompts) = (gpt, data, new Prompts(data.Pairs.Select(pair => pair.Base.Tokens)));
        _unchanged = ActivationCache.Record(gpt, _prompts, (activation, layer) => VariantRunner.Needs(gpt.Config, activation, layer));
        _runner = new VariantRunner(gpt, _unchanged);
        _arena = new Arena(gpt.Backend);
        (_means, _meanRows) = Means();
    }

    /// <summary>F(M): the model's logit difference.</summary>
    public Estimate Model() => Estimate.Of(Whole);

    /// <summary>Share of prompts on which the right name's logit is above the wrong one's.</summary>
    public double Accuracy() => Whole.Average(value => value > 0 ? 1.0 : 0);

    /// <summary>F(C): with every head missing but the circuit's, those at other places than their role included.</summary>
    public Estimate Of(Circuit circuit) => Estimate.Of(Alone(circuit));

    /// <summary>F(M \ K): with some heads missing at their roles.</summary>
    public Estimate Without(IEnumerable<CircuitNode> nodes) => Estimate.Of(Broken(nodes));

    /// <summary>
    /// The control of a knock-out: F(M \ K) for random K of as many heads as the circuit has, at the same places but none of its
    /// own; where a place has too few others, fewer.
    /// </summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="seed">For the choice of heads.</param>
    /// <param name="sets">How many K.</param>
    public IReadOnlyList<(IReadOnlyList<CircuitNode> Heads, Estimate Left)> WithoutRandom(Circuit circuit, ulong seed, int sets = 10)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        var own = circuit.Nodes.Select(node => (node.Layer, node.Head, node.Role)).ToHashSet();
        ulong Lot(int set, Sender head, Role role) => CounterRandom.Bits(seed, 0x636f6e74, (ulong)set,
            (ulong)((head.Layer * _gpt.Config.Heads + head.Head) * Enum.GetValues<Role>().Length + (int)role));
        IReadOnlyList<CircuitNode> Draw(int set) => [.. from place in circuit.Nodes.CountBy(node => node.Role)
            from head in Sender.Heads(_gpt.Config)
                .Where(head => !own.Contains((head.Layer, head.Head, place.Key)))
                .OrderBy(head => Lot(set, head, place.Key)).Take(place.Value)
            select new CircuitNode(head.Layer, head.Head, place.Key, "random")];
        return [.. Enumerable.Range(0, circuit.Nodes.Count == 0 ? 0 : sets).Select(Draw).Select(heads => (heads, Without(heads)))];
    }

    /// <summary>F(C) − F(M), prompt by prompt; the paper's faithfulness is its mean without the sign.</summary>
    public Estimate Faithfulness(Circuit circuit) => Gap(Alone(circuit), Whole);

    /// <summary>Incompleteness when each class is missing, for some random K, and for a K built greedily.</summary>
    public IReadOnlyList<Incompleteness> Completeness(Circuit circuit, ulong seed, int random = 10)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        var results = new List<Incompleteness>();
        foreach (var name in circuit.Nodes.Select(node => node.Class).Distinct())
            results.Add(Incomplete(circuit, [.. circuit.OfClass(name)], $"class {name}"));
        for (var draw = 0; draw < random; draw++)
            results.Add(Incomplete(circuit,
                [.. circuit.Nodes.Where((_, i) => CounterRandom.Bits(seed, 0x636f6d70, (ulong)draw, (ulong)i) % 2 == 0)], "random"));
        results.Add(Greedy(circuit));
        return results;
    }

    /// <summary>What each head is good for when the rest of its class is missing.</summary>
    public IReadOnlyList<Minimality> Minimality(Circuit circuit)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        return [.. circuit.Nodes.Select(node =>
        {
            var rest = circuit.OfClass(node.Class).Where(other => other != node).ToList();
            return new Minimality(node, Gap(Alone(circuit.Without([.. rest, node])), Alone(circuit.Without(rest))));
        })];
    }

    /// <summary>The edits that make a head write its mean at its role in a prompt.</summary>
    internal VariantEdit Missing(CircuitNode node, int prompt) =>
        Edit(node.Layer, node.Head, prompt, _data.PositionOf(node.Role, prompt), 1);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _arena.Dispose();
        _runner.Dispose();
        _unchanged.Dispose();
    }

    private Incompleteness Incomplete(Circuit circuit, List<CircuitNode> missing, string how)
    {
        var (model, alone) = (Broken(missing), Alone(circuit.Without(missing)));
        return new(missing, how, Estimate.Of(model), Estimate.Of(alone), Gap(alone, model));
    }

    // Adds the head that makes the gap widest, as long as one does.
    private Incompleteness Greedy(Circuit circuit)
    {
        var worst = Incomplete(circuit, [], "greedy");
        while (worst.Missing.Count < circuit.Nodes.Count)
        {
            var next = circuit.Nodes.Except(worst.Missing)
                .Select(node => Incomplete(circuit, [.. worst.Missing, node], "greedy"))
                .MaxBy(candidate => candidate.Value)!;
            if (next.Value <= worst.Value)
                break;
            worst = next;
        }
        return worst;
    }

    private readonly record struct Place(int Layer, int Head, IReadOnlyList<Role> Roles);

    private double[] Whole => _whole ??= Differences(_ => false);

    private double[] Alone(Circuit circuit)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        circuit.RequireFit(_gpt.Config);
        var kept = circuit.Nodes.Select(node => (node.Layer, node.Head, node.Role)).ToHashSet();
        return Differences(place => !place.Roles.Any(role => kept.Contains((place.Layer, place.Head, role))));
    }

    private double[] Broken(IEnumerable<CircuitNode> nodes)
    {
        var gone = nodes.Select(node => (node.Layer, node.Head, node.Role)).ToHashSet();
        return Differences(place => place.Roles.Any(role => gone.Contains((place.Layer, place.Head, role))));
    }

    // Of the same prompts: what they have in common is no error of the difference.
    private static Estimate Gap(double[] values, double[] others) => Estimate.Of([.. values.Zip(others, (value, other) => value - other)]);

    private double[] Differences(Func<Place, bool> missing) =>
        _runner.LogitDifferences(
            [.. Enumerable.Range(0, _data.Count).Select(prompt => new Variant(prompt, Edits(prompt, missing)))], _data.Questions);

    // Runs of missing positions become one edit, and a layer that is missing whole becomes one too.
    private List<VariantEdit> Edits(int prompt, Func<Place, bool> missing)
    {
        var (edits, length) = (new List<VariantEdit>(), _prompts[prompt].Length);
        var roles = Enumerable.Range(0, length).Select(position =>
            (IReadOnlyList<Role>)[.. Enum.GetValues<Role>().Where(role => _data.PositionOf(role, prompt) == position)]).ToArray();
        for (var layer = 0; layer < _gpt.Config.Layers; layer++)
        {
            var here = edits.Count;
            for (var head = 0; head < _gpt.Config.Heads; head++)
            for (int position = 0, count; position < length; position += Math.Max(1, count))
            {
                count = 0;
                while (position + count < length && missing(new Place(layer, head, roles[position + count])))
                    count++;
                if (count > 0)
                    edits.Add(Edit(layer, head, prompt, position, count));
            }
            if (edits.Count - here == _gpt.Config.Heads && edits.Skip(here).All(edit => edit.Count == length))
            {
                edits.RemoveRange(here, _gpt.Config.Heads);
                edits.Add(Edit(layer, -1, prompt, 0, length));
            }
        }
        return edits;
    }

    private VariantEdit Edit(int layer, int head, int prompt, int position, int count) =>
        new(Activation.Z, layer, position, count, head, -1, _means[layer], _meanRows[_data.GroupOf(prompt)] + position);

    // Means of z over the counterfactuals of each group, position by position.
    private (Tensor[] Means, int[] Rows) Means()
    {
        var counterfactuals = new Prompts(_data.Pairs.Select(pair => pair.Source));
        using var cache = ActivationCache.Record(_gpt, counterfactuals, (activation, _) => activation == Activation.Z);
        var members = Enumerable.Range(0, _data.Count).GroupBy(_data.GroupOf)
            .OrderBy(group => group.Key)
            .Select(group => group.ToList()).ToList();
        var (rows, total) = (new int[members.Count], 0);
        for (var group = 0; group < members.Count; group++)
        {
            rows[group] = total;
            total += counterfactuals[members[group][0]].Length;
        }
        var means = new Tensor[_gpt.Config.Layers];
        for (var layer = 0; layer < means.Length; layer++)
        {
            var z = cache[Activation.Z, layer];
            var (columns, values, sums) = (z.Columns, new float[z.Count], new float[(long)total * z.Columns]); // H · D of them
            _gpt.Backend.Read(z, values);
            for (var group = 0; group < members.Count; group++)
            for (var i = 0; i < counterfactuals[members[group][0]].Length * columns; i++)
                sums[rows[group] * columns + i] =
                    (float)members[group].Average(prompt => (double)values[counterfactuals.RowOf(prompt, 0) * columns + i]);
            means[layer] = _arena.Allocate(new Shape(total, columns), z.Type);
            _gpt.Backend.Write(sums, means[layer]);
        }
        return (means, rows);
    }
}
