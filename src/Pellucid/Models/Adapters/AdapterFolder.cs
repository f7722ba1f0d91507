using Pellucid.Files;
using Pellucid.Models.Families;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;

namespace Pellucid.Models.Adapters;

/// <summary>
/// Adapters as folders in PEFT's layout, <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>, or as GGUF files in llama.cpp's.
/// </summary>
public static class AdapterFolder
{
    /// <summary>Name of the file that tells what is adapted.</summary>
    public const string ConfigFile = "adapter_config.json";

    /// <summary>Name of the file of weights.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    private const string Prefix = "base_model.model.", BaseLayer = ".base_layer";

    private const double LargestRounding = 0.2; // of the length of a table

    /// <summary>Whether a folder holds an adapter, or a GGUF file is one.</summary>
    public static bool Exists(string path) => File.Exists(Path.Combine(path, ConfigFile)) || GgufAdapter.IsOne(path);

    /// <summary>Reads an adapter of a model, from a folder or a GGUF file.</summary>
    /// <exception cref="InvalidDataException">Files are damaged, say what is not understood, or do not fit the model.</exception>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    public static Adapter Read(string folder, Gpt gpt) => Read(folder, gpt, hasValueHead: false, dropout: null);

    /// <summary>The same to learn with: with a new head that expects rewards, or other dropout than it was learned with before.</summary>
    internal static Adapter Read(string folder, Gpt gpt, bool hasValueHead, float? dropout)
    {
        if (GgufReader.IsGguf(folder))
            return GgufAdapter.Read(folder, gpt, hasValueHead, dropout ?? 0);
        var (path, weights) = (Path.Combine(folder, ConfigFile), Path.Combine(folder, WeightsFile));
        foreach (var file in (string[])[path, weights])
            if (!File.Exists(file))
                throw new FileNotFoundException($"{folder} is not an adapter's folder: it has no {Path.GetFileName(file)}", file);
        var adapter = New(path, gpt, hasValueHead, dropout);
        try
        {
            using var reader = new SafetensorsReader(weights);
            BaseSketch.Require(weights, reader.Metadata.GetValueOrDefault(BaseSketch.Key), gpt);
            ReadWeights(reader, weights, adapter, gpt);
            if (hasValueHead)
                adapter.Parameters.Write(adapter.HeadIndex!.Value, new float[gpt.Config.Width]);
            adapter.Refresh();
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Writes an adapter of a model, each file whole or not at all; one whose name ends with .gguf as llama.cpp has it.</summary>
    /// <exception cref="NotSupportedException">A GGUF file has no place for what the adapter has; the message names it.</exception>
    public static void Write(string folder, Adapter adapter, Gpt gpt)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(gpt);
        if (folder.EndsWith(GgufReader.Extension, StringComparison.OrdinalIgnoreCase))
        {
            GgufAdapter.Write(folder, adapter, gpt);
            return;
        }
        Directory.CreateDirectory(folder);
        var isTransposed = adapter.Layers.Count > 0 && gpt.Config.Family.Pieces(gpt.Layout[adapter.Layers[0].Module.Weight], gpt.Config)
            .All(piece => !piece.Turned);
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), [.. Written(adapter, gpt)], ElementType.Float32,
            new Dictionary<string, string> { [BaseSketch.Key] = BaseSketch.Of(gpt) });
        AdapterConfigFile.Write(Path.Combine(folder, ConfigFile), adapter.Config, isTransposed);
    }

    private static Adapter New(string path, Gpt gpt, bool hasValueHead, float? dropout)
    {
        try
        {
            var config = AdapterConfigFile.Read(path);
            return new Adapter(gpt, config with { HasValueHead = hasValueHead, Dropout = dropout ?? config.Dropout });
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    private static void ReadWeights(SafetensorsReader reader, string path, Adapter adapter, Gpt gpt)
    {
        var left = reader.Names.ToHashSet();
        float[] Take(string name, Shape shape)
        {
            if (!reader.Contains(name))
                throw new InvalidDataException($"{path}: tensor {name} is missing, which {ConfigFile} calls for");
            if (reader.Shape(name) is { Count: < 1 or > 4 } || Shape.Of([.. reader.Shape(name)]) != shape)
                throw new InvalidDataException($"{path}: tensor {name} is ({Excerpt.Of(string.Join(", ", reader.Shape(name)))}), but "
                    + $"{ConfigFile} and the model call for {shape}");
            left.Remove(name);
            var values = new float[shape.Count];
            reader.ReadWeight(name, values);
            return values;
        }

        foreach (var index in Own(adapter))
        {
            var values = Take(adapter.Parameters.NameOf(index), StoredShape(adapter, index));
            adapter.Parameters.Write(index, IsTurned(adapter, index) ? Turned(values, StoredShape(adapter, index)) : values);
        }
        foreach (var (original, copy) in adapter.Copies)
        {
            var values = adapter.Read(copy);
            foreach (var piece in gpt.Config.Family.Pieces(gpt.Layout[original], gpt.Config))
                piece.Take(Take(NameOf(piece, original, adapter, gpt), piece.Stored), values, gpt.Layout[original].Shape.Columns);
            adapter.Parameters.Write(copy, values);
        }
        foreach (var (name, role) in AdaptedTable.Of(gpt)) // PEFT may save the model's own tables as well
            foreach (var copy in (string[])[Prefix + name + BaseLayer + ".weight", Prefix + name + ".weight",
                Prefix + name + ".token_adapter" + BaseLayer + ".weight"])
                if (left.Contains(copy))
                    RequireOwn(path, copy, Take(copy, TableOf(gpt, role).Shape), gpt, role);
        if (left.Count > 0)
            throw new InvalidDataException($"{path}: tensor {Excerpt.Of(left.Order(StringComparer.Ordinal).First())} has no place in the "
                + $"adapter that {ConfigFile} describes");
    }

    private static IEnumerable<WrittenTensor> Written(Adapter adapter, Gpt gpt)
    {
        foreach (var index in Own(adapter))
            yield return new WrittenTensor(adapter.Parameters.NameOf(index), StoredShape(adapter, index), values =>
            {
                adapter.Parameters.Read(index, values);
                if (IsTurned(adapter, index))
                    Turned(values, adapter.ShapeOf(index)).CopyTo(values);
            });
        foreach (var (original, copy) in adapter.Copies)
            foreach (var piece in gpt.Config.Family.Pieces(gpt.Layout[original], gpt.Config))
                yield return new WrittenTensor(NameOf(piece, original, adapter, gpt), piece.Stored,
                    values => piece.Give(adapter.Read(copy), gpt.Layout[original].Shape.Columns, values));
    }

    // What is trained and is no copy: low-rank parts and the head of a reward model.
    private static IEnumerable<int> Own(Adapter adapter)
    {
        var copies = adapter.Copies.Select(each => each.Copy).ToHashSet();
        return Enumerable.Range(0, adapter.Parameters.Count).Where(index => adapter.Parameters.Trains(index) && !copies.Contains(index)
            && !(adapter.Config.HasValueHead && index == adapter.HeadIndex));
    }

    // Factors of an embedding lie the other way round in files.
    private static bool IsTurned(Adapter adapter, int index) =>
        adapter.Tables.Any(table => table.IsEmbedding && (table.Down == index || table.Up == index));

    private static Shape StoredShape(Adapter adapter, int index) => adapter.ShapeOf(index) is var shape && IsTurned(adapter, index)
        ? new Shape(shape[1], shape[0]) : shape;

    private static float[] Turned(ReadOnlySpan<float> values, Shape shape)
    {
        var turned = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
            turned[i % shape[1] * shape[0] + i / shape[1]] = values[i];
        return turned;
    }

    private static Parameter TableOf(Gpt gpt, ParameterRole role) => gpt.Layout[gpt.IndexOf(
        role == ParameterRole.OutputTable && gpt.Config.TiedOutput ? ParameterRole.TokenTable : role)];

    // A model whose weights are stored in fewer bits has them rounded.
    private static void RequireOwn(string path, string name, float[] saved, Gpt gpt, ParameterRole role)
    {
        var own = new float[saved.Length];
        gpt.Parameters.Read(gpt.IndexOf(TableOf(gpt, role).Role), own);
        var (distance, length) = (0.0, 0.0);
        for (var i = 0; i < own.Length; i++)
            (distance, length) = (distance + Math.Pow(saved[i] - own[i], 2), length + Math.Pow(own[i], 2));
        if (!(distance <= LargestRounding * LargestRounding * length))
            throw new InvalidDataException($"{path}: tensor {name} is another table than the model's; the adapter is of another model");
    }

    // PEFT puts an adapted layer into one of its own, and says so in the names of what was there.
    private static string NameOf(StoredPiece piece, int original, Adapter adapter, Gpt gpt)
    {
        var (name, module) = (Prefix + gpt.Config.Family.WrittenName(gpt.Layout[original], piece.Name),
            AdaptedModule.ModuleOf(gpt, gpt.Layout[original], piece));
        return adapter.Layers.Any(layer => layer.Module.Name == module) ? name.Insert(Prefix.Length + module.Length, BaseLayer) : name;
    }
}
