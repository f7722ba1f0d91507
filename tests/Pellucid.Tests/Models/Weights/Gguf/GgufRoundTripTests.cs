using Pellucid.Conversations;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors.Reference;
using Pellucid.Tokens;

namespace Pellucid.Tests.Models.Weights.Gguf;

/// <summary>Models from folders into GGUF files and back.</summary>
public sealed class GgufRoundTripTests
{
    private const string Tiny = "llama/tiny-random-models/", Real = "real-models/smollm2-135m-instruct/";

    private static readonly int[] Tokens = [1, 403, 407, 261, 378, 432, 383, 286, 261, 376];

    public static TheoryData<string> TinyModels => RotaryFamilyTests.TinyModels;

    public static TheoryData<string, double> Types => new()
    {
        { "f16", 0.001 }, { "bf16", 0.005 }, { "q8_0", 0.012 }, { "q5_1", 0.05 }, { "q5_0", 0.05 }, { "q4_1", 0.1 }, { "q4_0", 0.1 },
        { "iq4_nl", 0.09 }, { "mxfp4", 0.17 }, { "q6_K", 0.025 }, { "q5_K", 0.045 }, { "q4_K", 0.085 }, { "iq4_xs", 0.09 },
        { "q3_K", 0.17 }, { "q2_K", 0.35 },
    };

