using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>Models as folders in the Hugging Face layout: <c>config.json</c> and <c>model.safetensors</c> under GPT-2's names.</summary>
public static class Checkpoint
{
    /// <summary>Name of the file of weights.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>Name of the file that tells the shape.</summary>
    public const string ConfigFile = "config.json";

    private const string Prefix = "transformer.";

    /// <summary>Loads a model; names may carry the prefix <c>transformer.</c>, and masks that old checkpoints hold are ignored.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="backend">Where the model will lie.</param>
    /// <param name="weights">How to store weights, if not as Float32; see <see cref="Gpt"/>.</param>
    /// <exception cref="InvalidDataException">Files are damaged, or weights and configuration disagree.</exception>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    public static Gpt Load(string folder, Backend backend, ElementType? weights = null)
    {
        var (configPath, weightsPath) = (Path.Combine(folder, ConfigFile), Path.Combine(folder, WeightsFile));
        foreach (var path in (string[])[configPath, weightsPath])
            if (!File.Exists(path))
                throw new FileNotFoundException($"{folder} is not a model folder: it has no {Path.GetFileName(path)}", path);
        var gpt = new Gpt(GptConfig.Load(configPath), backend, weights: weights);
        try
        {
            LoadWeights(weightsPath, gpt);
            return gpt;
        }
        catch
        {
            gpt.Dispose();
            throw;
        }
    }

    /// <summary>Writes configuration and weights, each file whole or not at all.</summary>
    public static void Save(string folder, Gpt gpt, ElementType type = ElementType.Float32)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        Directory.CreateDirectory(folder);
        gpt.Config.Save(Path.Combine(folder, ConfigFile));
        var tensors = gpt.Parameters.Names.Select(name => (Prefix + name, gpt.Parameters[name])).ToList();
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), tensors, gpt.Backend, type);
    }

    private static void LoadWeights(string path, Gpt gpt)
    {
        using var reader = new SafetensorsReader(path);
        var values = Array.Empty<float>();
        foreach (var name in gpt.Parameters.Names)
        {
            var stored = reader.Contains(name) ? name : Prefix + name;
            if (!reader.Contains(stored))
                throw new InvalidDataException($"{path}: tensor {name} is missing, which {ConfigFile} calls for");
            var parameter = gpt.Parameters[name];
            var shape = reader.Shape(stored);
            if (shape.Count is < 1 or > 4 || Shape.Of([.. shape]) != parameter.Shape)
                throw new InvalidDataException($"{path}: tensor {name} is ({string.Join(", ", shape)}), but {ConfigFile} calls for {parameter.Shape}");
            if (values.Length < parameter.Count)
                values = new float[parameter.Count];
            var part = values.AsSpan(0, (int)parameter.Count);
            reader.ReadFloat32(stored, part);
            gpt.Parameters.Write(gpt.Parameters.IndexOf(name), part);
        }
        var extra = reader.Names.Select(WithoutPrefix).FirstOrDefault(name => !gpt.Parameters.Names.Contains(name) && !IsIgnored(name));
        if (extra is not null)
            throw new InvalidDataException($"{path}: tensor {extra} has no place in the model that {ConfigFile} describes");
    }

    private static string WithoutPrefix(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;

    // Causal masks, and the output table that is tied to the token table.
    private static bool IsIgnored(string name) => name == "lm_head.weight"
        || name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);
}
