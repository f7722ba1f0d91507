using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tests.Tensors;
using Pellucid.Training;

namespace Pellucid.Tests.Models;

/// <summary>Feed-forward layers of experts: what they compute, how they learn, and what is counted of them.</summary>
public sealed class ExpertTests
{
    private static readonly GptConfig Plain = SmallGpt.Config with
    {
        Family = ModelFamily.All.Single(family => family.Name == "gpt_oss"), Norm = new(NormKind.Rms, HasBias: false), Gated = true,
        Nonlinearity = Nonlinearity.Silu, LearnedPositions = false, Rotary = new RotaryShape(100, 8), Sinks = true,
        FeedForwardWidth = 20, Experts = new(Count: 5, Active: 2, Clamp: new(1.5f, 0.6f)),
    };

    private static readonly GptConfig WeighedAmongAll = Plain with
    {
        Family = ModelFamily.All.Single(family => family.Name == "qwen3_moe"), Sinks = false, FeedForwardBiases = false,
        AttentionBiases = AttentionBiases.None, Experts = new(Count: 5, Active: 3, WeighedAmongChosen: false),
    };

    public static TheoryData<string> AllBackends => TestBackends.Names;

    public static TheoryData<string> Models => ["mixtral", "qwen3moe", "gpt-oss"];

    [Theory, MemberData(nameof(AllBackends))]
    public void What_experts_say_is_what_plain_loops_compute(string name)
    {
        using var backend = TestBackends.Create(name);
        foreach (var config in (ReadOnlySpan<GptConfig>)[Plain, WeighedAmongAll])
        {
            using var model = new SmallGpt(backend, config);
            for (var index = 0; index < model.Gpt.Layout.Count; index++)
                if (model.Gpt.Layout[index] is { Deviation: 0 } parameter)
                    model.Gpt.Parameters.Write(index, Pellucid.Tests.Tensors.Tensors.RandomValues(parameter.Shape.Count, 9, (uint)index));
            var taps = new Taps().Read(Activation.Ln2, 1).Read(Activation.RouterLogits, 1).Read(Activation.MlpOut, 1);
            model.Logits(rows => rows.Add(SmallGpt.Tokens(30)), run => run.Taps = taps);
            float[][] Rows(Activation activation) =>
                [.. taps[activation, 1].ToArray(backend).Chunk(taps[activation, 1].Columns)];
            var (read, scores, said) = (Rows(Activation.Ln2), Rows(Activation.RouterLogits), Rows(Activation.MlpOut));
            for (var row = 0; row < read.Length; row++)
            {
                var expected = MixtureByHand(model.Gpt, 1, read[row], out var router);
                Near.AssertRelative([.. router.Select(score => (float)score)], scores[row], 1e-5, "scores");
                Near.AssertRelative([.. expected.Select(value => (float)value)], said[row], 1e-4, "what experts say");
            }
        }
    }

