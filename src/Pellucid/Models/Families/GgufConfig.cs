using Pellucid.Files;
using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Models.Families;

/// <summary>The keys of a GGUF file: finds the family, and sees to it that everything they say of the model is understood.</summary>
internal static class GgufConfig
{
    private const string ArchitectureKey = "general.architecture", TypeKey = "general.type";

    private static readonly string[] Architectures =
        [.. ModelFamily.All.Select(family => family.GgufArchitecture).OfType<string>().Distinct()];

    /// <summary>The shape that a file describes.</summary>
    /// <exception cref="InvalidDataException">Something is missing, not understood, or contradicts another; it is named.</exception>
    /// <exception cref="NotSupportedException">The architecture is one that cannot be computed.</exception>
    public static GptConfig Read(GgufReader reader) => Read(reader, name => reader.Find(name) is not null);

    /// <summary>Adds the keys of a shape, and reads them again: what has no place in them is refused.</summary>
    /// <exception cref="NotSupportedException">GGUF has no place for such a model.</exception>
    public static void Write(GgufWriter writer, GptConfig config)
    {
        AddKeys(writer, config);
        using var stream = new MemoryStream();
        var check = new GgufWriter();
        AddKeys(check, config);
        check.AddTensor(GgufNames.TokenTable, "f32", [config.VocabularySize, 1], (_, numbers) => numbers.Clear());
        check.Write(stream);
        var tensors = Parameter.Of(config).SelectMany(parameter => config.Family.GgufPieces(parameter, config))
            .Select(piece => piece.Name).ToHashSet();
        using var reader = new GgufReader("the keys of the file", stream.ToArray());
        RotaryFields.RequireSame(config, Read(reader, tensors.Contains), config.Family);
    }

    private static void AddKeys(GgufWriter writer, GptConfig config)
    {
        var architecture = config.Family.GgufArchitecture
            ?? throw new NotSupportedException($"GGUF has no place for a model of the family '{config.Family.Name}'");
        writer.Add(ArchitectureKey, architecture);
        writer.Add(TypeKey, "model");
        config.Family.Write(config, new GgufKeys(writer, architecture));
    }

    /// <summary>The same, where a function says which tensors the model has.</summary>
    internal static GptConfig Read(GgufReader reader, Func<string, bool> hasTensor)
    {
        RefuseNested(reader);
        var fields = new GgufFields(reader, reader.Metadata.Require(ArchitectureKey).Text(), hasTensor);
        var family = FamilyOf(reader, fields);
        try
        {
            var config = family.Read(fields);
            fields.RequireAllUnderstood();
            config.Validate();
            return config;
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{reader.Path}: {Excerpt.Of(error)}", error);
        }
    }

    private static ModelFamily FamilyOf(GgufReader reader, GgufFields fields)
    {
        if (reader.Metadata.Find(TypeKey) is { } type && type.Text() != "model")
            throw type.Refusal($"is '{Excerpt.Of(type.Text())}'; only files that hold a model are loaded as one");
        if (!Architectures.Contains(fields.Architecture))
            throw new NotSupportedException($"{reader.Path}: {ArchitectureKey} is '{Excerpt.Of(fields.Architecture)}', "
                + $"which is unknown; known are {string.Join(", ", Architectures)}");
        return ModelFamily.All.FirstOrDefault(family => family.GgufArchitecture == fields.Architecture && family.IsOf(fields))
            ?? throw new NotSupportedException($"{reader.Path}: a model of architecture {fields.Architecture} with such keys is unknown");
    }

    // No key of a model is an array of arrays.
    private static void RefuseNested(GgufReader reader)
    {
        foreach (var key in reader.Metadata.Keys)
            if (reader.Metadata.Find(key) is { Type: GgufValueType.Array, ElementType: GgufValueType.Array } value)
                throw value.Refusal("is an array of arrays, which no key of a model is");
    }
}
