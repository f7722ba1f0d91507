using System.Buffers.Binary;
using System.Text;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models;

public sealed class CheckpointTests
{
    [Theory]
    [InlineData(ElementType.Float32, 0)]
    [InlineData(ElementType.Float16, 1.0 / 2048)]
    [InlineData(ElementType.BFloat16, 1.0 / 256)]
    public void A_saved_model_comes_back(ElementType type, double rounding)
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend, SmallGpt.Config with { FeedForwardWidth = 40 });
        Checkpoint.Save(folder.Path, model.Gpt, type);
        using var loaded = Checkpoint.Load(folder.Path, backend);
        Assert.Equal(model.Gpt.Config, loaded.Config);
        foreach (var name in model.Gpt.Parameters.Names)
            foreach (var (a, b) in Values(model.Gpt, name).Zip(Values(loaded, name)))
                Assert.InRange(Math.Abs(a - b), 0, rounding * Math.Abs(a) + (rounding > 0 ? 1e-7 : 0));
    }

    [Theory]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_1)]
    public void A_model_that_is_stored_in_fewer_bits_is_saved_as_it_is_computed_with(ElementType weights)
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend, SmallGpt.Config with { Width = 32, Heads = 2, FeedForwardWidth = 64 });
        using var stored = new Gpt(model.Gpt.Config, backend, weights: weights);
        var values = new float[model.Gpt.Layout.Max(parameter => parameter.Shape.Count)];
        for (var index = 0; index < stored.Layout.Count; index++)
        {
            model.Gpt.Parameters.Read(index, values.AsSpan(0, (int)stored.Layout[index].Shape.Count));
            stored.Parameters.Write(index, values.AsSpan(0, (int)stored.Layout[index].Shape.Count));
        }
        Checkpoint.Save(folder.Path, stored);
        Assert.Equal(0, Checkpoint.LargestDifference(folder.Path, stored));
        Assert.NotEqual(0, Checkpoint.LargestDifference(folder.Path, model.Gpt));
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void A_weight_that_is_not_a_number_is_refused_by_file_and_tensor(float value, string text)
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        Checkpoint.Save(folder.Path, model.Gpt);
        using (var stream = File.OpenWrite(folder.File(Checkpoint.WeightsFile)))
        {
            // The last tensor of the file is ln_f.bias, of 24 elements.
            stream.Position = stream.Length - 24 * sizeof(float) + 5 * sizeof(float);
            stream.Write(BitConverter.GetBytes(value));
        }
        Assert.Equal($"{folder.File(Checkpoint.WeightsFile)}: tensor transformer.ln_f.bias holds {text} at element 5",
            Refusal(folder, backend));
    }

    [Fact]
    public void A_number_that_a_type_cannot_hold_is_refused_and_what_was_there_stays()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        Checkpoint.Save(folder.Path, model.Gpt);
        var before = File.ReadAllBytes(folder.File(Checkpoint.WeightsFile));
        string Refused(float value, ElementType type)
        {
            backend.Fill(model.Gpt.Parameters["h.1.mlp.c_fc.bias"], value);
            var error = Assert.Throws<InvalidDataException>(() => Checkpoint.Save(folder.Path, model.Gpt, type));
            Assert.Equal(before, File.ReadAllBytes(folder.File(Checkpoint.WeightsFile)));
            return error.Message;
        }
        const string tensor = "tensor transformer.h.1.mlp.c_fc.bias holds ";
        Assert.Equal(tensor + "3E+38 at element 0, which Float16 cannot hold", Refused(3e38f, ElementType.Float16));
        Assert.Equal(tensor + "-65520 at element 0, which Float16 cannot hold", Refused(-65520, ElementType.Float16));
        Assert.Equal(tensor + "3.4E+38 at element 0, which BFloat16 cannot hold", Refused(3.4e38f, ElementType.BFloat16));
        Assert.Equal(tensor + "NaN at element 0", Refused(float.NaN, ElementType.Float32));
        backend.Fill(model.Gpt.Parameters["h.1.mlp.c_fc.bias"], 65504);
        Checkpoint.Save(folder.Path, model.Gpt, ElementType.Float16);
        using var loaded = Checkpoint.Load(folder.Path, backend);
        Assert.All(Values(loaded, "h.1.mlp.c_fc.bias"), value => Assert.Equal(65504, value));
    }

    [Fact]
    public void Names_without_prefix_load_and_masks_are_ignored()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        using var arena = new Arena(backend);
        var mask = arena.Allocate(Shape.Of(1, 1, 4, 4));
        backend.Fill(mask, 1);
        Checkpoint.Save(folder.Path, model.Gpt);
        SafetensorsWriter.Write(folder.File(Checkpoint.WeightsFile),
            [.. model.Gpt.Parameters.Names.Select(name => (name, model.Gpt.Parameters[name])), ("h.0.attn.bias", mask),
                ("h.0.attn.masked_bias", mask), ("lm_head.weight", model.Gpt[ParameterRole.TokenTable])], backend);
        using var loaded = Checkpoint.Load(folder.Path, backend);
        Assert.Equal(Values(model.Gpt, "h.1.mlp.c_fc.weight"), Values(loaded, "h.1.mlp.c_fc.weight"));
    }

    [Fact]
    public void A_disagreement_names_tensor_and_both_shapes()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        Checkpoint.Save(folder.Path, model.Gpt);
        (SmallGpt.Config with { Width = 48 }).Save(folder.File(Checkpoint.ConfigFile));
        Assert.EndsWith("tensor wte.weight is (37, 24), but config.json calls for (37, 48)",
            Refusal(folder, backend), StringComparison.Ordinal);
        (SmallGpt.Config with { Layers = 3 }).Save(folder.File(Checkpoint.ConfigFile));
        Assert.EndsWith("tensor h.2.ln_1.weight is missing, which config.json calls for",
            Refusal(folder, backend), StringComparison.Ordinal);
        (SmallGpt.Config with { Layers = 1 }).Save(folder.File(Checkpoint.ConfigFile));
        Assert.EndsWith("tensor transformer.h.1.ln_1.weight has no place in the model that config.json describes",
            Refusal(folder, backend), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"model_type":"bloom"}""")]
    [InlineData("""{"vocab_size":10,"n_positions":8,"n_layer":1,"n_head":3,"n_embd":8}""")]
    [InlineData("""{"vocab_size":10,"n_positions":8,"n_layer":1,"n_head":2,"n_embd":"8"}""")]
    [InlineData("""{"vocab_size":2000000000,"n_positions":8,"n_layer":1,"n_head":2,"n_embd":8}""")]
    [InlineData("""{"vocab_size":10,"n_positions":8,"n_layer":1,"n_head":2,"n_embd":8,"activation_function":"relu6"}""")]
    public void A_damaged_configuration_is_named(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), json);
        Assert.StartsWith(folder.File("config.json"),
            Assert.Throws<InvalidDataException>(() => GptConfig.Load(folder.File("config.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_safetensors_are_refused_and_never_crash()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        Checkpoint.Save(folder.Path, model.Gpt);
        var whole = File.ReadAllBytes(folder.File(Checkpoint.WeightsFile));
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(whole);
        var random = new Random(1);
        for (var round = 0; round < 400; round++)
        {
            var damaged = whole.AsSpan(0, round % 3 == 0 ? random.Next(whole.Length) : whole.Length).ToArray();
            for (var i = 0; i < random.Next(1, 4) && damaged.Length > 0; i++)
                damaged[random.Next(Math.Min(damaged.Length, header + 8))] = (byte)random.Next(256);
            File.WriteAllBytes(folder.File(Checkpoint.WeightsFile), damaged);
            try
            {
                Checkpoint.Load(folder.Path, backend).Dispose();
            }
            catch (InvalidDataException error)
            {
                Assert.DoesNotContain('\n', error.Message);
            }
        }
    }

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "takes 8 bytes, not 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296],"data_offsets":[0,4]}}""", "header is damaged")]
    [InlineData("""{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}""", "header is damaged")]
    [InlineData("""{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}""", "unknown dtype F99")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "claims bytes 0 to 16 of 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "4 bytes follow the last tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "lacks dtype, shape or data_offsets")]
    [InlineData("{\"a\"", "header is damaged")]
    public void A_false_header_is_refused_by_name(string header, string because)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[8 + Encoding.UTF8.GetByteCount(header) + 12];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - 20);
        Encoding.UTF8.GetBytes(header, bytes.AsSpan(8));
        File.WriteAllBytes(folder.File("x"), bytes);
        Assert.Contains(because,
            Assert.Throws<InvalidDataException>(() => new SafetensorsReader(folder.File("x"))).Message, StringComparison.Ordinal);
    }

    private static string Refusal(TemporaryFolder folder, Backend backend) =>
        Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder.Path, backend)).Message;

    private static float[] Values(Gpt gpt, string name) => Pellucid.Tests.Tensors.Tensors.ToFloats(gpt.Parameters[name], gpt.Backend);
}
