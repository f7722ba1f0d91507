using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Tests.Models.Families;

/// <summary>Files of mixtures of experts: stacked tensors, blocks of four bits, and what is refused.</summary>
public sealed class ExpertFileTests
{
    private const string Tiny = "llama/tiny-random-models/";

    [Fact]
    public void Two_neighbours_share_a_byte_and_a_scale_is_a_power_of_two()
    {
        byte[] halves = [0x21, 0xf7, .. new byte[14], .. Enumerable.Repeat((byte)0xa3, 16)];
        var values = new float[64];
        Assert.True(MicroscaledBlocks.AreNumbers([127, 130]));
        MicroscaledBlocks.Widen(halves, [127, 130], values);
        Assert.Equal([0.5f, 1, 6, -6, 0, 0], values[..6]);
        Assert.Equal([12f, -8, 12, -8], values[32..36]);
        Assert.Equal(-8, values[63]);
        Assert.False(MicroscaledBlocks.AreNumbers([127, 255]));
    }

    [Fact]
    public void As_stored_they_keep_the_blocks_of_the_file()
    {
        using var blocks = new TemporaryFolder();
        using var plain = new TemporaryFolder();
        WriteBlocks(blocks, plain);
        var path = blocks.File("model.safetensors");
        const string name = "model.layers.1.mlp.experts.gate_up_proj";
        const int width = 32, expert = 2, rows = 2 * width;
        var (halves, scales) = (new byte[16 * rows], new byte[rows]);
        using (var reader = new SafetensorsReader(path))
        {
            reader.ReadBytes(name + "_blocks", expert * halves.Length, halves);
            reader.ReadBytes(name + "_scales", expert * scales.Length, scales);
        }
        // A block of zeros whose scale no one would choose for zeros.
        var (bytes, zeros) = (File.ReadAllBytes(path), halves.AsSpan(16 * 6, 16).ToArray());
        zeros.AsSpan().Clear();
        var at = bytes.AsSpan().IndexOf(halves.AsSpan(16 * 6, 16));
        zeros.CopyTo(bytes, at);
        zeros.CopyTo(halves, 16 * 6);
        File.WriteAllBytes(path, bytes);
        using var stored = new LoadedModel(blocks.Path, ElementType.Mixed);
        stored.Gpt.Parameters.RoundsActivations = false;
        var index = stored.Gpt.Layout.ToList().FindIndex(parameter =>
            parameter is { Role: ParameterRole.FeedForwardGate, Layer: 1, Expert: expert });
        Assert.Equal("mxfp4", stored.Gpt.Parameters.StorageOf(index));
        var read = new byte[width * 17];
        stored.Gpt.Parameters.ReadBlocks(index, 0, BlockFormat.Find("mxfp4")!, read);
        for (var row = 0; row < width; row++) // gates are every second row
        {
            var expected = new byte[16];
            MicroscaledBlocks.Reorder(halves.AsSpan(16 * 2 * row, 16), expected);
            Assert.Equal([scales[2 * row], .. expected], read[(17 * row)..(17 * row + 17)]);
        }
        using var widened = new LoadedModel(blocks.Path);
        Assert.Equal(widened.Logits(SmallGpt.Tokens(30)), stored.Logits(SmallGpt.Tokens(30)));
    }

    [Fact]
    public void Experts_in_blocks_of_four_bits_are_computed_as_what_they_stand_for_and_saved_so()
    {
        using var blocks = new TemporaryFolder();
        using var plain = new TemporaryFolder();
        using var copy = new TemporaryFolder();
        WriteBlocks(blocks, plain);
        using var one = new LoadedModel(plain.Path);
        using var other = new LoadedModel(blocks.Path);
        Assert.Equal(one.Logits(SmallGpt.Tokens(30)), other.Logits(SmallGpt.Tokens(30)));
        Checkpoint.Save(copy.Path, other.Gpt);
        using var again = new LoadedModel(copy.Path);
        Assert.Equal(one.Gpt.Config, again.Gpt.Config);
        Assert.Equal(one.Logits(SmallGpt.Tokens(30)), again.Logits(SmallGpt.Tokens(30)));
    }

    [Theory]
    [InlineData("""{"quantization_config": {"quant_method": "gptq"}}""", "where mxfp4 is needed")]
    [InlineData("""{"quantization_config": {"quant_method": "mxfp4", "group": 8}}""", "'quantization_config.group' is 8")]
    [InlineData("""{"quantization_config": {"quant_method": "mxfp4"}, "intermediate_size": 40}""", "without blocks of 32")]
    [InlineData("""{"quantization_config": {"quant_method": "mxfp4"}}""", "gate_up_proj_blocks is missing")]
    [InlineData("""{"hidden_act": "gelu"}""", "'hidden_act' is \"gelu\", where silu is needed")]
    [InlineData("""{"swiglu_limit": 0}""", "'swiglu_limit' is 0")]
    [InlineData("""{"experts_per_token": 3}""", "'num_experts_per_tok' is 2 and 'experts_per_token' is 3")]
    [InlineData("""{"num_local_experts": 5}""", "calls for (5, ")]
    [InlineData("""{"num_local_experts": 1}""", "a row cannot be given to 2 of 1 experts")]
    [InlineData("""{"num_shared_experts": 1}""", "'num_shared_experts' is 1")]
    public void What_is_not_understood_of_gpt_oss_stops_the_load_by_its_name(string flags, string because) =>
        AssertRefused("gpt-oss", flags, because);

