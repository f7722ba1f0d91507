using Pellucid.Tensors;

namespace Pellucid.Looking.Memories;

/// <summary>What is true of the memories of one layer.</summary>
/// <param name="Layer">0-based.</param>
/// <param name="Alive">Neurons with triggers.</param>
/// <param name="SharedEnd">Share of alive neurons at least half of whose triggers end alike: shallow patterns.</param>
/// <param name="LastToken">Mean share of a neuron's triggers that end with the commonest last token.</param>
/// <param name="Topic">Mean share of a neuron's triggers that are of the commonest topic; NaN where topics are not known.</param>
/// <param name="Agreement">Share of alive neurons whose value says what follows their strongest trigger.</param>
/// <param name="Chance">The same with the following tokens of other neurons of the layer.</param>
/// <param name="Perturbation">What dropping a token does, for some neurons.</param>
/// <param name="Composition">How predictions are made.</param>
public sealed record MemoryLayer(int Layer, int Alive, Estimate SharedEnd, Estimate LastToken, Estimate Topic, Estimate Agreement,
    Estimate Chance, MemoryPerturbation Perturbation, MemoryComposition Composition);

/// <summary>A neuron with what excites it and what it writes.</summary>
/// <param name="Layer">0-based.</param>
/// <param name="Neuron">0-based.</param>
/// <param name="Pattern">What its triggers have in common; null where it has none.</param>
/// <param name="Value">What it writes.</param>
public sealed record Memory(int Layer, int Neuron, MemoryPattern? Pattern, MemoryValue Value);

/// <summary>All memories of a model, and what they are like layer by layer.</summary>
public sealed class MemoryReport
{
    private const uint NeuronPurpose = 0x6e657572, ShufflePurpose = 0x73687566;

    private readonly Memory[][] _memories;

    /// <summary>Reads out values, summarises triggers, perturbs some and takes predictions apart.</summary>
    /// <param name="memories">Collected triggers.</param>
    /// <param name="perturbed">Neurons of each layer whose triggers are perturbed.</param>
    /// <param name="seed">Which ones.</param>
    /// <param name="begin">The token in front of every line, if there is one.</param>
    /// <exception cref="InvalidDataException">No line has two tokens.</exception>
    public MemoryReport(NeuronMemories memories, int perturbed = 30, ulong seed = 1, int? begin = null)
    {
        ArgumentNullException.ThrowIfNull(memories);
        if (memories.Sample.Count == 0)
            throw new InvalidDataException("no line of the corpus has two tokens: nothing is predicted in it");
        Memories = memories;
        var config = memories.Gpt.Config;
        _memories = [.. Enumerable.Range(0, config.Layers).Select(layer => MemoryValue.OfLayer(memories, layer)
            .Select((value, neuron) => new Memory(layer, neuron, MemoryPattern.Of(memories, layer, neuron), value)).ToArray())];
        var composition = MemoryComposition.Measure(memories, (layer, neuron) => _memories[layer][neuron].Value.Top[0]);
        Layers = [.. composition.Select(one => Layer(one, perturbed, seed, begin))];
    }

    /// <summary>What was collected.</summary>
    public NeuronMemories Memories { get; }

    /// <summary>From the bottom up.</summary>
    public IReadOnlyList<MemoryLayer> Layers { get; }

    /// <summary>A neuron.</summary>
    public Memory this[int layer, int neuron] => _memories[layer][neuron];

    /// <summary>Every neuron.</summary>
    public IEnumerable<Memory> All => _memories.SelectMany(layer => layer);

    /// <summary>Neurons that a token is a key of (a quarter of their triggers end with it) or a value of (among what they write).</summary>
    public IEnumerable<(Memory Memory, bool IsKey, bool IsValue)> Search(int token) => All
        .Select(memory => (memory, Memories.IsKey(memory.Layer, memory.Neuron, token), memory.Value.Top.Contains(token)))
        .Where(found => found.Item2 || found.Item3)
        .OrderByDescending(found => found.Item2 && found.Item3).ThenByDescending(found => found.memory.Value.Confidence);

    private MemoryLayer Layer(MemoryComposition composition, int perturbed, ulong seed, int? begin)
    {
        var layer = composition.Layer;
        var alive = _memories[layer].Where(memory => memory.Pattern is not null).ToArray();
        var some = alive.OrderBy(memory => CounterRandom.Bits(seed, NeuronPurpose, (ulong)layer, (ulong)memory.Neuron)).Take(perturbed)
            .Select(memory => memory.Neuron).ToArray();
        var next = alive.Select(memory => Memories.Triggers(layer, memory.Neuron)[0].Next).OrderBy(token => token).ToArray();
        var others = next.Select((token, i) => (token, CounterRandom.Bits(seed, ShufflePurpose, (ulong)layer, (ulong)i)))
            .OrderBy(pair => pair.Item2).Select(pair => pair.token).ToArray();
        var known = alive.Any(memory => memory.Pattern!.Topic is not null);
        return new MemoryLayer(layer, alive.Length, Share(alive, memory => memory.Pattern!.Suffix.Count > 0),
            Mean(alive, memory => memory.Pattern!.LastShare),
            known ? Mean(alive, memory => memory.Pattern!.TopicShare) : Nothing, Share(alive, memory => memory.Value.Agrees),
            Mean([.. alive.Zip(others)], pair => pair.First.Value.Top[0] == pair.Second ? 1 : 0),
            MemoryPerturbation.Of(Memories, layer, some, seed: seed, begin: begin), composition);
    }

    private static Estimate Nothing => new(double.NaN, double.NaN, 0);

    private static Estimate Share(Memory[] memories, Func<Memory, bool> holds) => Mean(memories, memory => holds(memory) ? 1 : 0);

    private static Estimate Mean<TItem>(TItem[] items, Func<TItem, double> value) =>
        items.Length > 0 ? Estimate.Of([.. items.Select(value)]) : Nothing;
}
