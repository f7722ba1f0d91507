using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pellucid.Distributed;

namespace Pellucid.Looking.Memories;

public sealed partial class NeuronMemories
{
    // Each replica has read batches of its own. The strongest of all are among the strongest of each; which of two equal ones is the
    // earlier, and which are the same prefix, is seen once all have the lines, which are read again from the text.
    private void Unite(IEnumerable<CorpusLine> lines, Replicas replicas)
    {
        if (replicas.Count == 1)
            return;
        Agreement.Require(replicas, ("the text", $"{Lines} lines, {Tokens} tokens, "
            + Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(((int[])Frequencies).AsSpan())))));
        var found = new List<Trigger>[_layers.Length][];
        for (var layer = 0; layer < _layers.Length; layer++)
            found[layer] = Gathered(_layers[layer], replicas);
        var needed = found.SelectMany(neurons => neurons).SelectMany(triggers => triggers)
            .Select(trigger => trigger.LineNumber).ToHashSet();
        var read = lines.Index().Where(line => needed.Contains(line.Index + 1L)).ToDictionary(line => line.Index + 1L, line => line.Item);
        for (var layer = 0; layer < _layers.Length; layer++)
        {
            _layers[layer] = new TopTriggers(Gpt.Config.FeedForwardWidth, Top);
            foreach (var (neuron, triggers) in found[layer].Index())
                foreach (var trigger in triggers)
                    _layers[layer].Add(neuron, trigger with { Line = read[trigger.LineNumber] });
        }
    }

    // Of each neuron, strongest first and of equal ones the earlier, so many that their values differ as often as triggers are kept.
    private List<Trigger>[] Gathered(TopTriggers own, Replicas replicas)
    {
        const int Each = 3;
        var neurons = Gpt.Config.FeedForwardWidth;
        var size = Each * neurons * Top;
        var numbers = new double[replicas.Count * size];
        for (var neuron = 0; neuron < neurons; neuron++)
            foreach (var (place, trigger) in own[neuron].Index())
                ((ReadOnlySpan<double>)[trigger.Coefficient, trigger.LineNumber, trigger.Position])
                    .CopyTo(numbers.AsSpan(replicas.Rank * size + Each * (neuron * Top + place)));
        replicas.Gather(numbers, size);
        return [.. Enumerable.Range(0, neurons).Select(neuron =>
        {
            var all = Enumerable.Range(0, replicas.Count * Top).Select(i => (i / Top * size) + Each * (neuron * Top + i % Top))
                .Where(at => numbers[at] > 0).Select(at => new Trigger((float)numbers[at], new CorpusLine([], null), (int)numbers[at + 2])
                {
                    LineNumber = (long)numbers[at + 1]
                }).OrderByDescending(trigger => trigger.Coefficient).ThenBy(trigger => trigger.LineNumber).ToList();
            var values = all.Select(trigger => trigger.Coefficient).Distinct().ToList();
            return values.Count <= Top ? all : all.FindAll(trigger => trigger.Coefficient >= values[Top - 1]);
        })];
    }
}
