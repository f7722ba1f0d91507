using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tests.Training;

namespace Pellucid.Tests.Hostile;

/// <summary>Files of models of other families than GPT-2, to be damaged.</summary>
internal static class HostileFamilies
{
    /// <summary>What two models, each loaded by itself, take besides what is read: shapes, names, and the numbers themselves.</summary>
    public const long OfModels = 1_000_000;

    private const string Sizes = """
        "vocab_size":11,"max_position_embeddings":8,"hidden_size":32,"num_hidden_layers":1,"num_attention_heads":2,
        "num_key_value_heads":1,"head_dim":16,"intermediate_size":32,"rms_norm_eps":1e-5,"rope_theta":10000.0,
        "tie_word_embeddings":false
        """;

    /// <summary>What a configuration says, in each family.</summary>
    public static IReadOnlyList<byte[]> Configs(string folder) => [.. SmallFamily.All.Select(family =>
    {
        var path = Path.Combine(folder, Checkpoint.ConfigFile);
        family.Shape(11, 16).Save(path);
        return File.ReadAllBytes(path);
    })];

    /// <summary>Reads a configuration, and follows it through the layers and parameters that it claims.</summary>
    public static void ReadConfig(string path)
    {
        var config = GptConfig.Load(path);
        _ = Parameter.Of(config).Take(100).Count();
        for (var layer = 0; layer < Math.Min(config.Layers, 100); layer++)
            config.Block(layer);
    }

    /// <summary>Queries, keys and values in one tensor, gates and neurons in another.</summary>
    public static IReadOnlyList<byte[]> Fused(string folder)
    {
        var config = WriteConfig(folder, $$"""{ "model_type":"phi3",{{Sizes}} }""");
        using var backend = CpuBackend.Create(1);
        using var gpt = new Gpt(config, backend);
        gpt.Initialize(1);
        return [.. ((ReadOnlySpan<ElementType>)[ElementType.Float32, ElementType.BFloat16]).ToArray().Select(type =>
        {
            Checkpoint.Save(folder, gpt, type);
            return File.ReadAllBytes(Path.Combine(folder, Checkpoint.WeightsFile));
        })];
    }

    /// <summary>Experts in blocks of four bits, all of a layer in one tensor.</summary>
    public static IReadOnlyList<byte[]> FourBits(string folder)
    {
        var config = WriteConfig(folder, $$"""
            {"model_type":"gpt_oss",{{Sizes}},"num_local_experts":2,"num_experts_per_tok":1,"rope_scaling":null,
            "quantization_config":{"quant_method":"mxfp4"} }
            """);
        var (header, length) = (new JsonObject(), 0);
        foreach (var (name, shape, type, bytes) in Parameter.Of(config).SelectMany(parameter => config.Family.Pieces(parameter, config)
            .SelectMany(piece => Tensors(piece, parameter, config))).DistinctBy(tensor => tensor.Name))
        {
            int[] sizes = [.. Enumerable.Range(0, shape.Rank).Select(axis => shape[axis])];
            header[name] = new JsonObject
            {
                ["dtype"] = type, ["shape"] = new JsonArray([.. sizes.Select(size => JsonValue.Create(size))]),
                ["data_offsets"] = new JsonArray(length, length += (int)shape.Count * bytes),
            };
        }
        var (text, prefix) = (Encoding.UTF8.GetBytes(header.ToJsonString()), new byte[8]);
        BinaryPrimitives.WriteInt64LittleEndian(prefix, text.Length);
        return [[.. prefix, .. text, .. Enumerable.Repeat((byte)0x3c, length)]]; // numbers near 0.01, and small scales
    }

    /// <summary>Loads a model, with its weights widened and as they are stored.</summary>
    public static void LoadModel(string path)
    {
        using var backend = CpuBackend.Create(1);
        Checkpoint.Load(Path.GetDirectoryName(path)!, backend).Dispose();
        Checkpoint.Load(Path.GetDirectoryName(path)!, backend, ElementType.Mixed).Dispose();
    }

    private static IEnumerable<(string Name, Shape Shape, string Type, int Bytes)> Tensors(StoredPiece piece, Parameter parameter,
        GptConfig config)
    {
        var name = config.Family.WrittenName(parameter, piece.Name);
        if (!piece.InBlocks)
            return [(name, piece.Stored, "F32", sizeof(float))];
        var (halves, scales) = MicroscaledBlocks.Tensors(piece with { Name = name });
        return [(halves.Name, halves.Shape, "U8", 1), (scales.Name, scales.Shape, "U8", 1)];
    }

    private static GptConfig WriteConfig(string folder, string config)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, Checkpoint.ConfigFile), config);
        return Checkpoint.LoadConfig(folder);
    }
}
