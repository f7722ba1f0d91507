using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tests.Tensors;

namespace Pellucid.Tests.Models.Adapters;

/// <summary>What is learned beside a model: where it begins, how gradients flow, and what is refused.</summary>
public sealed class AdapterTests
{
    private static readonly GptConfig Small = new() { VocabularySize = 7, Context = 6, Layers = 2, Heads = 2, Width = 4 };

    private static readonly GptConfig Llama = new()
    {
        Family = ModelFamily.Llama, VocabularySize = 37, Context = 150, Layers = 2, Heads = 4, KeyValueHeads = 2, Width = 32,
        Norm = new(NormKind.Rms, HasBias: false), LearnedPositions = false, Rotary = new RotaryShape(10000, 8), Gated = true,
        Nonlinearity = Nonlinearity.Silu, AttentionBiases = AttentionBiases.None, FeedForwardBiases = false, TiedOutput = false,
        FeedForwardWidth = 64,
    };

    public static TheoryData<string> Backends => TestBackends.Names;

    [Theory, MemberData(nameof(Backends))]
    public void A_fresh_adapter_leaves_the_bits_of_the_model(string name)
    {
        using var backend = TestBackends.Create(name);
        foreach (var shape in (GptConfig[])[SmallGpt.Config, Llama])
            foreach (var config in (AdapterConfig[])[new(), new() { Dora = true }, new() { HasBias = true, RankStabilised = true }])
            {
                using var model = new SmallGpt(backend, shape);
                using var adapter = new Adapter(model.Gpt, config);
                adapter.Initialize(3);
                var plain = model.Logits(rows => rows.Add(SmallGpt.Tokens(90)));
                Assert.Equal(plain, model.Logits(rows => rows.Add(SmallGpt.Tokens(90)), run => run.Adapter = adapter));
                using var whole = Adapter.Whole(model.Gpt);
                whole.Initialize(3);
                Assert.Equal(plain, model.Logits(rows => rows.Add(SmallGpt.Tokens(90)), run => run.Adapter = whole));
            }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_equal_finite_differences(bool hasBias)
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend, Small, ElementType.Float64);
        model.Gpt.Parameters.Freeze();
        using var adapter = new Adapter(model.Gpt, new AdapterConfig
        {
            Rank = 2, HasBias = hasBias, Dropout = 0.3f, Biases = AdapterBiases.All,
        });
        Randomise(adapter);
        RequireGradients(model, adapter);
        Assert.Throws<InvalidOperationException>(() => model.Gpt.Parameters.Gradient(model.Gpt.Parameters[0]));
    }

    [Theory]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_0)]
    public void A_base_of_fewer_bits_is_tuned_through(ElementType type)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = new Gpt(Llama, backend, weights: type);
        gpt.Initialize(5);
        gpt.Parameters.Freeze();
        using var adapter = new Adapter(gpt, new AdapterConfig());
        adapter.Initialize(1);
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        using var rows = new TokenRows(backend);
        rows.Add(SmallGpt.Tokens(20));
        var losses = new List<double>();
        for (var step = 1; step <= 30; step++)
        {
            var run = new GptRun(new Operations(backend, arena, tape)) { Adapter = adapter };
            run.Operations.Reset();
            adapter.Parameters.ClearGradients();
            var targets = arena.Allocate(new Shape(20), ElementType.Int32);
            backend.Write([.. SmallGpt.Tokens(20)[1..], 3], targets);
            var of = gpt.Loss(gpt.Forward(rows, run), targets, 0.05f, run).ToFloats(backend);
            tape.Backward();
            losses.Add(-of.Average());
            adapter.Parameters.Update(new AdamWStep(1e-2f, 0.9f, 0.99f, 1e-8f, 0, step), 1, static _ => false);
        }
        Assert.True(losses[^1] < losses[0] - 0.4, $"{losses[0]} to {losses[^1]}");
    }

    [Fact]
    public void P11_a_scale_is_what_rank_alpha_and_patterns_say()
    {
        var config = new AdapterConfig { Rank = 16, Alpha = 16, RankStabilised = true, RankPatterns = [new("c_fc", 4)] };
        Assert.Equal(4, config.ScaleOf("transformer.h.0.attn.c_attn"));
        Assert.Equal(8, config.ScaleOf("transformer.h.0.mlp.c_fc"));
        Assert.Equal(1, (config with { RankStabilised = false }).ScaleOf("transformer.h.0.attn.c_attn"));
        // One layer of GPT-2: rank 8 on c_attn is 8 (768 + 2304) numbers, on all four 98,304.
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = new Gpt(new GptConfig { VocabularySize = 3, Context = 4, Layers = 1, Heads = 12, Width = 768 }, backend);
        using var one = new Adapter(gpt, new AdapterConfig { Targets = ModuleNames.Of(["c_attn"]) });
        using var all = new Adapter(gpt, new AdapterConfig());
        Assert.Equal((294_912 / 12, 1_179_648 / 12), (one.TrainedCount, all.TrainedCount));
    }

    [Theory]
    [InlineData("'target_modules' has 'q_proj'; the model has no such module, but c_attn, c_proj, c_fc", "q_proj")]
    [InlineData("'target_modules' has 'ln_f', which is neither a linear layer nor a table; only those can be adapted", "ln_f")]
    public void Modules_that_are_not_there_are_refused(string message, string target)
    {
        using var backend = TestBackends.Create("reference");
        using var gpt = new Gpt(Small, backend);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() =>
            new Adapter(gpt, new AdapterConfig { Targets = ModuleNames.Of([target]) })).Message);
    }

    [Theory]
    [InlineData("\"use_qalora\": true", "'use_qalora' is true, which cannot be computed")]
    [InlineData("\"loftq_config\": {\"bits\": 4}", "'loftq_config' is {\"bits\": 4}, which cannot be computed")]
    [InlineData("\"peft_type\": \"IA3\"", "'peft_type' is \"IA3\", where LORA is needed")]
    [InlineData("\"newest\": 1", "'newest' is 1; an adapter knows no such field, so what it changes cannot be computed")]
    [InlineData("\"bias\": \"some\"", "'bias' is \"some\", where none, lora_only or all is needed")]
    [InlineData("\"modules_to_save\": [\"wte\"]",
        "'modules_to_save' has 'wte', which is the output table too; copies of one of the two are not kept")]
    [InlineData("\"exclude_modules\": \"(\"", "the regular expression ^(?:()$ cannot be matched")]
    public void Fields_that_cannot_be_computed_are_refused_by_name(string field, string message)
    {
        using var backend = TestBackends.Create("reference");
        using var gpt = new Gpt(Small, backend);
        using var folder = new TemporaryFolder();
        using (var adapter = new Adapter(gpt, new AdapterConfig()))
            AdapterFolder.Write(folder.Path, adapter, gpt);
        var path = Path.Combine(folder.Path, AdapterFolder.ConfigFile);
        var name = field[1..field.IndexOf(':')].Trim('"');
        var lines = File.ReadAllLines(path).Where(line => !line.TrimStart().StartsWith($"\"{name}\"", StringComparison.Ordinal)).ToList();
        lines.Insert(1, field + ",");
        File.WriteAllLines(path, lines);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => AdapterFolder.Read(folder.Path, gpt)).Message);
    }

    [Fact]
    public void Weights_that_do_not_fit_are_refused_by_name()
    {
        using var backend = TestBackends.Create("reference");
        using var gpt = new Gpt(Small, backend);
        using var folder = new TemporaryFolder();
        using (var adapter = new Adapter(gpt, new AdapterConfig { Rank = 2, Targets = ModuleNames.Of(["c_attn", "c_fc"]) }))
            AdapterFolder.Write(folder.Path, adapter, gpt);
        var path = Path.Combine(folder.Path, AdapterFolder.ConfigFile);
        var text = File.ReadAllText(path);
        string Error(string written)
        {
            File.WriteAllText(path, written);
            return Assert.Throws<InvalidDataException>(() => AdapterFolder.Read(folder.Path, gpt)).Message;
        }

        Assert.Contains("tensor base_model.model.transformer.h.0.attn.c_attn.lora_A.weight is (2, 4), but adapter_config.json and the "
            + "model call for (3, 4)", Error(text.Replace("\"r\": 2", "\"r\": 3")));
        Assert.Contains("tensor base_model.model.transformer.h.0.mlp.c_fc.lora_A.weight has no place in the adapter",
            Error(text.Replace("\"c_attn\",", "\"c_attn\"").Replace("\"c_fc\"", "")));
    }

    // Of what the adapter learns, a few elements each.
    internal static void RequireGradients(SmallGpt model, Adapter adapter)
    {
        var backend = model.Gpt.Backend;
        double Loss(bool gradients)
        {
            var run = model.NewRun(training: true);
            run.Adapter = adapter;
            using var rows = new TokenRows(backend);
            rows.Add([1, 2, 3, 4, 5]);
            var targets = run.Operations.Arena.Allocate(new Shape(5), ElementType.Int32);
            backend.Write([2, 3, -1, 5, 6], targets);
            var loss = model.Gpt.Loss(model.Gpt.Forward(rows, run), targets, 0.25f, run).ToDoubles().Sum() * -0.25;
            if (gradients)
                model.Tape.Backward();
            return loss;
        }

        adapter.Parameters.ClearGradients();
        Loss(gradients: true);
        foreach (var index in Enumerable.Range(0, adapter.Parameters.Count).Where(adapter.Parameters.Trains))
        {
            var (parameter, gradient) = (adapter.Parameters[index], adapter.Parameters.Gradient(adapter.Parameters[index]).ToDoubles());
            for (var i = 0; i < gradient.Length; i += 1 + gradient.Length / 4)
                Assert.Equal(TapeTests.Difference(parameter, i, () => Loss(gradients: false)), gradient[i], 1e-7);
        }
    }

    internal static void Randomise(Adapter adapter, float size = 0.3f, ulong seed = 9)
    {
        adapter.Initialize(1);
        foreach (var index in Enumerable.Range(0, adapter.Parameters.Count).Where(adapter.Parameters.Trains))
            adapter.Parameters.Write(index, [.. adapter.Read(index).Select((value, i) =>
                value + size * CounterRandom.Normal(seed, (uint)index, 0, (ulong)i))]);
        adapter.Refresh();
    }
}
