using System.Text.Json;
using System.Text.Json.Nodes;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models;

/// <summary>GPT-2 and its descendants: everything that their files say is computed, known to change nothing,
/// or refused by its name.</summary>
public sealed class Gpt2FamilyTests
{
    private const double Bound = 1e-5;

    public static TheoryData<string> Flags =>
    [
        """{"scale_attn_by_inverse_layer_idx": true}""", """{"scale_attn_weights": false}""", """{"tie_word_embeddings": false}""",
        """{"scale_attn_weights": false, "scale_attn_by_inverse_layer_idx": true, "tie_word_embeddings": false}""",
        """{"layer_norm_epsilon": 0.1}""", """{"activation_function": "gelu_new"}""", """{"activation_function": "gelu"}""",
        """{"activation_function": "gelu_fast"}""", """{"activation_function": "gelu_pytorch_tanh"}""",
        """{"activation_function": "quick_gelu"}""",
        """{"activation_function": "relu"}""", """{"activation_function": "silu"}""", """{"activation_function": "tanh"}""",
    ];

    [Theory, MemberData(nameof(Flags))]
    public void Every_flag_computes_what_plain_loops_compute(string flags)
    {
        using var folder = new TemporaryFolder();
        Write(folder, new GptConfig { VocabularySize = 31, Context = 20, Layers = 3, Heads = 3, Width = 24 }, flags);
        AssertAgrees(folder, flags);
    }

    [Theory]
    [InlineData(1, 1, 5, 3)]
    [InlineData(2, 5, 35, 98)]
    [InlineData(4, 2, 18, 1)]
    [InlineData(3, 7, 21, 64)]
    [InlineData(2, 4, 132, 200)]
    public void Shapes_of_any_size_compute_what_plain_loops_compute(int layers, int heads, int width, int neurons)
    {
        using var folder = new TemporaryFolder();
        Write(folder, new GptConfig
        {
            VocabularySize = 29, Context = 80, Layers = layers, Heads = heads, Width = width, FeedForwardWidth = neurons
        }, "{}");
        AssertAgrees(folder, $"{layers} layers, {heads} heads, width {width}, {neurons} neurons");
    }

    [Theory, MemberData(nameof(Flags))]
    public void A_converted_folder_has_the_same_logits_bit_for_bit(string flags)
    {
        using var folder = new TemporaryFolder();
        using var copy = new TemporaryFolder();
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        Write(folder, new GptConfig { VocabularySize = 31, Context = 20, Layers = 3, Heads = 3, Width = 24 }, flags);
        using var gpt = Checkpoint.Load(folder.Path, backend);
        Checkpoint.Save(copy.Path, gpt);
        using var again = Checkpoint.Load(copy.Path, backend);
        Assert.Equal(gpt.Config, again.Config);
        Assert.Equal(Logits(gpt, SmallGpt.Tokens(20).Select(token => token % 31).ToArray()),
            Logits(again, SmallGpt.Tokens(20).Select(token => token % 31).ToArray()));
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("config-v4.json")]
    public void Transformers_own_model_with_scores_by_layer_has_its_logits(string config)
    {
        using var folder = new TemporaryFolder();
        const string Golden = "golden/transformers/gpt2-inverse-layer/";
        File.Copy(SharedData.Path(Golden + config), folder.File("config.json"));
        File.Copy(SharedData.Path(Golden + "model.safetensors"), folder.File("model.safetensors"));
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = Checkpoint.Load(folder.Path, backend);
        using var ids = JsonDocument.Parse(File.ReadAllText(SharedData.Path(Golden + "ids.json")));
        using var expected = new SafetensorsReader(SharedData.Path(Golden + "expected.safetensors"));
        foreach (var prompt in (ReadOnlySpan<string>)["a", "b"])
        {
            var tokens = ids.RootElement.GetProperty(prompt).EnumerateArray().Select(id => id.GetInt32()).ToArray();
            Assert.InRange(Near.LargestDifference(expected.ReadFloat32("exact_" + prompt), Logits(gpt, tokens)), 0, 3e-5);
        }
    }

