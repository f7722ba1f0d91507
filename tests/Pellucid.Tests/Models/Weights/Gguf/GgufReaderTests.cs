using System.Text;
using Pellucid.Models;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Tests.Models.Weights.Gguf;

/// <summary>Files that other programs wrote, and files made here.</summary>
public sealed class GgufReaderTests
{
    private static readonly string[] Architectures =
    [
        "gemma", "gemma2", "gemma3", "gpt-oss", "granite", "llama2", "llama3", "mistral", "mixtral", "olmo2", "olmo3", "phi3", "phi4-mini",
        "qwen2", "qwen2-yarn", "qwen3", "qwen3moe", "smollm3",
    ];

    private static readonly string[] Formats =
    [
        "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q2_k", "q3_k_m", "q4_k_m", "q5_k_m", "q6_k", "iq4_nl", "iq4_xs",
    ];

    public static TheoryData<string> Models =>
    [
        .. Architectures.Select(name => $"llama/tiny-random-models/{name}/model.gguf"),
        .. Formats.Select(name => $"llama/tiny-random-kquants/{name}.gguf"),
        .. ((string[])["f32", "bf16", "f16", "q8_0", "q5_1", "q4_0"]).Select(name => $"llama/stories260K-gguf/stories260K-{name}.gguf"),
        "real-models/smollm2-135m-instruct/model.gguf",
    ];

    public static TheoryData<string, int, int> Vocabularies => new()
    {
        { "llama/llamacpp-vocabs/ggml-vocab-llama-spm.gguf", 32000, 0 },
        { "llama/llamacpp-vocabs/ggml-vocab-phi-3.gguf", 32064, 0 },
        { "llama/llamacpp-vocabs/ggml-vocab-gpt-2.gguf", 50257, 50000 },
        { "llama/llamacpp-vocabs/ggml-vocab-falcon.gguf", 65024, 64784 },
        { "llama/llamacpp-vocabs/ggml-vocab-deepseek-llm.gguf", 102400, 99757 },
        { "llama/llamacpp-vocabs/ggml-vocab-deepseek-coder.gguf", 32256, 31757 },
        { "llama/llamacpp-vocabs/ggml-vocab-starcoder.gguf", 49152, 48872 },
        { "llama/llamacpp-vocabs/ggml-vocab-refact.gguf", 49216, 48891 },
        { "llama/llamacpp-vocabs/ggml-vocab-mpt.gguf", 50432, 50009 },
    };

    [Theory, MemberData(nameof(Models))]
    public void A_sound_model_passes_every_check_and_all_of_its_numbers_are_read(string path)
    {
        using var reader = new GgufReader(SharedData.Path(path));
        var model = GgufModel.Read(reader);
        Assert.Equal(model.Config.VocabularySize, model.Vocabulary!.Tokens.Count);
        Assert.NotEmpty(model.Vocabulary.Ends);
        foreach (var tensor in reader.Tensors.Where(tensor => tensor.Count < 1_000_000))
        {
            var values = reader.ReadFloat32(tensor);
            Assert.All(values.AsSpan(0, Math.Min(values.Length, 500)).ToArray(), value => Assert.True(float.IsFinite(value), tensor.Name));
            var part = new float[tensor.StoredType.Length];
            reader.ReadFloat32(tensor, part, values.Length - part.Length);
            Assert.Equal(values[^part.Length..], part);
        }
    }

    [Theory, MemberData(nameof(Vocabularies))]
    public void A_file_of_a_vocabulary_alone_is_read(string path, int tokens, int merges)
    {
        using var reader = new GgufReader(SharedData.Path(path));
        var vocabulary = GgufVocabulary.Read(reader)!;
        Assert.Equal((tokens, merges), (vocabulary.Tokens.Count, vocabulary.Merges.Count));
        Assert.Empty(reader.Tensors);
    }

    // Single precision in both files, and no permutation between them.
    [Theory]
    [InlineData("model.embed_tokens.weight", "token_embd.weight")]
    [InlineData("model.layers.3.mlp.down_proj.weight", "blk.3.ffn_down.weight")]
    [InlineData("model.layers.1.self_attn.k_proj.bias", "blk.1.attn_k.bias")]
    [InlineData("model.layers.2.self_attn.q_proj.weight", "blk.2.attn_q.weight")]
    [InlineData("lm_head.weight", "output.weight")]
    public void Numbers_and_shapes_are_those_of_the_same_model_in_safetensors(string theirs, string ours)
    {
        using var expected = new SafetensorsReader(SharedData.Path("llama/tiny-random-models/qwen2-yarn/model.safetensors"));
        using var reader = new GgufReader(SharedData.Path("llama/tiny-random-models/qwen2-yarn/model.gguf"));
        var tensor = reader.Find(ours)!;
        Assert.Equal(expected.Shape(theirs).Select(length => (long)length), tensor.Shape);
        Assert.Equal(expected.ReadFloat32(theirs), reader.ReadFloat32(tensor));
    }

    [Theory]
    [InlineData("q8_0", 0.012)]
    [InlineData("q6_k", 0.025)]
    [InlineData("q5_k_m", 0.045)]
    [InlineData("q4_k_m", 0.09)]
    [InlineData("iq4_xs", 0.09)]
    [InlineData("q2_k", 0.35)]
    public void A_quantised_model_is_near_the_one_it_was_made_of(string format, double bound)
    {
        using var whole = new GgufReader(SharedData.Path("llama/tiny-random-kquants/f16.gguf"));
        using var reader = new GgufReader(SharedData.Path($"llama/tiny-random-kquants/{format}.gguf"));
        foreach (var tensor in whole.Tensors)
            Near.AssertRelative(whole.ReadFloat32(tensor), reader.ReadFloat32(reader.Find(tensor.Name)!), bound, tensor.Name);
    }