    [Theory, MemberData(nameof(TinyModels))]
    public void A_folder_goes_into_a_file_and_back_without_a_bit_lost(string name)
    {
        using var folder = new TemporaryFolder();
        using var model = new LoadedModel(Path.GetDirectoryName(SharedData.Path($"{Tiny}{name}/config.json"))!);
        Save(folder.File("model.gguf"), model.Gpt, "f32");
        using var file = new LoadedModel(folder.File("model.gguf"));
        Assert.Equal(0, Checkpoint.LargestDifference(folder.File("model.gguf"), model.Gpt));
        Assert.Equal(model.Logits(Tokens), file.Logits(Tokens));
        Checkpoint.Save(folder.File("back"), file.Gpt);
        using var back = new LoadedModel(folder.File("back"));
        Assert.Equal(file.Gpt.Config, back.Gpt.Config);
        AssertSame(name, model.Logits(Tokens), back.Logits(Tokens));
        using var ours = new GgufReader(folder.File("model.gguf"));
        using var theirs = new GgufReader(SharedData.Path($"{Tiny}{name}/model.gguf"));
        Assert.Equal(theirs.Tensors.Select(tensor => tensor.Name).Order(), ours.Tensors.Select(tensor => tensor.Name).Order());
        foreach (var tensor in theirs.Tensors)
        {
            Assert.Equal(tensor.Shape, ours.Find(tensor.Name)!.Shape);
            Near.AssertRelative(theirs.ReadFloat32(tensor), ours.ReadFloat32(ours.Find(tensor.Name)!), 1e-6, tensor.Name);
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public void GPT_2_goes_in_and_out(bool tied)
    {
        using var folder = new TemporaryFolder();
        using var backend = new ReferenceBackend();
        using var gpt = new Gpt(SmallGpt.Config with { TiedOutput = tied, FeedForwardWidth = 96 }, backend);
        gpt.Initialize(3);
        Save(folder.File("gpt2.gguf"), gpt, "f32");
        using var again = Checkpoint.Load(folder.File("gpt2.gguf"), backend);
        Assert.Equal(gpt.Config, again.Config);
        Assert.Equal(0, Checkpoint.LargestDifference(folder.File("gpt2.gguf"), gpt));
        using var reader = new GgufReader(folder.File("gpt2.gguf"));
        Assert.Equal([72L, 24], reader.Find("blk.0.attn_qkv.weight")!.Shape); // outputs first
    }

    [Theory, MemberData(nameof(Types))]
    public void Matrices_are_rounded_to_the_type_asked_for_and_all_else_is_not(string type, double bound)
    {
        using var folder = new TemporaryFolder();
        using var model = new LoadedModel(SharedData.Path("llama/tiny-random-kquants/f16.gguf"));
        Assert.Empty(Save(folder.File("model.gguf"), model.Gpt, type));
        using var whole = new GgufReader(SharedData.Path("llama/tiny-random-kquants/f16.gguf"));
        using var written = new GgufReader(folder.File("model.gguf"));
        foreach (var tensor in written.Tensors)
        {
            Assert.Equal(tensor.Shape.Count == 1 ? "f32" : type, tensor.Type);
            Near.AssertRelative(whole.ReadFloat32(whole.Find(tensor.Name)!), written.ReadFloat32(tensor), bound, tensor.Name);
        }
        Assert.True(Checkpoint.LargestDifference(folder.File("model.gguf"), model.Gpt) > 0 || type is "f16");
    }

    [Fact]
    public void Rows_that_are_no_whole_blocks_are_stored_in_a_type_near_and_that_is_said()
    {
        using var folder = new TemporaryFolder();
        using var model = new LoadedModel(SharedData.Path("llama/stories260K-gguf/stories260K-f32.gguf"));
        var remarks = Save(folder.File("model.gguf"), model.Gpt, "q4_K");
        using var written = new GgufReader(folder.File("model.gguf"));
        Assert.Equal("q5_0", written.Find("blk.0.attn_q.weight")!.Type); // rows of 64
        Assert.Equal("f16", written.Find("blk.0.ffn_down.weight")!.Type); // rows of 172
        Assert.Equal(["5 tensors are stored as f16: their rows are no whole blocks of q4_K",
            "31 tensors are stored as q5_0: their rows are no whole blocks of q4_K"], remarks);
    }

    [Theory]
    [InlineData("llama/stories260K-gguf/stories260K-f32.gguf")]
    [InlineData("llama/llamacpp-vocabs/ggml-vocab-llama-spm.gguf")]
    [InlineData("llama/llamacpp-vocabs/ggml-vocab-gpt-2.gguf")]
    [InlineData("llama/llamacpp-vocabs/ggml-vocab-deepseek-coder.gguf")]
    [InlineData(Real + "model.gguf")]
    public void Tokenizer_ends_and_templates_come_along_both_ways(string source)
    {
        using var folder = new TemporaryFolder();
        using var backend = new ReferenceBackend();
        var path = SharedData.Path(source);
        var tokenizer = CompanionFiles.LoadTokenizer(path);
        var specials = CompanionFiles.LoadSpecials(path, tokenizer, tokenizer.VocabularySize);
        var template = CompanionFiles.LoadTemplate(path);
        using var gpt = new Gpt(SmallGpt.Config with { VocabularySize = tokenizer.VocabularySize, Width = 4, Heads = 2 }, backend);
        Assert.Empty(Checkpoint.SaveGguf(folder.File("a.gguf"), gpt, "f32", tokenizer, specials, template));
        CompanionFiles.Copy(folder.File("a.gguf"), folder.File("back"));
        foreach (var copy in (string[])["a.gguf", "back"])
        {
            var again = CompanionFiles.LoadTokenizer(folder.File(copy));
            Assert.Equal(tokenizer.Fingerprint(), again.Fingerprint());
            Assert.Equal(tokenizer.Encode("Hello  world 12 ▁é"), again.Encode("Hello  world 12 ▁é"));
            var ends = CompanionFiles.LoadSpecials(folder.File(copy), again, tokenizer.VocabularySize);
            Assert.Equal((specials.Begin, specials.AddsBegin, specials.Separator), (ends.Begin, ends.AddsBegin, ends.Separator));
            Assert.Equal(specials.Ends, ends.Ends);
            Assert.Equal(template.Sources, CompanionFiles.LoadTemplate(folder.File(copy)).Sources);
        }
    }

    [Theory]
    [InlineData("""{"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.95,"min_p":0.01,"repetition_penalty":1.1}""",
        "temperature 0.6, top-k 20, top-p 0.95, min-p 0.01, repetition penalty 1.1")]
    [InlineData("""{"do_sample":false,"temperature":0.6,"eos_token_id":7}""", "temperature 0")]
    [InlineData("""{"top_k":0}""", "top-k 0")]
    [InlineData("""{"eos_token_id":7}""", "")]
    public void How_tokens_are_chosen_comes_along_both_ways(string generation, string said)
    {
        using var folder = new TemporaryFolder();
        using var backend = new ReferenceBackend();
        using var gpt = new Gpt(SmallGpt.Config with { Width = 4, Heads = 2 }, backend);
        var from = Directory.CreateDirectory(folder.File("first")).FullName;
        File.WriteAllText(Path.Combine(from, "generation_config.json"), generation);
        void Write(string name) => Checkpoint.SaveGguf(folder.File(name), gpt, "f32",
            new NamelessTokenizer(gpt.Config.VocabularySize), SpecialTokens.None, ChatTemplate.Plain, from);
        Write("a.gguf");
        from = folder.File("a.gguf");
        Write("b.gguf");
        CompanionFiles.Copy(folder.File("b.gguf"), folder.File("back"));
        foreach (var copy in (string[])["first", "a.gguf", "b.gguf", "back"])
            Assert.Equal(said, SamplingDefaults.Read(folder.File(copy)).ToString());
    }

    [Fact]
    public void What_has_no_place_in_the_format_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        using var backend = new ReferenceBackend();
        foreach (var (config, because) in ((GptConfig, string)[])
        [
            (SmallGpt.Config with { Family = ModelFamily.Gpt1, Norm = new(Place: NormPlace.Stream) }, "the family 'openai-gpt'"),
            (SmallGpt.Config with { ScoreScales = 1.0 }, "such scales of attention scores"),
            (SmallGpt.Config with { Windows = 3 }, "such windows"),
        ])
        {
            using var gpt = new Gpt(config, backend);
            Assert.Contains(because, Assert.Throws<NotSupportedException>(() => Save(folder.File("x.gguf"), gpt, "f32")).Message,
                StringComparison.Ordinal);
            Assert.False(File.Exists(folder.File("x.gguf")));
        }
    }

    private static IReadOnlyList<string> Save(string path, Gpt gpt, string type) => Checkpoint.SaveGguf(path, gpt, type,
        new NamelessTokenizer(gpt.Config.VocabularySize), SpecialTokens.None, ChatTemplate.Plain);

    // Gains that are stored less 1 may round.
    private static void AssertSame(string name, float[] expected, float[] actual)
    {
        if (name.StartsWith("gemma", StringComparison.Ordinal))
            Near.AssertRelative(expected, actual, 1e-6, name);
        else
            Assert.Equal(expected, actual);
    }
}
