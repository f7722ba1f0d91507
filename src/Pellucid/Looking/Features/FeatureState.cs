using System.Globalization;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Features;

/// <summary>All that learning features needs to be resumed: weights, both moments, and how long features have been silent.</summary>
internal static class FeatureState
{
    private const string FirstMoment = "first_moment.", SecondMoment = "second_moment.", Silent = "silent_steps", StepKey = "step";

    public static void Save(string path, FeatureLearner learner, int step, IReadOnlyList<(string Name, string Value)> description)
    {
        var (parameters, tensors) = (learner.Learned.Parameters, new List<WrittenTensor>());
        foreach (var (prefix, of) in Parts(parameters))
            for (var index = 0; index < parameters.Count; index++)
            {
                var tensor = of(index);
                tensors.Add(new(prefix + parameters.NameOf(index), tensor.Shape, values => learner.Read(tensor, values)));
            }
        // Halves of 16 bits, which singles hold exactly.
        tensors.Add(new(Silent, new Shape(2, learner.Silent.Length), values =>
        {
            for (var i = 0; i < learner.Silent.Length; i++)
                (values[i], values[learner.Silent.Length + i]) = (learner.Silent[i] >> 16, learner.Silent[i] & 0xffff);
        }));
        var metadata = description.ToDictionary(one => one.Name, one => one.Value);
        metadata[StepKey] = step.ToString(CultureInfo.InvariantCulture);
        SafetensorsWriter.Write(path, tensors, ElementType.Float32, metadata);
    }

    /// <summary>The steps done.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of another run.</exception>
    public static int Load(string path, FeatureLearner learner, IReadOnlyList<(string Name, string Value)> description)
    {
        using var reader = new SafetensorsReader(path);
        if (!int.TryParse(reader.Metadata.GetValueOrDefault(StepKey), NumberStyles.None, CultureInfo.InvariantCulture, out var step))
            throw new InvalidDataException($"{path}: it does not say how many steps were done");
        foreach (var (name, value) in description)
            if (reader.Metadata.GetValueOrDefault(name) is var stored && stored != value)
                throw new InvalidDataException($"{path} is of another run: {name} was {stored ?? "not told"}, and is {value}");
        var parameters = learner.Learned.Parameters;
        foreach (var (prefix, of) in Parts(parameters))
            for (var index = 0; index < parameters.Count; index++)
                learner.Write(Read(reader, path, prefix + parameters.NameOf(index), of(index).Shape), of(index));
        var silent = Read(reader, path, Silent, new Shape(2, learner.Silent.Length));
        for (var i = 0; i < learner.Silent.Length; i++)
            learner.Silent[i] = ((int)silent[i] << 16) + (int)silent[learner.Silent.Length + i];
        return step;
    }

    private static IEnumerable<(string Prefix, Func<int, Tensor> Of)> Parts(ParameterSet parameters) =>
        [("", index => parameters[index].Detached), (FirstMoment, parameters.FirstMoment), (SecondMoment, parameters.SecondMoment)];

    private static float[] Read(SafetensorsReader reader, string path, string name, Shape shape)
    {
        if (!reader.Contains(name) || reader.Shape(name) is not { Count: > 0 and <= 4 } stored || Shape.Of([.. stored]) != shape)
            throw new InvalidDataException($"{path}: tensor {name} is missing, or of another shape than {shape}");
        var values = new float[shape.Count];
        reader.ReadWeight(name, values);
        return values;
    }
}
