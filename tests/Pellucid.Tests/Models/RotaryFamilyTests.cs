using System.Text.Json;
using System.Text.Json.Nodes;
using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models;

/// <summary>
/// Families that descend from Llama, judged by models of random weights: 18 whose logits an independent program recorded in
/// double precision, and five that transformers made itself.
/// </summary>
public sealed class RotaryFamilyTests
{
    private const string Tiny = "llama/tiny-random-models/", Golden = "golden/transformers/";

    public static TheoryData<string> TinyModels =>
    [
        "llama2", "llama3", "mistral", "qwen2", "qwen2-yarn", "qwen3", "smollm3", "gemma", "gemma2", "gemma3", "phi3",
        "phi4-mini", "olmo2", "olmo3",
        "granite", "mixtral", "qwen3moe", "gpt-oss",
    ];

    public static TheoryData<string, string> GoldenModels
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var name in (ReadOnlySpan<string>)["mistral-window", "qwen3-rope-yarn", "gemma3", "phi3-longrope", "gpt-oss"])
            foreach (var config in (ReadOnlySpan<string>)["config.json", "config-v4.json"])
                cases.Add(name, config);
            return cases;
        }
    }

    [Theory, MemberData(nameof(TinyModels))]
    public void Logits_and_residual_streams_are_those_recorded_in_double_precision(string name)
    {
        using var model = new LoadedModel(Folder(name));
        var tokens = Tokens(name);
        var taps = new Taps();
        for (var layer = 0; layer < model.Gpt.Config.Layers; layer++)
        {
            taps.Read(Activation.ResidPre, layer);
            taps.Read(Activation.ResidPost, layer);
        }
        var logits = model.Logits(tokens, run => (run.Taps, run.Length) = (taps, 128));
        AssertNear(Floats(Tiny + name + "/logits.f32"), logits, 1e-5, "logits");
        var residuals = Floats(Tiny + name + "/residuals.f32").Chunk(tokens.Length * model.Gpt.Config.Width).ToArray();
        AssertNear(residuals[0], taps[Activation.ResidPre, 0].ToArray(model.Gpt.Backend), 1e-5, "embeddings");
        for (var layer = 0; layer < model.Gpt.Config.Layers; layer++)
            AssertNear(residuals[layer + 1], taps[Activation.ResidPost, layer].ToArray(model.Gpt.Backend), 1e-5, $"layer {layer}");
    }

    [Theory, MemberData(nameof(TinyModels))]
    public void Token_by_token_is_the_whole_prompt_bit_for_bit_and_the_best_tokens_are_those_recorded(string name)
    {
        using var model = new LoadedModel(Folder(name));
        var (config, tokens) = (model.Gpt.Config, Tokens(name).ToList());
        using var store = new KeyValueStore(model.Gpt.Backend, config.Layers, 1, 128, config.KeyValueHeads, config.HeadWidth);
        var whole = model.Logits([.. tokens], run => run.Length = 128);
        var greedy = new List<int>();
        using var expected = Expected(name);
        for (var position = 0; position < tokens.Count; position++)
        {
            var row = model.Logits([tokens[position]], run => (run.Store, run.Length) = (store, 128), position);
            if ((position + 1) * config.VocabularySize <= whole.Length)
                Assert.Equal(whole[(position * config.VocabularySize)..((position + 1) * config.VocabularySize)], row);
            if (position == tokens.Count - 1 && greedy.Count < expected.RootElement.GetProperty("greedy_after_tokens").GetArrayLength())
            {
                greedy.Add(Array.IndexOf(row, row.Max()));
                tokens.Add(greedy[^1]);
            }
        }
        Assert.Equal(expected.RootElement.GetProperty("greedy_after_tokens").EnumerateArray().Select(id => id.GetInt32()), greedy);
    }

    // Its record is of a run of 128 positions, which is longer than its original length of 64; its tokens alone are not.
    [Fact]
    public void A_context_that_is_asked_for_is_the_length_by_which_LongRoPE_chooses()
    {
        using var model = new LoadedModel(Folder("phi4-mini"));
        var (recorded, tokens) = (Floats(Tiny + "phi4-mini/logits.f32"), Tokens("phi4-mini"));
        var alone = model.Logits(tokens);
        Assert.InRange(Near.LargestDifference(recorded, alone) / recorded.Max(Math.Abs), 1e-3, 10);
        model.Gpt.Context = 128;
        AssertNear(recorded, model.Logits(tokens), 1e-5, "the whole prompt");
        float[] Last(Generator generator)
        {
            using (generator)
                generator.Read(tokens);
            return generator.Logits.ToArray();
        }
        AssertNear(recorded[^model.Gpt.Config.VocabularySize..], Last(new Generator(model.Gpt)), 1e-5, "with a cache");
        Assert.Equal(alone[^model.Gpt.Config.VocabularySize..], Last(new Generator(model.Gpt) { Length = tokens.Length }));
        Assert.Throws<ArgumentException>(() => model.Gpt.Context = model.Gpt.Config.Context + 1);
    }

    // Of weights in fewer bits others are loaded for looking, which know nothing of what was asked for unless they are told.
    [Theory, InlineData(null), InlineData(128)]
    public void Looking_inside_chooses_by_the_same_length_as_writing(int? context)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        var options = new SchedulerOptions { Context = context };
        using var model = LanguageModel.Load(Folder("phi4-mini"), backend, ElementType.BFloat16, options);
        var (recorded, tokens) = (Floats(Tiny + "phi4-mini/logits.f32"), Tokens("phi4-mini"));
        Assert.NotSame(model.Gpt, model.PlainGpt);
        Assert.Equal(context ?? model.Gpt.Config.Context, model.PlainGpt.Context);
        using var alone = new LoadedModel(Folder("phi4-mini"));
        if (context is { } asked)
            alone.Gpt.Context = asked;
        using var reading = Reading.Of(model.PlainGpt, tokens, null);
        var last = reading.Logits.ToArray();
        Assert.Equal(alone.Logits(tokens)[^last.Length..], last);
        if (context is not null)
            AssertNear(recorded[^last.Length..], last, 1e-5, "read for looking inside");
    }

    [Theory, MemberData(nameof(GoldenModels))]
    public void Transformers_own_models_have_its_logits_under_both_spellings(string name, string config)
    {
        using var folder = new TemporaryFolder();
        File.Copy(SharedData.Path(Golden + name + "/" + config), folder.File("config.json"));
        File.Copy(SharedData.Path(Golden + name + "/model.safetensors"), folder.File("model.safetensors"));
        using var model = new LoadedModel(folder.Path);
        using var ids = JsonDocument.Parse(File.ReadAllText(SharedData.Path(Golden + name + "/ids.json")));
        using var expected = new SafetensorsReader(SharedData.Path(Golden + name + "/expected.safetensors"));
        foreach (var prompt in (ReadOnlySpan<string>)["a", "b"])
        {
            var tokens = ids.RootElement.GetProperty(prompt).EnumerateArray().Select(id => id.GetInt32()).ToArray();
            AssertNear(expected.ReadFloat32("exact_" + prompt), model.Logits(tokens), name == "gpt-oss" ? 3e-5 : 1e-5, prompt);
        }
    }

    [Theory, MemberData(nameof(TinyModels))]
    public void A_converted_folder_speaks_the_familys_language_and_has_the_same_logits_bit_for_bit(string name)
    {
        using var copy = new TemporaryFolder();
        using var model = new LoadedModel(Folder(name));
        Checkpoint.Save(copy.Path, model.Gpt);
        using var again = new LoadedModel(copy.Path);
        Assert.Equal(model.Gpt.Config, again.Gpt.Config);
        Assert.Equal(model.Logits(Tokens(name)), again.Logits(Tokens(name)));
        using var one = new SafetensorsReader(SharedData.Path(Tiny + name + "/model.safetensors"));
        using var other = new SafetensorsReader(copy.File(Checkpoint.WeightsFile));
        Assert.Equal(one.Names.Order(), other.Names.Order());
        foreach (var tensor in one.Names)
        {
            Assert.Equal(one.Shape(tensor), other.Shape(tensor));
            AssertNear(one.ReadFloat32(tensor), other.ReadFloat32(tensor), 1e-6, tensor); // less 1 and plus 1 may round
        }
    }

    [Theory, MemberData(nameof(TinyModels))]
    public void Every_activation_is_there_and_a_patch_of_the_same_changes_nothing(string name)
    {
        using var model = new LoadedModel(Folder(name));
        var config = model.Gpt.Config;
        var places = ActivationCache.Places(config).ToArray();
        var taps = new Taps();
        foreach (var (activation, layer) in places)
            taps.Read(activation, layer);
        var plain = model.Logits(Tokens(name));
        Assert.Equal(plain, model.Logits(Tokens(name), run => run.Taps = taps));
        var read = places.ToDictionary(place => place, place => taps[place.Activation, place.Layer])
            .Select(entry => (entry.Key.Activation, entry.Key.Layer, Values: entry.Value.ToArray(model.Gpt.Backend),
                Shape: entry.Value.Tensor.Shape.WithColumns(entry.Value.Columns))).ToArray();
        foreach (var (activation, layer, values, shape) in read)
        {
            Assert.True(values.Any(value => value != 0), $"{activation.Name()} of layer {layer} is nothing");
            using var arena = new Arena(model.Gpt.Backend);
            var source = arena.Allocate(shape, ElementType.Float32);
            model.Gpt.Backend.Write(values, source);
            var patched = new Taps().Edit(new TapEdit(activation, layer, EditOperation.Replace, source));
            var difference = Near.LargestDifference(plain, model.Logits(Tokens(name), run => run.Taps = patched));
            Assert.True(difference == 0, $"{activation.Name()} of layer {layer}: {difference}");
        }
    }

    [Theory]
    [InlineData("llama3", """{"rope_scaling": {"rope_type": "dynamic", "factor": 2}}""",
        "'rope_scaling.rope_type' is \"dynamic\", where one of default, linear")]
    [InlineData("llama3", """{"rope_scaling": {"rope_type": "linear"}}""", "'rope_scaling.factor' is missing")]
    [InlineData("llama3", """{"rope_scaling": {"rope_type": "linear", "factor": 2, "beta_fast": 3}}""",
        "'rope_scaling.beta_fast' is 3; a model of the family 'llama'")]
    [InlineData("llama2", """{"quantization_config": {"bits": 4}}""", "plain weights, gpt-oss's mxfp4, and GGUF files can be")]
    [InlineData("llama2", """{"mlp_bias": true}""", "'mlp_bias' is true, which cannot be computed")]
    [InlineData("mistral", """{"attention_bias": true}""", "'attention_bias' is true, which cannot be computed")]
    [InlineData("llama2", """{"sliding_window": 4}""", "'sliding_window' is 4; a model of the family 'llama' knows no such field")]
    [InlineData("llama2", """{"model_type": "llama4"}""", "model_type is 'llama4'; what can be computed is gpt2")]
    [InlineData("qwen2",
        """{"layer_types": ["sliding_attention", "full_attention", "full_attention", "full_attention"]}""", "'layer_types' is")]
    [InlineData("gemma2", """{"layer_types": ["sliding_attention"]}""", "where a kind for each of 4 layers is needed")]
    [InlineData("gemma3", """{"use_bidirectional_attention": true}""", "'use_bidirectional_attention' is true")]
    [InlineData("phi4-mini", """{"rope_scaling": {"type": "longrope", "short_factor": [1], "long_factor": [1]}}""",
        "where a factor for each of 6 pairs")]
    [InlineData("qwen3", """{"rope_parameters": {"rope_type": "default", "rope_theta": 5}}""",
        "'rope_parameters.rope_theta' is 5, where 1000000, as outside, is needed")]
    public void What_is_not_understood_stops_the_load_by_its_name(string name, string flags, string because)
    {
        using var folder = new TemporaryFolder();
        var config = JsonNode.Parse(File.ReadAllText(SharedData.Path(Tiny + name + "/config.json")))!.AsObject();
        foreach (var (field, value) in JsonNode.Parse(flags)!.AsObject())
            config[field] = value?.DeepClone();
        File.WriteAllText(folder.File("config.json"), config.ToJsonString());
        var message = Assert.Throws<InvalidDataException>(() => GptConfig.Load(folder.File("config.json"))).Message;
        Assert.Contains(because, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Stories260K_writes_the_tokens_that_llama2_c_writes()
    {
        using var model = new LoadedModel(Path.GetDirectoryName(SharedData.Path("llama/stories260K-gguf/hf/config.json"))!);
        int[] begun = [1];
        int[] expected = [403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426, 338, 401, 396, 267, 337];
        foreach (var token in expected)
        {
            var logits = model.Logits(begun)[^512..];
            Assert.Equal(token, Array.IndexOf(logits, logits.Max()));
            begun = [.. begun, token];
        }
    }

    private static void AssertNear(float[] expected, float[] actual, double bound, string what)
    {
        var (difference, largest) = (Near.LargestDifference(expected, actual), expected.Max(Math.Abs));
        Assert.True(difference <= bound * largest, $"{what}: {difference:g3} of {largest:g3} is above {bound:g3}");
    }

    private static string Folder(string name) => Path.GetDirectoryName(SharedData.Path(Tiny + name + "/config.json"))!;

    private static JsonDocument Expected(string name) =>
        JsonDocument.Parse(File.ReadAllText(SharedData.Path(Tiny + name + "/expected.json")));

    private static int[] Tokens(string name)
    {
        using var expected = Expected(name);
        return [.. expected.RootElement.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32())];
    }

    private static float[] Floats(string path)
    {
        var bytes = File.ReadAllBytes(SharedData.Path(path));
        return [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToSingle(bytes, 4 * i))];
    }
}