    [Fact]
    public void The_facts_of_a_real_model_are_read()
    {
        using var reader = new GgufReader(SharedData.Path("real-models/smollm2-135m-instruct/model.gguf"));
        var model = GgufModel.Read(reader);
        var config = model.Config;
        Assert.Equal(("llama", 30, 576, 9, 64), (model.Architecture, config.Layers, config.Width, config.Heads, config.HeadWidth));
        Assert.Equal((1536, 49152, 8192, 3), (config.FeedForwardWidth, config.VocabularySize, config.Context, config.KeyValueHeads));
        Assert.Equal(("gpt2", "smollm"), (model.Vocabulary!.Model, model.Vocabulary.Splitter));
        Assert.Contains("<|im_end|>", model.Vocabulary.Ends.Select(id => Encoding.UTF8.GetString(model.Vocabulary.Tokens[id])));
    }

    [Fact]
    public void A_file_that_is_cut_short_while_it_is_read_is_an_error_with_a_name()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.gguf");
        SmallGguf.Writer().Write(path);
        using var reader = new GgufReader(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(file.Length - 20);
        var error = Assert.Throws<InvalidDataException>(() => reader.ReadFloat32(reader.Tensors.Last()));
        Assert.Matches(@"model\.gguf: ends at byte \d+, inside tensor output_norm\.weight; it had \d+ bytes when it was opened",
            error.Message);
    }

    [Fact]
    public void Every_type_of_value_is_read_and_no_other_in_its_place()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("keys.gguf");
        File.WriteAllBytes(path, SmallGguf.EveryValue());
        using var reader = new GgufReader(path);
        var keys = reader.Metadata;
        Assert.Equal([200, -3, 60000, -300, 4_000_000_000, -70000, long.MaxValue, -5],
            ((string[])["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64"]).Select(key => keys.Require(key).Integer()));
        Assert.Equal((1.5, -2.25), (keys.Require("f32").Number(), keys.Require("f64").Number()));
        Assert.True(keys.Require("bool").Flag());
        Assert.Equal("Grüße", keys.Require("text").Text());
        var nested = keys.Require("nested").Elements().ToArray();
        Assert.Equal([[1, 2], [], [3]], nested.Select(inner => inner.Elements().Select(value => value.Integer()).ToArray()));
        void Refused(string message, string key, Action<GgufValue> read) =>
            Assert.EndsWith(message, Assert.Throws<InvalidDataException>(() => read(keys.Require(key))).Message, StringComparison.Ordinal);
        Refused("key text is a text, not an integer", "text", value => value.Integer());
        Refused("key text is a text, not f32 or f64", "text", value => value.Number());
        Refused("key text is a text, not bool", "text", value => value.Flag());
        Refused("key text is a text, not an array", "text", value => value.Elements());
        Refused("key text is a text, not an array of f32", "text", value => value.Numbers());
        Refused("key nested is an array of an array, not an array of i32", "nested", value => value.Integers());
        Refused("key u16 is u16, not a text", "u16", value => value.Text());
        Refused("key broken is not UTF-8", "broken", value => value.Text());
        Refused("key u8 is 200, but must lie between 0 and 100", "u8", value => value.Integer(0, 100));
        Refused("key absent is missing", "absent", _ => { });
    }

    [Fact]
    public void Version_2_is_read_too_and_tensors_may_lie_in_any_order_with_gaps()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.gguf");
        File.WriteAllBytes(path, SmallGguf.TwoTensors(version: 2, firstOffset: 128, secondOffset: 32));
        using var reader = new GgufReader(path);
        Assert.Equal([1, 2], reader.ReadFloat32(reader.Find("a")!));
        Assert.Equal([3, 4], reader.ReadFloat32(reader.Find("b")!));
    }

    [Theory]
    [InlineData("iq1_s")]
    [InlineData("iq1_m")]
    [InlineData("iq2_xxs")]
    [InlineData("iq2_xs")]
    [InlineData("iq2_s")]
    [InlineData("iq3_xxs")]
    [InlineData("iq3_s")]
    [InlineData("tq1_0")]
    [InlineData("tq2_0")]
    [InlineData("nvfp4")]
    [InlineData("q1_0")]
    [InlineData("q2_0")]
    [InlineData("q8_K")]
    public void A_type_that_is_only_recognised_is_refused_by_name_with_those_that_are_supported(string type)
    {
        using var folder = new TemporaryFolder();
        var blocks = File.ReadAllBytes(SharedData.Path($"llama/quant-vectors/{type}.random.blocks"));
        var writer = new GgufWriter();
        writer.AddBlocks("w", type, [8, 256], (first, bytes) => blocks.AsSpan((int)first, bytes.Length).CopyTo(bytes));
        writer.Write(folder.File("model.gguf"));
        using var reader = new GgufReader(folder.File("model.gguf"));
        var tensor = reader.Find("w")!;
        Assert.Equal((blocks.Length, type, false), (tensor.Bytes, tensor.Type, tensor.IsSupported));
        Assert.EndsWith($"tensor w is stored as {type}, which cannot be computed with; supported are {string.Join(", ", Supported)}",
            Assert.Throws<NotSupportedException>(() => reader.ReadFloat32(tensor)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Supported => BlockFormat.All.Select(format => format.Name);
}
