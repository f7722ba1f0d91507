using Pellucid.Files;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Models;

/// <summary>Models as folders in the Hugging Face layout: <c>config.json</c> and <c>model.safetensors</c>, or its shards, under GPT-2's names, or GPT-1's.</summary>
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
        var configPath = Path.Combine(folder, ConfigFile);
        WeightFiles.RefusePickles(folder);
        if (!File.Exists(configPath) || !WeightFiles.Exist(folder))
            throw new FileNotFoundException($"{folder} is not a model folder: it has no {(File.Exists(configPath) ? WeightsFile : ConfigFile)}", folder);
        var config = GptConfig.Load(configPath);
        using var files = WeightFiles.Open(folder);
        Check(files, config); // before there is memory for what a configuration only claims
        var gpt = new Gpt(config, backend, weights: weights);
        try
        {
            ReadWeights(files, gpt);
            return gpt;
        }
        catch
        {
            gpt.Dispose();
            throw;
        }
    }

    /// <summary>Writes configuration and weights, each file whole or not at all.</summary>
    /// <param name="folder">Made if need be.</param>
    /// <param name="gpt">The model.</param>
    /// <param name="type">How weights are stored.</param>
    /// <param name="specials">Where texts begin and end, which both configurations tell; none if left out.</param>
    public static void Save(string folder, Gpt gpt, ElementType type = ElementType.Float32, SpecialTokens? specials = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        Directory.CreateDirectory(folder);
        gpt.Config.Save(Path.Combine(folder, ConfigFile), specials);
        specials?.SaveBeside(folder);
        var tensors = gpt.Parameters.Names.Select(name => (Prefix + StoredName(name, gpt.Config), gpt.Parameters[name])).ToList();
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), tensors, gpt.Backend, type);
    }

    private static void Check(WeightFiles files, GptConfig config)
    {
        var known = new HashSet<string>();
        foreach (var (name, shape, _) in Gpt.Layout(config))
        {
            var stored = StoredName(name, config);
            known.Add(stored);
            var reader = files.Find(stored) ?? files.Find(Prefix + stored) ?? throw new InvalidDataException($"{files.Path}: tensor {stored} is missing, which {ConfigFile} calls for");
            var found = reader.Shape(reader.Contains(stored) ? stored : Prefix + stored);
            if (found.Count is < 1 or > 4 || Shape.Of([.. found]) != shape)
                throw new InvalidDataException($"{files.Path}: tensor {stored} is ({Excerpt.Of(string.Join(", ", found))}), but {ConfigFile} calls for {shape}");
        }
        if (files.Names.Select(WithoutPrefix).FirstOrDefault(name => !known.Contains(name) && !IsIgnored(name)) is { } extra)
            throw new InvalidDataException($"{files.Path}: tensor {Excerpt.Of(extra)} has no place in the model that {ConfigFile} describes");
    }

    private static void ReadWeights(WeightFiles files, Gpt gpt)
    {
        var values = Array.Empty<float>();
        for (var index = 0; index < gpt.Parameters.Count; index++)
        {
            var stored = StoredName(gpt.Parameters.NameOf(index), gpt.Config);
            var count = gpt.Parameters[index].Count;
            if (values.Length < count)
                values = new float[count];
            var part = values.AsSpan(0, (int)count);
            (files.Find(stored) ?? files.Find(Prefix + stored))!.ReadFloat32(files.Find(stored) is null ? Prefix + stored : stored, part);
            gpt.Parameters.Write(index, part);
        }
    }

    // GPT-1's checkpoints call the two tables otherwise.
    private static string StoredName(string name, GptConfig config) => !config.PostLayerNorm ? name
        : name.Replace("wte.", "tokens_embed.", StringComparison.Ordinal).Replace("wpe.", "positions_embed.", StringComparison.Ordinal);

    private static string WithoutPrefix(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;

    // Causal masks, and the output table that is tied to the token table.
    private static bool IsIgnored(string name) => name == "lm_head.weight"
        || name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);
}
