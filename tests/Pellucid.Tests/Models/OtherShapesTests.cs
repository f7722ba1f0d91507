using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Training;

namespace Pellucid.Tests.Models;

/// <summary>GPT-1, which normalises after each layer, and GPT-3, whose every second layer sees a band of keys.</summary>
public sealed class OtherShapesTests
{
    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    private static readonly GptConfig[] Shapes =
    [
        SmallGpt.Config with { Family = ModelFamily.Gpt1, Norm = new(Place: NormPlace.Stream) }, Banded(3), Banded(70),
    ];

    private static GptConfig Banded(int band) => SmallGpt.Config with { Windows = Gpt2Family.Banded(SmallGpt.Config.Layers, band) };

    [Theory, MemberData(nameof(FastBackends))]
    public void Cached_steps_of_any_size_equal_the_whole_sequence(string name)
    {
        using var backend = TestBackends.Create(name);
        foreach (var config in Shapes)
        {
            using var model = new SmallGpt(backend, config);
            using var store = new KeyValueStore(backend, config.Layers, 2, config.Context, config.Heads, config.HeadWidth);
            var tokens = SmallGpt.Tokens(140);
            var whole = model.Logits(rows => rows.Add(tokens));
            var position = 0;
            foreach (var count in (ReadOnlySpan<int>)[1, 2, 60, 1, 1, 70, 1, 4])
            {
                var (start, part) = (position, tokens[position..(position + count)]);
                Assert.Equal(whole[start..(start + count)],
                    model.Logits(rows => rows.Add(part, start, sequence: 1), run => run.Store = store));
                position += count;
            }
            var beside = model.Logits(rows =>
            {
                rows.Add(SmallGpt.Tokens(5, 1));
                rows.Add(tokens);
            });
            Assert.Equal(whole, beside[5..]);
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Logits_and_gradients_agree_with_the_reference(string name)
    {
        using var reference = TestBackends.Create("reference");
        using var backend = TestBackends.Create(name);
        foreach (var config in Shapes)
        {
            using var slow = new SmallGpt(reference, config);
            using var fast = new SmallGpt(backend, config);
            int[][] batch = [SmallGpt.Tokens(131), SmallGpt.Tokens(131, 1)];
            Near.AssertRelative([.. slow.AddGradients(batch, 1f / 260)], [.. fast.AddGradients(batch, 1f / 260)],
                1e-5, $"losses of {config}");
            Near.AssertRelative(slow.AllGradients(), fast.AllGradients(), 1e-4, $"gradients of {config}");
        }
    }

    [Fact]
    public void A_token_before_the_band_is_seen_through_the_dense_layer_only()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend, Banded(5));
        var taps = new Taps();
        taps.Read(Activation.Pattern, 0);
        taps.Read(Activation.Pattern, 1);
        model.Logits(rows => rows.Add(SmallGpt.Tokens(20)), run => run.Taps = taps);
        foreach (var (layer, band) in (ReadOnlySpan<(int, int)>)[(0, 20), (1, 5)])
        {
            var pattern = Pellucid.Tests.Tensors.Tensors.ToFloats(taps[Activation.Pattern, layer].Tensor, backend); // (H, 20, 20)
            for (var row = 0; row < 20; row++)
                for (var key = 0; key < 20; key++)
                    Assert.Equal(key <= row && key > row - band, pattern[row * 20 + key] > 0);
        }
    }

