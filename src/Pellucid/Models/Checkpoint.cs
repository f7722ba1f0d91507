using System.Numerics.Tensors;
using Pellucid.Conversations;
using Pellucid.Files;
using Pellucid.Models.Families;
using Pellucid.Models.Weights;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Models;

/// <summary>
/// Models on disk: folders in the Hugging Face layout, <c>config.json</c> and <c>model.safetensors</c> or its shards, or GGUF
/// files, under the names of the model's family.
/// </summary>
public static class Checkpoint
{
    /// <summary>Name of the file of weights.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>Name of the file that tells the shape.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>Loads a model.</summary>
    /// <param name="path">The model folder, or a GGUF file, of several the first.</param>
    /// <param name="backend">Where the model will lie.</param>
    /// <param name="weights">How to store weights, if not as Float32; <see cref="ElementType.Mixed"/> for each as the files store it,
    /// with the numbers of its blocks as they are. See <see cref="Gpt"/>.</param>
    /// <exception cref="InvalidDataException">Files are damaged, say what is not understood,
    /// or weights and shape disagree.</exception>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    /// <exception cref="NotSupportedException">The file's architecture or types cannot be computed with.</exception>
    public static Gpt Load(string path, Backend backend, ElementType? weights = null)
    {
        using var files = Open(path, out var config);
        var stored = new StoredParameters(files, config); // before there is memory for what a configuration only claims
        var asStored = weights == ElementType.Mixed;
        var gpt = asStored ? new Gpt(config, backend, stored.Parts) : new Gpt(config, backend, weights: weights);
        try
        {
            ReadWeights(stored, gpt, asStored);
            return gpt;
        }
        catch
        {
            gpt.Dispose();
            throw;
        }
    }

    /// <summary>The shape of a model, without its weights.</summary>
    /// <param name="path">The model folder, which needs no weights, or a GGUF file.</param>
    /// <exception cref="InvalidDataException">It is damaged, or says what is not understood.</exception>
    /// <exception cref="FileNotFoundException">It is missing.</exception>
    public static GptConfig LoadConfig(string path)
    {
        if (GgufReader.IsGguf(path))
        {
            using var reader = new GgufReader(path);
            return GgufConfig.Read(reader);
        }
        var file = Path.Combine(path, ConfigFile);
        return File.Exists(file) ? GptConfig.Load(file)
            : throw new FileNotFoundException($"{path} is not a model folder: it has no {ConfigFile}", path);
    }

    /// <summary>Loads the token table (V, C) alone, row by row.</summary>
    /// <returns>Its values and C.</returns>
    /// <exception cref="InvalidDataException">As <see cref="Load"/>.</exception>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    public static (float[] Table, int Width) LoadTokenTable(string path)
    {
        using var files = Open(path, out var config);
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

    /// <summary>Writes a GGUF file: shape, weights, tokenizer and chat templates; whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="gpt">The model.</param>
    /// <param name="type">How matrices are stored: f32, f16, bf16, q8_0, q4_K, …;
    /// where rows are no whole blocks of it, in a type near.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="specials">Where texts begin and end.</param>
    /// <param name="template">How conversations are written.</param>
    /// <param name="sampling">A model folder or GGUF file whose words on how tokens are chosen go along; none if left out.</param>
    /// <returns>What is otherwise than asked for, or has no place in the format, a line each.</returns>
    /// <exception cref="NotSupportedException">The format has no place for the model's shape.</exception>
    /// <exception cref="ArgumentException">There is no such type, or a number is too large for it.</exception>
    public static IReadOnlyList<string> SaveGguf(string path, Gpt gpt, string type, Tokenizer tokenizer, SpecialTokens specials,
        ChatTemplate template, string? sampling = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(specials);
        ArgumentNullException.ThrowIfNull(template);
        var writer = new GgufWriter();
        var remarks = GgufExport.Add(writer, gpt, Path.GetFileNameWithoutExtension(path), type);
        remarks = [.. remarks, .. GgufTokens.Write(writer, tokenizer, specials, template)];
        if (sampling is not null)
            GgufSampling.AddKeys(writer, sampling);
        writer.Write(path);
        return remarks;
    }

    /// <summary>The largest difference between a model's numbers and those that a folder or GGUF file holds of it.</summary>
    /// <exception cref="InvalidDataException">It is of another shape, or damaged.</exception>
    public static float LargestDifference(string path, Gpt gpt)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        using var files = Open(path, out var config);
        var (stored, largest) = (new StoredParameters(files, config), 0f);
        for (var index = 0; index < gpt.Layout.Count; index++)
        {
            var (own, theirs) = (new float[gpt.Layout[index].Shape.Count], new float[gpt.Layout[index].Shape.Count]);
            gpt.Parameters.Read(index, own);
            stored.Read(gpt.Layout[index], theirs);
            TensorPrimitives.Subtract(own, theirs, own);
            largest = Math.Max(largest, Math.Abs(TensorPrimitives.MaxMagnitude<float>(own)));
        }
        return largest;
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
                gpt.Parameters.Read(index, values);
                piece.Give(values, gpt.Layout[index].Shape.Columns, stored.AsSpan((int)piece.Start, (int)piece.Within.Count));
            }
        });

    private static IWeightSource Open(string path, out GptConfig config)
    {
        if (!GgufReader.IsGguf(path))
        {
            WeightFiles.RefusePickles(path);
            config = LoadConfig(path);
            return WeightFiles.Exist(path) ? WeightFiles.Open(path)
                : throw new FileNotFoundException($"{path} is not a model folder: it has no {WeightsFile}", path);
        }
        var reader = new GgufReader(path);
        try
        {
            config = GgufConfig.Read(reader);
            return new GgufWeights(reader);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private static void ReadWeights(StoredParameters stored, Gpt gpt, bool asStored)
    {
        var values = Array.Empty<float>();
        for (var index = 0; index < gpt.Layout.Count; index++)
        {
            var (at, parameter) = (index, gpt.Layout[index]);
            if (asStored && stored.IsInRows(parameter))
            {
                stored.ReadRows(parameter, (first, format, rows) => gpt.Parameters.WriteBlocks(at, first, format, rows.Span));
                continue;
            }
            if (gpt.Parameters[at].Type == ElementType.Float32 && stored.ReadPlain(parameter,
                (first, rows) => gpt.Backend.Write(rows.Span, gpt.Parameters[at].RowRange(first, rows.Length / parameter.Shape.Columns))))
                continue;
            if (values.Length < parameter.Shape.Count)
                values = new float[parameter.Shape.Count];
            var part = values.AsSpan(0, (int)parameter.Shape.Count);
            stored.Read(parameter, part);
            gpt.Parameters.Write(index, part);
        }
    }
}
