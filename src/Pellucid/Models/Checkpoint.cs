using Pellucid.Files;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Models;

/// <summary>
/// Models as folders in the Hugging Face layout: <c>config.json</c>, and <c>model.safetensors</c> or its shards under the
/// names of the model's family.
/// </summary>
public static class Checkpoint
{
    /// <summary>Name of the file of weights.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>Name of the file that tells the shape.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>Loads a model.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="backend">Where the model will lie.</param>
    /// <param name="weights">How to store weights, if not as Float32; see <see cref="Gpt"/>.</param>
    /// <exception cref="InvalidDataException">Files are damaged, say what is not understood,
    /// or weights and configuration disagree.</exception>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    public static Gpt Load(string folder, Backend backend, ElementType? weights = null)
    {
        WeightFiles.RefusePickles(folder);
        var config = LoadConfig(folder);
        using var files = WeightFiles.Open(folder);
        var stored = new StoredParameters(files, config); // before there is memory for what a configuration only claims
        var gpt = new Gpt(config, backend, weights: weights);
        try
        {
            ReadWeights(stored, gpt);
            return gpt;
        }
        catch
        {
            gpt.Dispose();
            throw;
        }
    }

    /// <summary>Loads the token table (V, C) alone, row by row.</summary>
    /// <returns>Its values and C.</returns>
    /// <exception cref="InvalidDataException">As <see cref="Load"/>.</exception>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    public static (float[] Table, int Width) LoadTokenTable(string folder)
    {
        var config = LoadConfig(folder);
        using var files = WeightFiles.Open(folder);
        var (stored, parameter) = (new StoredParameters(files, config), Parameter.Of(config).First());
        var table = new float[parameter.Shape.Count];
        stored.Read(parameter, table);
        return (table, config.Width);
    }

    /// <summary>Writes configuration and weights, each file whole or not at all.</summary>
    /// <param name="folder">Made if need be.</param>
    /// <param name="gpt">The model.</param>
    /// <param name="type">How weights are stored.</param>
    /// <param name="specials">Where texts begin and end, which both configurations tell; none if left out.</param>
    /// <exception cref="NotSupportedException">The files of the model's family have no place for its shape.</exception>
    public static void Save(string folder, Gpt gpt, ElementType type = ElementType.Float32, SpecialTokens? specials = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        Directory.CreateDirectory(folder);
        var config = gpt.Config with { Family = gpt.Config.Family.Saved };
        config.Save(Path.Combine(folder, ConfigFile), specials);
        specials?.SaveBeside(folder);
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), [.. Written(gpt, config)], type);
    }

    // The tensors of the family's files, each made of the parameters that lie in it.
    private static IEnumerable<WrittenTensor> Written(Gpt gpt, GptConfig config) =>
        from index in Enumerable.Range(0, gpt.Layout.Count)
        from piece in config.Family.Pieces(gpt.Layout[index], config)
        group (index, piece) by config.Family.WrittenName(gpt.Layout[index], piece.Name) into parts
        select new WrittenTensor(parts.Key, parts.First().piece.Stored, stored =>
        {
            foreach (var (index, piece) in parts)
            {
                var values = new float[gpt.Layout[index].Shape.Count];
                gpt.Backend.Read(gpt.Parameters[index], values);
                piece.Give(values, gpt.Layout[index].Shape.Columns, stored.AsSpan((int)piece.Start, (int)piece.Within.Count));
            }
        });

    private static GptConfig LoadConfig(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        foreach (var (exists, name) in (ReadOnlySpan<(bool, string)>)[(File.Exists(path), ConfigFile),
            (WeightFiles.Exist(folder), WeightsFile)])
            if (!exists)
                throw new FileNotFoundException($"{folder} is not a model folder: it has no {name}", folder);
        return GptConfig.Load(path);
    }

    private static void ReadWeights(StoredParameters stored, Gpt gpt)
    {
        var values = new float[gpt.Layout.Max(parameter => parameter.Shape.Count)];
        for (var index = 0; index < gpt.Layout.Count; index++)
        {
            var part = values.AsSpan(0, (int)gpt.Layout[index].Shape.Count);
            stored.Read(gpt.Layout[index], part);
            gpt.Parameters.Write(index, part);
        }
    }
}