    [Fact]
    public void Without_attention_and_neurons_GPT1_is_two_LayerNorms_a_block_and_no_more()
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend, SmallGpt.Config with { Norm = new(Place: NormPlace.Stream), Layers = 1 });
        foreach (var name in model.Gpt.Parameters.Names.Where(name =>
            name.EndsWith("c_proj.weight", StringComparison.Ordinal) || name.EndsWith("c_proj.bias", StringComparison.Ordinal)))
            backend.Fill(model.Gpt.Parameters[name], 0);
        backend.Fill(model.Gpt[ParameterRole.AttentionNormGain, 0], 3);
        backend.Fill(model.Gpt[ParameterRole.FeedForwardNormGain, 0], 2);
        backend.Fill(model.Gpt[ParameterRole.FeedForwardNormBias, 0], 0.5f);
        float[] Values(string name) => Pellucid.Tests.Tensors.Tensors.ToFloats(model.Gpt.Parameters[name], backend);
        var (tokens, positions, C) = (Values("wte.weight"), Values("wpe.weight"), SmallGpt.Config.Width);
        var x = Enumerable.Range(0, C).Select(c => (double)tokens[4 * C + c] + positions[c]).ToArray();
        var mean = x.Average();
        var deviation = Math.Sqrt(x.Average(value => (value - mean) * (value - mean)));
        // a LayerNorm of what is normalised changes nothing
        var expected = x.Select(value => 2 * (value - mean) / deviation + 0.5).ToArray();
        var logits = model.Logits(rows => rows.Add([4]))[0];
        for (var token = 0; token < logits.Length; token++)
            Assert.Equal(expected.Select((value, c) => value * tokens[token * C + c]).Sum(), logits[token], 1e-2);
    }

    [Fact]
    public void They_are_saved_and_loaded_under_the_names_that_others_know()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        foreach (var config in Shapes)
        {
            using var model = new SmallGpt(backend, config);
            Checkpoint.Save(folder.Path, model.Gpt);
            using var reader = new SafetensorsReader(folder.File(Checkpoint.WeightsFile));
            Assert.Equal(config.Norm.Place == NormPlace.Stream, reader.Contains("transformer.tokens_embed.weight"));
            using var loaded = Checkpoint.Load(folder.Path, backend);
            Assert.Equal(config, loaded.Config);
        }
    }

    [Fact]
    public void Weights_may_lie_in_several_files()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        var parameters = model.Gpt.Parameters;
        Checkpoint.Save(folder.Path, model.Gpt);
        File.Delete(folder.File(Checkpoint.WeightsFile));
        var names = parameters.Names.ToArray();
        foreach (var (file, part) in (ReadOnlySpan<(string, string[])>)[("a.safetensors", names[..7]), ("b.safetensors", names[7..])])
            SafetensorsWriter.Write(folder.File(file), [.. part.Select(name => (name, parameters[name]))], backend);
        void Index(Func<string, string> file) => File.WriteAllText(folder.File("model.safetensors.index.json"),
            "{\"metadata\":{\"total_size\":1},\"weight_map\":{"
                + string.Join(',', names.Select(name => $"\"{name}\":\"{file(name)}\"")) + "}}");
        Index(name => Array.IndexOf(names, name) < 7 ? "a.safetensors" : "b.safetensors");
        using (var loaded = Checkpoint.Load(folder.Path, backend))
            Assert.Equal(Pellucid.Tests.Tensors.Tensors.ToFloats(parameters["ln_f.bias"], backend),
                Pellucid.Tests.Tensors.Tensors.ToFloats(loaded[ParameterRole.FinalNormBias], backend));
        Index(_ => "a.safetensors");
        Assert.EndsWith("is missing, which model.safetensors.index.json promises",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder.Path, backend)).Message, StringComparison.Ordinal);
        Index(_ => "../a.safetensors");
        Assert.EndsWith("is said to lie in '../a.safetensors', which is no name of a file beside it",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder.Path, backend)).Message, StringComparison.Ordinal);
        Index(_ => "c.safetensors");
        Assert.EndsWith("lists c.safetensors, which is not there",
            Assert.Throws<FileNotFoundException>(() => Checkpoint.Load(folder.Path, backend)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama3-8b")]
    [InlineData("qwen3-0.6b")]
    [InlineData("experts")]
    public void Memory_is_what_was_planned(string family)
    {
        using var backend = TestBackends.Create("Vector128");
        var plain = new GptConfig { VocabularySize = 500, Context = 64, Layers = 4, Heads = 4, Width = 128 };
        var config = family == "gpt2" ? plain
            : GptPresets.Find(family == "experts" ? "llama3-8b" : family)! with
            {
                VocabularySize = 500, Context = 64, Layers = 4, Heads = 4, KeyValueHeads = 2, HeadWidth = 32, Width = 128,
                FeedForwardWidth = 342,
                Rotary = new RotaryShape(1e4, 32),
            };
        if (family == "experts")
            config = config with { Family = ModelFamily.All.Single(one => one.Name == "mixtral"), Experts = new(Count: 6, Active: 2) };
        using var gpt = new Gpt(config, backend);
        gpt.Initialize(1);
        using var trainer = new Trainer(gpt, new TokenStream(new int[4000], 64), new TrainingOptions { Steps = 3, Batch = 32 });
        trainer.TrainStep();
        var plan = MemoryPlan.Of(config, 32, 64);
        Assert.InRange(gpt.Parameters.Bytes / (double)(plan.Weights + plan.Training), 1, 1.05);
        Assert.InRange(trainer.WorkingBytes / (double)plan.Activations, 0.9, 1.25);
    }

    [Theory]
    [InlineData(ElementType.Float32, 0)]
    [InlineData(ElementType.BFloat16, 0)]
    [InlineData(ElementType.Q8_0, 70)]
    [InlineData(ElementType.Float32, 70)]
    public void Keys_and_values_take_what_is_planned(ElementType type, int window)
    {
        const int context = 300;
        using var backend = TestBackends.Create("Vector128");
        var config = SmallGpt.Config with
        {
            Context = context, Windows = PerLayer<int>.Of(SmallGpt.Config.Layers, layer => layer * window),
        };
        using var store = new KeyValueStore(backend, config.Layers, sequences: 2, context, config.KeyValueHeads, config.HeadWidth, type,
            [.. Enumerable.Range(0, config.Layers).Select(layer => config.Windows[layer])]);
        var most = 0L;
        for (var position = 0; position < context; position++)
        {
            for (var layer = 0; layer < config.Layers; layer++)
                store.Reserve(layer, [new Segment(0, 1, position, Sequence: 0), new Segment(1, 1, position, Sequence: 1)],
                    config.Block(layer).Attention);
            most = Math.Max(most, store.Bytes);
        }
        Assert.Equal(MemoryPlan.Of(config, batch: 2, context, type).KeyValues, most);
    }
}
