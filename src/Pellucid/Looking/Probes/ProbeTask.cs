using Pellucid.Tensors;

namespace Pellucid.Looking.Probes;

/// <summary>A place in a sentence, or two, and what is true of it.</summary>
/// <param name="Sentence">Which sentence.</param>
/// <param name="Position">Which token.</param>
/// <param name="Other">A second token, for what holds between two; −1 for none.</param>
/// <param name="Label">Index of the truth.</param>
/// <param name="Type">The word: what a control task gives its random label to.</param>
public readonly record struct ProbeExample(int Sentence, int Position, int Other, int Label, string Type);

/// <summary>Something to be read off the states of a model:
/// sentences, and labelled places in them for learning and for examination.</summary>
/// <param name="Name">As "part of speech".</param>
/// <param name="Labels">What can be true.</param>
/// <param name="Sentences">Tokens.</param>
/// <param name="Training">Places that the probe learns from.</param>
/// <param name="Examination">Places in other sentences that it is examined on.</param>
public sealed record ProbeTask(string Name, IReadOnlyList<string> Labels, IReadOnlyList<int[]> Sentences,
    IReadOnlyList<ProbeExample> Training, IReadOnlyList<ProbeExample> Examination)
{
    private const uint ControlPurpose = 0x636f6e74;

    /// <summary>Whether examples are of two tokens.</summary>
    public bool OfPairs => Training.Any(example => example.Other >= 0);

    /// <summary>Share of the commonest label in examination: what is right without reading anything.</summary>
    public double Majority => Examination.CountBy(example => example.Label).Max(pair => pair.Value) / (double)Examination.Count;

    /// <summary>
    /// The control task (Hewitt and Liang 2019): every word has one label for itself, drawn at random as often as in
    /// training. Only remembering words helps with it.
    /// </summary>
    public ProbeTask Control(ulong seed = 1)
    {
        ProbeExample Relabelled(ProbeExample example) => example with
        {
            Label = Training[(int)(CounterRandom.Bits(seed, ControlPurpose, 0, HashOf(example.Type)) % (uint)Training.Count)].Label
        };
        return this with { Training = [.. Training.Select(Relabelled)], Examination = [.. Examination.Select(Relabelled)] };
    }

    // FNV-1a: the same on every machine.
    private static ulong HashOf(string text) => text.Aggregate(14695981039346656037, (hash, letter) => (hash ^ letter) * 1099511628211);
}