    [Theory]
    [InlineData("""{"alibi": true}""", "'alibi' is true; a model of the family 'gpt2' knows no such field")]
    [InlineData("""{"rotary_dim": 64}""", "'rotary_dim' is 64; a model of the family 'gpt2' knows no such field")]
    [InlineData("""{"activation_function": "gelu_10"}""", "'activation_function' is \"gelu_10\", where one of gelu_new, gelu_pytorch_tanh")]
    [InlineData("""{"layer_norm_epsilon": -1}""", "'layer_norm_epsilon' is -1, where a number that is not negative is needed")]
    [InlineData("""{"layer_norm_epsilon": "1e-3"}""", "'layer_norm_epsilon' is \"1e-3\", where a number is needed")]
    [InlineData("""{"n_layer": "3"}""", "'n_layer' is \"3\", where a whole number is needed")]
    [InlineData("""{"n_inner": 2.5}""", "'n_inner' is 2.5, where a whole number is needed")]
    [InlineData("""{"scale_attn_weights": "true"}""", "'scale_attn_weights' is \"true\", where true or false is needed")]
    [InlineData("""{"add_cross_attention": true}""", "'add_cross_attention' is true, which cannot be computed")]
    [InlineData("""{"quantization_config": {"bits": 4}}""", "'quantization_config' is")]
    [InlineData("""{"hidden_size": 48}""", "'n_embd' is 24 and 'hidden_size' is 48, which mean the same")]
    [InlineData("""{"model_type": "bloom"}""", "model_type is 'bloom'; what can be computed is gpt2")]
    public void What_is_not_understood_stops_the_load_by_its_name(string flags, string because)
    {
        using var folder = new TemporaryFolder();
        Write(folder, new GptConfig { VocabularySize = 31, Context = 20, Layers = 3, Heads = 3, Width = 24 }, "{}");
        Change(folder.File("config.json"), flags);
        var message = Assert.Throws<InvalidDataException>(() => GptConfig.Load(folder.File("config.json"))).Message;
        Assert.StartsWith(folder.File("config.json") + ": ", message, StringComparison.Ordinal);
        Assert.Contains(because, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData(
        """{"attn_pdrop": 0.3, "resid_pdrop": 0, "embd_pdrop": 0.1, "use_cache": false, "reorder_and_upcast_attn": true, """ +
            """ "summary_type": "mean"}""")]
    [InlineData(
        """{"_name_or_path": "x", "torch_dtype": "float16", "transformers_version": "4.1", """ +
            """ "task_specific_params": {"a": {"b": 1}}, "gradient_checkpointing": true}""")]
    [InlineData(
        """{"is_encoder_decoder": false, "pruned_heads": {}, "quantization_config": null, "never_heard_of": null, "n_ctx": 20, """ +
            """ "max_position_embeddings": 20}""")]
    public void What_changes_nothing_is_known(string flags)
    {
        using var folder = new TemporaryFolder();
        var config = new GptConfig { VocabularySize = 31, Context = 20, Layers = 3, Heads = 3, Width = 24 };
        Write(folder, config, "{}");
        Change(folder.File("config.json"), flags);
        Assert.Equal(config, GptConfig.Load(folder.File("config.json")));
    }

    [Fact]
    public void An_output_of_its_own_must_be_there_and_a_tied_one_must_be_the_token_table()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        var config = new GptConfig { VocabularySize = 31, Context = 20, Layers = 3, Heads = 3, Width = 24 };
        Write(folder, config, "{}");
        Change(folder.File("config.json"), """{"tie_word_embeddings": false}""");
        var missing = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder.Path, backend)).Message;
        Assert.EndsWith("tensor lm_head.weight is missing, which config.json calls for", missing, StringComparison.Ordinal);
        Write(folder, config, """{"tie_word_embeddings": false}""");
        Change(folder.File("config.json"), """{"tie_word_embeddings": true}""");
        var untied = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder.Path, backend)).Message;
        Assert.Contains("tensor lm_head.weight differs from the token table", untied, StringComparison.Ordinal);
        Assert.Equal(config.Parameters + 31 * 24, (config with { TiedOutput = false }).Parameters);
    }

    [Fact]
    public void A_shape_that_the_files_cannot_describe_is_not_written()
    {
        using var folder = new TemporaryFolder();
        var config = new GptConfig { VocabularySize = 31, Context = 20, Layers = 3, Heads = 4, Width = 24 };
        foreach (var (other, what) in (ReadOnlySpan<(GptConfig, string)>)
            [(config with { KeyValueHeads = 2 }, "2 key-value heads for 4 heads"),
                (config with { HeadWidth = 5 }, "4 heads of 5 columns beside a width of 24"),
                (config with { AttentionBiases = AttentionBiases.None }, "layers without biases"),
                (config with { Windows = 3 }, "windows but in every second layer"),
                (config with { ScoreScales = 0.3 }, "such scales of attention scores"),
                (config with { Norm = new(HasBias: false) }, "such a normalisation")])
            Assert.Contains(what,
                Assert.Throws<NotSupportedException>(() => other.Save(folder.File("config.json"))).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("config.json")));
    }

    private static void AssertAgrees(TemporaryFolder folder, string what)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = Checkpoint.Load(folder.Path, backend);
        var tokens = SmallGpt.Tokens(gpt.Config.Context).Select(token => token % gpt.Config.VocabularySize).ToArray();
        var (expected, actual) = (new PlainGpt2(folder.Path).LogProbabilities(tokens),
            Logits(gpt, tokens).Chunk(gpt.Config.VocabularySize).ToArray());
        for (var row = 0; row < tokens.Length; row++)
        {
            var largest = actual[row].Max();
            var total = largest + Math.Log(actual[row].Sum(logit => Math.Exp((double)logit - largest)));
            for (var token = 0; token < actual[row].Length; token++)
                Assert.True(Math.Abs(actual[row][token] - total - expected[row][token]) <= Bound,
                    $"{what}: {actual[row][token] - total} for {expected[row][token]}");
        }
    }

    private static float[] Logits(Gpt gpt, int[] tokens)
    {
        using var arena = new Arena(gpt.Backend);
        using var rows = new TokenRows(gpt.Backend);
        rows.Add(tokens);
        var run = new GptRun(new Operations(gpt.Backend, arena));
        return Pellucid.Tests.Tensors.Tensors.ToFloats(gpt.Logits(gpt.Forward(rows, run), run), gpt.Backend);
    }

    // A model whose scores and neurons do something, under a configuration with those flags.
    private static void Write(TemporaryFolder folder, GptConfig config, string flags)
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend,
            config with { TiedOutput = !flags.Contains("\"tie_word_embeddings\": false", StringComparison.Ordinal) });
        Checkpoint.Save(folder.Path, model.Gpt);
        Change(folder.File("config.json"), flags);
    }

    private static void Change(string path, string flags)
    {
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(flags)!.AsObject())
            config[name] = value?.DeepClone();
        File.WriteAllText(path, config.ToJsonString());
    }
}
