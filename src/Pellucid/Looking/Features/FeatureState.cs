using System.Runtime.InteropServices;
using Pellucid.Distributed;
using Pellucid.Tensors;
using Pellucid.Training;

namespace Pellucid.Looking.Features;

/// <summary>What learning features needs to be resumed beside the state of any training: for how long each has been silent, and by
/// what the run is known again.</summary>
internal static class FeatureState
{
    private const string Silent = "silent rows";

    public static void Save(string path, FeatureLearner learner, Backend backend, int step,
        IReadOnlyList<(string Name, string Value)> description) =>
        TrainingState.Save(path, learner.Learned.Parameters, backend, step, double.PositiveInfinity, Replicas.One,
            [.. description.Select(one => KeyValuePair.Create(one.Name, one.Value)),
                KeyValuePair.Create(Silent, Convert.ToBase64String(MemoryMarshal.AsBytes(learner.Silent.AsSpan())))]);

    /// <summary>The steps done.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of another run.</exception>
    public static int Load(string path, FeatureLearner learner, Backend backend, IReadOnlyList<(string Name, string Value)> description)
    {
        var notes = TrainingState.Notes(path);
        foreach (var (name, value) in description)
            if (notes.GetValueOrDefault(name) is var stored && stored != value)
                throw new InvalidDataException($"{path} is of another run: {name} was {stored ?? "not told"}, and is {value}");
        var silent = MemoryMarshal.AsBytes(learner.Silent.AsSpan());
        if (!Convert.TryFromBase64String(notes.GetValueOrDefault(Silent, ""), silent, out var read) || read != silent.Length)
            throw new InvalidDataException($"{path}: it does not say for how long each feature has been silent");
        return TrainingState.Load(path, learner.Learned.Parameters, backend).Step;
    }
}