    [Theory]
    [InlineData("qwen3moe", """{"mlp_only_layers": [1]}""", "'mlp_only_layers' is [1], which cannot be computed")]
    [InlineData("qwen3moe", """{"decoder_sparse_step": 2}""", "'decoder_sparse_step' is 2, where 1 is needed")]
    [InlineData("qwen3moe", """{"shared_expert_intermediate_size": 4}""", "'shared_expert_intermediate_size' is 4")]
    [InlineData("mixtral", """{"quantization_config": {"quant_method": "mxfp4"}}""", "'quantization_config' is")]
    [InlineData("mixtral", """{"num_local_experts": -1}""", "experts must be at least 1, not -1")]
    [InlineData("mixtral", """{"num_local_experts": 2000000000}""", "are more than 4096 in one")]
    [InlineData("mixtral", """{"num_experts": 4}""", "'num_experts' is 4")]
    public void What_is_not_understood_of_others_stops_the_load_by_its_name(string name, string flags, string because) =>
        AssertRefused(name, flags, because);

    private static void AssertRefused(string name, string flags, string because)
    {
        using var folder = new TemporaryFolder();
        var config = JsonNode.Parse(File.ReadAllText(SharedData.Path(Tiny + name + "/config.json")))!.AsObject();
        foreach (var (field, value) in JsonNode.Parse(flags)!.AsObject())
            config[field] = value?.DeepClone();
        File.WriteAllText(folder.File("config.json"), config.ToJsonString());
        File.Copy(SharedData.Path(Tiny + name + "/model.safetensors"), folder.File("model.safetensors"));
        using var backend = TestBackends.Create("Vector128");
        var message = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder.Path, backend)).Message;
        Assert.Contains(because, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    // The small gpt-oss with its experts rounded to blocks: in blocks, and plain.
    private static void WriteBlocks(TemporaryFolder blocks, TemporaryFolder plain)
    {
        var config = JsonNode.Parse(File.ReadAllText(SharedData.Path(Tiny + "gpt-oss/config.json")))!.AsObject();
        File.WriteAllText(plain.File("config.json"), config.ToJsonString());
        config["quantization_config"] = new JsonObject
        {
            ["quant_method"] = "mxfp4", ["modules_to_not_convert"] = new JsonArray("model.layers.*.self_attn", "lm_head"),
        };
        File.WriteAllText(blocks.File("config.json"), config.ToJsonString());
        using var reader = new SafetensorsReader(SharedData.Path(Tiny + "gpt-oss/model.safetensors"));
        List<(string, string, int[], byte[])> inBlocks = [], inSingles = [];
        foreach (var name in reader.Names)
        {
            var (values, shape) = (reader.ReadFloat32(name), reader.Shape(name).ToArray());
            if (name.EndsWith("_proj", StringComparison.Ordinal))
            {
                var (halves, scales, turned) = Rounded(values, shape[1], shape[2]);
                inBlocks.Add((name + "_blocks", "U8", [shape[0], shape[2], shape[1] / 32, 16], halves));
                inBlocks.Add((name + "_scales", "U8", [shape[0], shape[2], shape[1] / 32], scales));
                values = turned;
            }
            else
                inBlocks.Add((name, "F32", shape, Bytes(values)));
            inSingles.Add((name, "F32", shape, Bytes(values)));
        }
        Write(blocks.File("model.safetensors"), inBlocks);
        Write(plain.File("model.safetensors"), inSingles);
    }

    // Columns of (E, in, out) in blocks along in; the bytes of each two neighbours, scales, and the numbers in the old order.
    private static (byte[] Halves, byte[] Scales, float[] Values) Rounded(float[] values, int rows, int columns)
    {
        var (format, result) = (new MxFp4Format(), values.ToArray());
        List<byte> halves = [], scales = [];
        var (column, block) = (new float[32], new byte[17]);
        for (var e = 0; e < values.Length / rows / columns; e++)
        for (var n = 0; n < columns; n++)
        for (var k = 0; k < rows; k += 32)
        {
            int At(int i) => (e * rows + k + i) * columns + n;
            for (var i = 0; i < 32; i++)
                column[i] = values[At(i)];
            format.Quantise(column, block);
            format.Dequantise(block, column);
            for (var i = 0; i < 32; i++)
                result[At(i)] = column[i];
            int Number(int i) => block[1 + i % 16] >> 4 * (i / 16) & 15;
            scales.Add(block[0]);
            halves.AddRange(Enumerable.Range(0, 16).Select(t => (byte)(Number(2 * t) | Number(2 * t + 1) << 4)));
        }
        return ([.. halves], [.. scales], result);
    }

    private static byte[] Bytes(float[] values)
    {
        var bytes = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        return bytes;
    }

    private static void Write(string path, List<(string Name, string Type, int[] Shape, byte[] Bytes)> tensors)
    {
        var (header, start) = (new JsonObject(), 0);
        foreach (var (name, type, shape, bytes) in tensors)
            header[name] = new JsonObject
            {
                ["dtype"] = type, ["shape"] = new JsonArray([.. shape.Select(size => JsonValue.Create(size))]),
                ["data_offsets"] = new JsonArray(start, start += bytes.Length),
            };
        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, text.Length);
        File.WriteAllBytes(path, [.. prefix, .. text, .. tensors.SelectMany(tensor => tensor.Bytes)]);
    }
}