    [Theory, MemberData(nameof(AllBackends))]
    public void Cached_steps_of_any_size_equal_the_whole_sequence_and_a_text_beside_others_has_the_same_bits(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend, Plain);
        using var store = new KeyValueStore(backend, Plain.Layers, 2, Plain.Context, Plain.Heads, Plain.HeadWidth);
        var tokens = SmallGpt.Tokens(60);
        var whole = model.Logits(rows => rows.Add(tokens));
        var position = 0;
        foreach (var count in (ReadOnlySpan<int>)[1, 2, 40, 1, 1, 15])
        {
            var (start, part) = (position, tokens[position..(position + count)]);
            Assert.Equal(whole[start..(start + count)], model.Logits(rows => rows.Add(part, start, sequence: 1), run => run.Store = store));
            position += count;
        }
        Assert.Equal(whole, model.Logits(rows =>
        {
            rows.Add(SmallGpt.Tokens(50, 1));
            rows.Add(tokens);
        })[50..]);
    }

    [Theory, MemberData(nameof(Models))]
    public void A_small_model_learns_with_all_of_its_parameters(string name)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        var config = GptConfig.Load(SharedData.Path($"llama/tiny-random-models/{name}/config.json")) with { VocabularySize = 37 };
        using var gpt = new Gpt(config, backend);
        gpt.Initialize(1);
        var before = Enumerable.Range(0, gpt.Layout.Count).Select(index => gpt.Parameters[index].ToFloats(backend)).ToArray();
        var tokens = Enumerable.Range(0, 4000).Select(i => (int)((uint)(i * i + i / 7) % 37)).ToArray();
        using var trainer = new Trainer(gpt, new TokenStream(tokens, 24), new TrainingOptions
        {
            Steps = 60, Batch = 8, LearningRate = 3e-3f, Warmup = 5, EvaluateEvery = 60,
        });
        var losses = new List<double>();
        trainer.Run(report => losses.AddRange(report.TrainLoss is { } loss ? [loss] : []), TestContext.Current.CancellationToken);
        Assert.True(losses[^1] < losses[0] - 0.5, $"from {losses[0]} to {losses[^1]}");
        for (var index = 0; index < before.Length; index++)
            Assert.False(before[index].SequenceEqual(gpt.Parameters[index].ToFloats(backend)), $"{gpt.Layout[index]} has not moved");
    }

    [Fact]
    public void Experts_are_copied_whole_for_tuning_and_low_rank_parts_of_them_are_refused_by_name()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, Plain);
        using var whole = Adapter.Whole(model.Gpt);
        whole.Initialize(1);
        var plain = model.Logits(rows => rows.Add(SmallGpt.Tokens(20)));
        Assert.Equal(plain, model.Logits(rows => rows.Add(SmallGpt.Tokens(20)), run => run.Adapter = whole));
        backend.Fill(whole.Copy(ParameterRole.FeedForwardOutput, 1, expert: 2), 0);
        Assert.NotEqual(plain, model.Logits(rows => rows.Add(SmallGpt.Tokens(20)), run => run.Adapter = whole));
        var config = new AdapterConfig { Targets = ModuleNames.Of(["down_proj"]) };
        Assert.EndsWith("which is of experts; only what every row meets can be adapted",
            Assert.Throws<ArgumentException>(() => new Adapter(model.Gpt, config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_makes_no_garbage_and_memory_stays_flat()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = new Gpt(Plain, backend);
        gpt.Initialize(1);
        using var trainer = new Trainer(gpt, new TokenStream([.. Enumerable.Range(0, 3000).Select(i => i * i % 37)], 20),
            new TrainingOptions { Steps = 100, Batch = 8, MicroBatches = 2 });
        for (var step = 0; step < 3; step++)
            trainer.TrainStep();
        var held = gpt.Parameters.Bytes + trainer.WorkingBytes;
        Assert.Equal(0, Garbage.OfTenSteps(() => trainer.TrainStep()));
        Assert.Equal(held, gpt.Parameters.Bytes + trainer.WorkingBytes);
    }

    [Theory]
    [InlineData(ElementType.PackedFloat32)]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_0)]
    public void Experts_may_be_stored_in_fewer_bits_and_gradients_flow_through_them_to_the_router(ElementType type)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var reference = TestBackends.Create("reference");
        var folder = Path.GetDirectoryName(SharedData.Path("llama/tiny-random-models/mixtral/config.json"))!;
        using var stored = Checkpoint.Load(folder, backend, type);
        using var slow = Checkpoint.Load(folder, reference, type);
        using var slowArena = new Arena(reference);
        using var slowRows = new TokenRows(reference);
        slowRows.Add(SmallGpt.Tokens(20));
        var slowRun = new GptRun(new Operations(reference, slowArena));
        var expected = slow.Logits(slow.Forward(slowRows, slowRun), slowRun).ToFloats(reference);
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        using var rows = new TokenRows(backend);
        rows.Add(SmallGpt.Tokens(20));
        var run = new GptRun(new Operations(backend, arena, tape));
        var logits = stored.Logits(stored.Forward(rows, run), run);
        Near.AssertRelative(expected, logits.ToFloats(backend), 1e-3, $"{type}"); // a number that is rounded otherwise shows
        tape.Seed(logits, logits.Detached);
        tape.Backward();
        Assert.Contains(stored.Parameters.Gradient(stored[ParameterRole.Router, 0]).ToFloats(backend), slope => slope != 0);
        Assert.False(stored.Parameters.Trains(stored.Parameters.IndexOf("layers.0.block_sparse_moe.experts.0.w1.weight")));
    }

    [Theory]
    [InlineData("mixtral", 46_702_792_704, 12_879_925_248)]
    [InlineData("gpt_oss", 116_829_156_672, 5_711_982_912)]
    public void Parameters_are_those_published_and_a_row_meets_few_of_them(string family, long all, long active)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), $$"""{"model_type": "{{family}}"}"""); // what is not said is the published model
        var config = GptConfig.Load(folder.File("config.json"));
        Assert.Equal(all, config.Parameters);
        Assert.Equal(active, config.ActiveParameters);
    }

    [Fact]
    public void Shapes_that_cannot_be_are_refused()
    {
        foreach (var (config, why) in (ReadOnlySpan<(GptConfig, string)>)
        [
            (Plain with { Experts = new(4, 5) }, "a row cannot be given to 5 of 4 experts"),
            (Plain with { Experts = new(4, 0) }, "experts of a row must be at least 1, not 0"),
            (Plain with { Experts = new(5000, 1) }, "5000 experts in each of 2 layers are more than 4096 in one, or 100000 in all"),
            (Plain with { Gated = false }, "experts are gated neurons"),
            (Plain with { Experts = new(4, 2, Clamp: new(1, 0)) }, "gates cannot be held to 0"),
        ])
            Assert.Equal(why, Assert.Throws<ArgumentException>(config.Validate).Message);
    }

    // One row, in double precision.
    private static double[] MixtureByHand(Gpt gpt, int layer, float[] x, out double[] scores)
    {
        var (shape, C) = (gpt.Config.Experts!, x.Length);
        double[] Values(ParameterRole role, int expert = -1) => gpt.Find(role, layer, expert) is { IsEmpty: false } parameter
            ? [.. parameter.ToFloats(gpt.Backend).Select(value => (double)value)] : [];
        double[] Times(IReadOnlyList<double> row, ParameterRole weight, ParameterRole bias, int expert = -1)
        {
            var (w, b) = (Values(weight, expert), Values(bias, expert));
            var N = w.Length / row.Count;
            return [.. Enumerable.Range(0, N)
                .Select(n => row.Select((value, k) => value * w[k * N + n]).Sum() + (b.Length == 0 ? 0 : b[n]))];
        }
        double[] read = [.. x.Select(value => (double)value)];
        var said = scores = Times(read, ParameterRole.Router, ParameterRole.RouterBias);
        var chosen = Enumerable.Range(0, shape.Count).OrderByDescending(e => said[e]).Take(shape.Active).ToArray();
        var total = (shape.WeighedAmongChosen ? chosen : Enumerable.Range(0, shape.Count)).Sum(e => Math.Exp(said[e]));
        var y = new double[C];
        foreach (var expert in chosen)
        {
            var gate = Times(read, ParameterRole.FeedForwardGate, ParameterRole.FeedForwardGateBias, expert);
            var up = Times(read, ParameterRole.FeedForwardInput, ParameterRole.FeedForwardInputBias, expert);
            var neurons = gate.Zip(up, (g, u) =>
            {
                if (shape.Clamp is not { } clamp)
                    return g / (1 + Math.Exp(-g)) * u;
                g = Math.Min(g, clamp.Limit);
                return g / (1 + Math.Exp(-clamp.Slope * g)) * (Math.Clamp(u, -clamp.Limit, clamp.Limit) + 1);
            }).ToArray();
            var own = Times(neurons, ParameterRole.FeedForwardOutput, ParameterRole.FeedForwardOutputBias, expert);
            for (var c = 0; c < C; c++)
                y[c] += Math.Exp(said[expert]) / total * own[c];
        }
        return y;
    }
}
