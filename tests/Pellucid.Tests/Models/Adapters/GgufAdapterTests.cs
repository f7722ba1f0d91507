using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models.Adapters;

/// <summary>Adapters in llama.cpp's layout: what PEFT wrote comes back, every number where llama.cpp looks for it.</summary>
public sealed class GgufAdapterTests
{
    private static readonly GptConfig Small = new() { VocabularySize = 7, Context = 6, Layers = 1, Heads = 2, Width = 4 };

    public static TheoryData<string> Written => ["gpt2", "llama3-qv", "llama3-patterns", "llama3-layers", "qwen2-rslora", "qwen3-regex"];

    [Theory, MemberData(nameof(Written))]
    public void What_PEFT_wrote_computes_the_same_after_a_way_through_GGUF(string name)
    {
        using var each = new PeftCase(TestBackends.WidestCpu, name);
        using var folder = new TemporaryFolder();
        var path = folder.File("adapter.gguf");
        AdapterFolder.Write(path, each.Adapter, each.Gpt);
        Assert.True(AdapterFolder.Exists(path));
        using var again = AdapterFolder.Read(path, each.Gpt);
        Assert.Equal(each.Adapter.TrainedCount, again.TrainedCount);
        // where α has patterns B is rounded once more
        Near.AssertWithin(each.Logits(each.Gpt, each.Adapter), each.Logits(each.Gpt, again), 1e-5);
        using var expected = each.Open("logits.safetensors");
        Assert.InRange(Near.LargestDifference(expected.ReadFloat32("logits"), each.Logits(each.Gpt, again)), 0, 3e-5);
    }

    [Theory]
    [InlineData("gpt2-dora", "GGUF adapters have no place for magnitudes (use_dora)")]
    [InlineData("gpt2-lora-bias", "GGUF adapters have no place for biases of B (lora_bias)")]
    [InlineData("gpt2-train-bias", "GGUF adapters have no place for whole copies of parameters (modules_to_save, bias)")]
    public void What_the_format_has_no_place_for_is_refused_by_name(string name, string message)
    {
        using var each = new PeftCase(TestBackends.WidestCpu, name);
        using var folder = new TemporaryFolder();
        Assert.Equal(message, Assert.Throws<NotSupportedException>(() =>
            AdapterFolder.Write(folder.File("adapter.gguf"), each.Adapter, each.Gpt)).Message);
        Assert.False(File.Exists(folder.File("adapter.gguf")));
    }

    // llama.cpp: (A, B) of blk.0.attn_q are (r, in) and (out, r), rows of B in the file's order of heads: pairs that turn side by side.
    [Fact]
    public void Names_shapes_and_the_order_of_rows_are_those_of_llama_cpp()
    {
        using var each = new PeftCase(TestBackends.WidestCpu, "llama3-qv");
        using var folder = new TemporaryFolder();
        AdapterFolder.Write(folder.File("adapter.gguf"), each.Adapter, each.Gpt);
        using var file = new GgufReader(folder.File("adapter.gguf"));
        foreach (var (key, value) in ((string, string)[])[("general.type", "adapter"), ("adapter.type", "lora"),
            ("general.architecture", "llama")])
            Assert.Equal(value, file.Metadata.Require(key).Text());
        Assert.Equal(16, file.Metadata.Require("adapter.lora.alpha").Number());
        using var peft = each.Open("adapter/" + AdapterFolder.WeightsFile);
        const string Module = "base_model.model.model.layers.0.self_attn.";
        foreach (var (tensor, module, turns) in ((string, string, bool)[])[("attn_q", "q_proj", true), ("attn_v", "v_proj", false)])
        {
            var (a, b) = (file.Find($"blk.0.{tensor}.weight.lora_a")!, file.Find($"blk.0.{tensor}.weight.lora_b")!);
            Assert.Equal(peft.ReadFloat32($"{Module}{module}.lora_A.weight"), file.ReadFloat32(a));
            Assert.Equal(peft.Shape($"{Module}{module}.lora_B.weight").Select(size => (long)size), b.Shape);
            var (theirs, ours) = (peft.ReadFloat32($"{Module}{module}.lora_B.weight"), file.ReadFloat32(b));
            var (rank, width) = ((int)b.Shape[1], each.Gpt.Config.Block(0).Attention.HeadWidth);
            for (var row = 0; row < b.Shape[0]; row++)
            {
                var within = row % width;
                var stored = turns ? row - within + 2 * (within % (width / 2)) + within / (width / 2) : row;
                Assert.Equal(theirs[(row * rank)..(row * rank + rank)], ours[(stored * rank)..(stored * rank + rank)]);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tables_go_the_way_too_the_one_of_tokens_turned(bool tied)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = new Gpt(Small with { TiedOutput = tied }, backend);
        gpt.Initialize(1);
        string[] targets = tied ? ["wte"] : ["wte", "lm_head", "c_fc"];
        using var adapter = new Adapter(gpt, new AdapterConfig { Rank = 2, Targets = ModuleNames.Of(targets) });
        AdapterTests.Randomise(adapter);
        using var folder = new TemporaryFolder();
        AdapterFolder.Write(folder.File("a.gguf"), adapter, gpt);
        using (var file = new GgufReader(folder.File("a.gguf")))
        {
            Assert.Equal([7, 2], file.Find("token_embd.weight.lora_a")!.Shape);
            Assert.Equal([4, 2], file.Find("token_embd.weight.lora_b")!.Shape);
            Assert.Equal(tied ? null : [2, 4], file.Find("output.weight.lora_a")?.Shape);
        }
        using var again = AdapterFolder.Read(folder.File("a.gguf"), gpt);
        Assert.Equal(adapter.Parameters.Count, again.Parameters.Count);
        foreach (var index in Enumerable.Range(0, adapter.Parameters.Count))
            Assert.Equal(adapter.Read(index), again.Read(Enumerable.Range(0, again.Parameters.Count)
                .First(other => again.Parameters.NameOf(other) == adapter.Parameters.NameOf(index))));
    }

    [Theory]
    [InlineData("general.type", "model", "key general.type is model, where adapter is needed")]
    [InlineData("general.architecture", "qwen2", "key general.architecture is qwen2, where gpt2 is needed")]
    [InlineData("adapter.type", "control_vector", "key adapter.type is control_vector, where lora is needed")]
    [InlineData("adapter.alora.invocation_tokens", "1", "key adapter.alora.invocation_tokens is not understood")]
    [InlineData("", "", "tensor blk.9.ffn_up.weight.lora_a has no place in an adapter of this model")]
    public void Files_that_say_something_else_are_refused_by_name(string key, string value, string message)
    {
        using var backend = TestBackends.Create("reference");
        using var gpt = new Gpt(Small, backend);
        using var folder = new TemporaryFolder();
        var writer = new GgufWriter();
        foreach (var (own, text) in ((string, string)[])[("general.type", "adapter"), ("general.architecture", "gpt2"),
            ("adapter.type", "lora"), ("adapter.alora.invocation_tokens", "")])
            if (own == key || text.Length > 0)
                writer.Add(own, own == key ? value : text);
        writer.AddTensor("blk.9.ffn_up.weight.lora_a", "f32", [2, 4], (_, into) => into.Clear());
        writer.Write(folder.File("a.gguf"));
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => GgufAdapter.Read(folder.File("a.gguf"), gpt)).Message);
    }
}
