using System.Runtime.InteropServices;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Memories;

/// <summary>Relative change (m′ − m) / m of a neuron's coefficient at the end of its triggers when one token of them is dropped:
/// mean over triggers and neurons. Triggers of one neuron are alike, so standard errors are those of neurons drawn independently.</summary>
/// <param name="First">The first token dropped.</param>
/// <param name="Random">A token between first and last.</param>
/// <param name="Last">The last token.</param>
public sealed record MemoryPerturbation(Estimate First, Estimate Random, Estimate Last)
{
    private const int RowsAtATime = 1024;
    private const uint DropPurpose = 0x64726f70;

    /// <summary>Of some neurons of a layer; triggers of fewer than three tokens are left out.</summary>
    /// <param name="memories">What was collected.</param>
    /// <param name="layer">0-based.</param>
    /// <param name="neurons">Which.</param>
    /// <param name="triggers">Triggers of each, from the strongest.</param>
    /// <param name="seed">For the token that is dropped at random.</param>
    /// <param name="begin">A token in front of every line, which is never dropped.</param>
    public static MemoryPerturbation Of(NeuronMemories memories, int layer, IEnumerable<int> neurons, int triggers = 10,
        ulong seed = 1, int? begin = null)
    {
        ArgumentNullException.ThrowIfNull(memories);
        ArgumentNullException.ThrowIfNull(neurons);
        var (front, jobs) = (begin is null ? 0 : 1, new List<(int Kind, int Neuron, float Before, int[] Tokens)>());
        foreach (var neuron in neurons)
            foreach (var trigger in memories.Triggers(layer, neuron).Take(triggers).Where(trigger => trigger.Position + 1 - front >= 3))
            {
                var last = trigger.Position;
                var middle = front + 1
                    + (int)(CounterRandom.Bits(seed, DropPurpose, (ulong)neuron, (ulong)jobs.Count) % (uint)(last - front - 1));
                foreach (var (kind, dropped) in ((int, int)[])[(0, front), (1, middle), (2, last)])
                    jobs.Add((kind, neuron, trigger.Coefficient, [.. trigger.Prefix[..dropped], .. trigger.Prefix[(dropped + 1)..]]));
            }
        var changes = new Dictionary<int, List<double>>[] { [], [], [] }; // by neuron
        using var pass = new ForwardPass(memories.Gpt);
        for (var start = 0; start < jobs.Count;)
        {
            var (first, rows) = (start, 0);
            for (; start < jobs.Count && rows < RowsAtATime; start++)
                rows += jobs[start].Tokens.Length;
            Run(memories.Gpt, pass, layer, jobs[first..start], changes);
        }
        return new MemoryPerturbation(Mean(changes[0]), Mean(changes[1]), Mean(changes[2]));
    }

    private static void Run(Gpt gpt, ForwardPass pass, int layer,
        List<(int Kind, int Neuron, float Before, int[] Tokens)> jobs, Dictionary<int, List<double>>[] changes)
    {
        var taps = new Taps().Read(Activation.MlpPost, layer);
        var run = pass.NewRun(taps);
        run.LastLayer = layer + 1;
        pass.Rows.Clear();
        foreach (var job in jobs)
            pass.Rows.Add(job.Tokens);
        gpt.Forward(pass.Rows, run);
        var (row, values, coefficients) = (-1, taps[Activation.MlpPost, layer].Tensor, new float[gpt.Config.FeedForwardWidth]);
        foreach (var job in jobs)
        {
            row += job.Tokens.Length;
            gpt.Backend.Read(values.RowRange(row, 1), coefficients);
            CollectionsMarshal.GetValueRefOrAddDefault(changes[job.Kind], job.Neuron, out _) ??= [];
            changes[job.Kind][job.Neuron].Add((coefficients[job.Neuron] - job.Before) / job.Before);
        }
    }

    private static Estimate Mean(Dictionary<int, List<double>> changes) =>
        changes.Count > 0 ? Estimate.OfGroups(changes.Values) : new Estimate(double.NaN, double.NaN, 0);
}
