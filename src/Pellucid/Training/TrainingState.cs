using System.Globalization;
using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>
/// All that a run needs to be resumed as if it had never stopped, in one safetensors file: weights and
/// both moments of what trains, and the steps done. Which tokens come and what is dropped follow from seed and step.
/// </summary>
internal static class TrainingState
{
    public const string FileName = "resume.safetensors";

    private const string StepKey = "step", BestKey = "best_val_loss";

    private const string Weight = "weight.", FirstMoment = "first_moment.", SecondMoment = "second_moment.";

    /// <summary>Writes the file, whole or not at all.</summary>
    public static void Save(string path, Gpt gpt, int step, double bestValidationLoss) =>
        Save(path, gpt.Parameters, gpt.Backend, step, bestValidationLoss, Replicas.One);

    /// <summary>
    /// The same of any parameters, between two steps. Of several replicas, which all call it, the first brings the moments
    /// together in the memory of gradients, and writes.
    /// </summary>
    public static void Save(string path, ParameterSet parameters, Backend backend, int step, double bestValidationLoss, Replicas replicas,
        params IEnumerable<KeyValuePair<string, string>> more)
    {
        if (replicas.Count > 1)
            GatherMoments(parameters, backend, replicas);
        if (replicas.Rank > 0)
            return;
        Tensor Moment(int index, bool second) => replicas.Count > 1 ? parameters.Trained(parameters.GradientBlock(second ? 0 : 1), index)
            : second ? parameters.SecondMoment(index) : parameters.FirstMoment(index);
        IEnumerable<(string, Tensor)> All(string prefix, Func<int, Tensor> of) =>
            Trained(parameters).Select(index => (prefix + parameters.NameOf(index), of(index)));
        var tensors = All(Weight, index => parameters[index]).Concat(All(FirstMoment, index => Moment(index, second: false)))
            .Concat(All(SecondMoment, index => Moment(index, second: true))).ToList();
        var metadata = new Dictionary<string, string>
        {
            [StepKey] = step.ToString(CultureInfo.InvariantCulture),
            [BestKey] = bestValidationLoss.ToString("R", CultureInfo.InvariantCulture),
        };
        foreach (var (key, value) in more)
            metadata.Add(key, value);
        SafetensorsWriter.Write(path, tensors, backend, metadata: metadata);
    }

    /// <summary>What else a run has noted in the file.</summary>
    public static IReadOnlyDictionary<string, string> Notes(string path)
    {
        using var reader = new SafetensorsReader(path);
        return reader.Metadata;
    }

    /// <summary>Reads the file into a model that is ready for training.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of another model.</exception>
    public static (int Step, double BestValidationLoss) Load(string path, Gpt gpt) =>
        Load(path, gpt.Parameters, gpt.Backend, gpt.Config.Family.WrittenNames);

    /// <summary>The same into any parameters, which a file may have by older names.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of others.</exception>
    public static (int Step, double BestValidationLoss) Load(string path, ParameterSet parameters, Backend backend,
        Func<string, IEnumerable<string>>? names = null)
    {
        using var reader = new SafetensorsReader(path);
        if (!int.TryParse(reader.Metadata.GetValueOrDefault(StepKey), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            || !double.TryParse(reader.Metadata.GetValueOrDefault(BestKey), NumberStyles.Float, CultureInfo.InvariantCulture, out var best))
            throw new InvalidDataException($"{path}: it does not say how many steps were done");
        parameters.PrepareTraining();
        var values = Array.Empty<float>();
        foreach (var prefix in (string[])[Weight, FirstMoment, SecondMoment])
            foreach (var index in Trained(parameters))
            {
                var (name, tensor) = (NameIn(reader, prefix, parameters.NameOf(index), names), parameters[index].Detached);
                if (!reader.Contains(name) || reader.Shape(name) is not { Count: > 0 and <= 4 } shape
                    || Shape.Of([.. shape]) != tensor.Shape)
                    throw new InvalidDataException($"{path}: tensor {name} is missing or of another shape than the model's");
                if (values.Length < tensor.Count)
                    values = new float[tensor.Count];
                var part = values.AsSpan(0, (int)tensor.Count);
                reader.ReadWeight(name, part);
                if (prefix == Weight)
                    backend.Write(part, tensor);
                else
                    parameters.WriteMoment(index, prefix == SecondMoment, part);
            }
        return (step, best);
    }

    // One after another through the first block of gradients; the first replica keeps first moments in the second block.
    private static void GatherMoments(ParameterSet parameters, Backend backend, Replicas replicas)
    {
        var block = parameters.GradientBlock(0);
        parameters.CopyMoments(second: false, block);
        replicas.Share(backend, block);
        if (replicas.Rank == 0)
            backend.Copy(block, parameters.GradientBlock(1));
        parameters.CopyMoments(second: true, block);
        replicas.Share(backend, block);
    }

    private static IEnumerable<int> Trained(ParameterSet parameters) =>
        Enumerable.Range(0, parameters.Count).Where(parameters.Trains);

    // Runs that are under way may have a parameter by an older name.
    private static string NameIn(SafetensorsReader reader, string prefix, string name, Func<string, IEnumerable<string>>? names) =>
        (names?.Invoke(name) ?? [name]).Select(written => prefix + written).FirstOrDefault(reader.Contains) ?? prefix + name;
}
