using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Features;

/// <summary>
/// Dictionaries of features as folders in SAELens's layout (version 6): <c>cfg.json</c> and <c>sae_weights.safetensors</c>.
/// </summary>
public static class SaeLensFolder
{
    /// <summary>Name of the file that tells the shape.</summary>
    public const string ConfigFile = "cfg.json";

    /// <summary>Name of the file of weights.</summary>
    public const string WeightsFile = "sae_weights.safetensors";

    /// <summary>Reads a folder.</summary>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    /// <exception cref="InvalidDataException">Files are damaged or say what is not understood; the message names file and
    /// field.</exception>
    public static FeatureDictionary Read(string folder, Backend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var (config, weights) = (Path.Combine(folder, ConfigFile), Path.Combine(folder, WeightsFile));
        foreach (var file in (string[])[config, weights])
            if (!File.Exists(file))
                throw new FileNotFoundException($"{folder} is no folder of features: it has no {Path.GetFileName(file)}", file);
        return Read(config, weights, backend);
    }

    /// <summary>The model that a folder's features are of, as its file says it; null where it says nothing.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It says what is not understood.</exception>
    public static string? ModelOf(string folder) => ConfigOf(folder).Model;

    /// <summary>The shape of a folder's features, as its file says it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It says what is not understood.</exception>
    public static FeatureConfig ConfigOf(string folder)
    {
        var config = Path.Combine(folder, ConfigFile);
        return File.Exists(config) ? SaeLensConfig.Read(config)
            : throw new FileNotFoundException($"{folder} is no folder of features: it has no {ConfigFile}", config);
    }

    /// <summary>The same of two files.</summary>
    internal static FeatureDictionary Read(string configFile, string weightsFile, Backend backend)
    {
        var config = SaeLensConfig.Read(configFile);
        using var reader = new SafetensorsReader(weightsFile);
        var shapes = FeatureDictionary.Shapes(config).ToList();
        foreach (var shape in shapes) // before there is memory for them
            if (!reader.Contains(shape.Name))
                throw new InvalidDataException($"{weightsFile}: it has no tensor {shape.Name}");
            else if (reader.Shape(shape.Name) is not { Count: > 0 and <= 4 } stored || Shape.Of([.. stored]) != shape.Shape)
                throw new InvalidDataException($"{weightsFile}: tensor {shape.Name} is of shape "
                    + $"({string.Join(", ", reader.Shape(shape.Name))}), where {configFile} says {shape.Shape}");
        if (reader.Names.FirstOrDefault(name => shapes.All(shape => shape.Name != name)) is { } other)
            throw new InvalidDataException($"{weightsFile}: there is a tensor {Excerpt.Of(other)}, which {config.Architecture} has not");
        var dictionary = new FeatureDictionary(config, backend);
        try
        {
            foreach (var shape in shapes)
            {
                var values = new float[shape.Shape.Count];
                reader.ReadWeight(shape.Name, values);
                dictionary.Set(shape.Name, values);
            }
            return dictionary;
        }
        catch
        {
            dictionary.Dispose();
            throw;
        }
    }

    /// <summary>Writes a folder, each file whole or not at all.</summary>
    /// <exception cref="NotSupportedException">The layout has no such dictionary.</exception>
    public static void Write(string folder, FeatureDictionary dictionary)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        SaeLensConfig.NameOf(dictionary.Config);
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile),
            [.. FeatureDictionary.Shapes(dictionary.Config).Select(shape => new WrittenTensor(shape.Name, shape.Shape,
                values => dictionary.Values(shape.Name).CopyTo(values, 0)))], ElementType.Float32);
        SaeLensConfig.Write(Path.Combine(folder, ConfigFile), dictionary.Config);
    }
}
