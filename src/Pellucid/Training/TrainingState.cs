using System.Globalization;
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

    private static readonly (string Prefix, Func<ParameterSet, int, Tensor> Of)[] Kinds =
    [
        ("weight.", (parameters, index) => parameters[index]), ("first_moment.", (parameters, index) => parameters.FirstMoment(index)),
        ("second_moment.", (parameters, index) => parameters.SecondMoment(index)),
    ];

    /// <summary>Writes the file, whole or not at all.</summary>
    public static void Save(string path, Gpt gpt, int step, double bestValidationLoss)
    {
        var parameters = gpt.Parameters;
        var tensors = Kinds.SelectMany(kind =>
            Trained(gpt).Select(index => (kind.Prefix + StoredName(gpt, index), kind.Of(parameters, index)))).ToList();
        var metadata = new Dictionary<string, string>
        {
            [StepKey] = step.ToString(CultureInfo.InvariantCulture),
            [BestKey] = bestValidationLoss.ToString("R", CultureInfo.InvariantCulture),
        };
        SafetensorsWriter.Write(path, tensors, gpt.Backend, metadata: metadata);
    }

    /// <summary>Reads the file into a model that is ready for training.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of another model.</exception>
    public static (int Step, double BestValidationLoss) Load(string path, Gpt gpt)
    {
        using var reader = new SafetensorsReader(path);
        if (!int.TryParse(reader.Metadata.GetValueOrDefault(StepKey), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            || !double.TryParse(reader.Metadata.GetValueOrDefault(BestKey), NumberStyles.Float, CultureInfo.InvariantCulture, out var best))
            throw new InvalidDataException($"{path}: it does not say how many steps were done");
        gpt.Parameters.PrepareTraining();
        var values = Array.Empty<float>();
        foreach (var (prefix, of) in Kinds)
            foreach (var index in Trained(gpt))
            {
                var (name, tensor) = (NameIn(reader, prefix, gpt, index), of(gpt.Parameters, index));
                if (!reader.Contains(name) || reader.Shape(name) is not { Count: > 0 and <= 4 } shape
                    || Shape.Of([.. shape]) != tensor.Shape)
                    throw new InvalidDataException($"{path}: tensor {name} is missing or of another shape than the model's");
                if (values.Length < tensor.Count)
                    values = new float[tensor.Count];
                var part = values.AsSpan(0, (int)tensor.Count);
                reader.ReadWeight(name, part);
                gpt.Backend.Write(part, tensor);
            }
        return (step, best);
    }

    private static IEnumerable<int> Trained(Gpt gpt) => Enumerable.Range(0, gpt.Parameters.Count).Where(gpt.Parameters.Trains);

    private static string StoredName(Gpt gpt, int index) => gpt.Parameters.NameOf(index);

    // Runs that are under way may have a parameter by an older name.
    private static string NameIn(SafetensorsReader reader, string prefix, Gpt gpt, int index) =>
        gpt.Config.Family.WrittenNames(StoredName(gpt, index)).Select(name => prefix + name).FirstOrDefault(reader.Contains)
            ?? prefix + StoredName(gpt, index);
}
