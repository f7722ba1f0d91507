using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models;

/// <summary>A model whose weights lie in blocks of several formats, as files hold them.</summary>
public sealed class BlockModelTests
{
    private static readonly GptConfig Config = SmallGpt.Config with { Width = 256, Heads = 4, KeyValueHeads = 2 };

    [Theory, MemberData(nameof(TestBackends.CpuNames), MemberType = typeof(TestBackends))]
    public void Logits_and_gradients_have_the_bits_of_what_the_blocks_stand_for(string name)
    {
        using var backend = TestBackends.Create(name);
        using var blocks = NewModel(backend);
        blocks.Gpt.Parameters.RoundsActivations = false;
        using var plain = new SmallGpt(Plain(blocks.Gpt));
        Assert.Equal(("q4_K × 384, q6_K × 128", "q6_K"),
            (Storage(blocks.Gpt, ParameterRole.AttentionInput, 1), Storage(blocks.Gpt, ParameterRole.TokenTable, -1)));
        var tokens = SmallGpt.Tokens(40);
        Assert.Equal(plain.Logits(rows => rows.Add(tokens)), blocks.Logits(rows => rows.Add(tokens)));

        int[][] batch = [SmallGpt.Tokens(31), SmallGpt.Tokens(31, 1)];
        Assert.Equal(plain.AddGradients(batch, 1f / 60), blocks.AddGradients(batch, 1f / 60));
        var trained = Enumerable.Range(0, blocks.Gpt.Parameters.Count).Where(blocks.Gpt.Parameters.Trains).ToArray();
        Assert.Equal(3 + 2 * 8, trained.Length); // positions, gains and biases
        foreach (var index in trained)
            Assert.Equal(Gradient(plain, index), Gradient(blocks, index));
    }

    [Theory, MemberData(nameof(TestBackends.CpuNames), MemberType = typeof(TestBackends))]
    public void Cached_steps_beside_others_have_the_bits_of_the_whole(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = NewModel(backend);
        using var store = new KeyValueStore(backend, Config.Layers, 2, Config.Context, Config.KeyValueHeads, Config.HeadWidth);
        var tokens = SmallGpt.Tokens(30);
        var whole = model.Logits(rows => rows.Add(tokens));
        var position = 0;
        foreach (var count in (ReadOnlySpan<int>)[1, 20, 1, 1, 7])
        {
            var (start, part) = (position, tokens[position..(position + count)]);
            Assert.Equal(whole[start..(start + count)], model.Logits(rows => rows.Add(part, start), run => run.Store = store));
            position += count;
        }
        using var alone = new SmallGpt(NewGpt(TestBackends.CreateCpu(name, threads: 1)));
        Assert.Equal(whole, alone.Logits(rows => rows.Add(tokens)));
        alone.Backend.Dispose();
    }

    [Theory, MemberData(nameof(TestBackends.CpuNames), MemberType = typeof(TestBackends))]
    public void Experts_in_blocks_answer_as_what_those_stand_for(string name)
    {
        using var backend = TestBackends.Create(name);
        var config = Config with
        {
            Family = new MixtralFamily(), Norm = new(NormKind.Rms, HasBias: false), LearnedPositions = false,
            AttentionBiases = AttentionBiases.None, FeedForwardBiases = false, Gated = true, Nonlinearity = Nonlinearity.Silu,
            Experts = new(4, 2),
        };
        var gpt = new Gpt(config, backend, parameter => parameter.Expert < 0 ? null : [new(parameter.Shape.Columns, ElementType.MxFp4)]);
        gpt.Initialize(7);
        gpt.Parameters.RoundsActivations = false;
        using var blocks = new SmallGpt(gpt);
        using var plain = new SmallGpt(Plain(gpt));
        Assert.Equal(("mxfp4", "f32"), (Storage(gpt, ParameterRole.FeedForwardGate, 1, 3), Storage(gpt, ParameterRole.AttentionInput, 1)));
        var tokens = SmallGpt.Tokens(40);
        Assert.Equal(plain.Logits(rows => rows.Add(tokens)), blocks.Logits(rows => rows.Add(tokens)));
        int[][] batch = [SmallGpt.Tokens(31), SmallGpt.Tokens(31, 1)];
        Assert.Equal(plain.AddGradients(batch, 1f / 60), blocks.AddGradients(batch, 1f / 60));
        foreach (var index in Enumerable.Range(0, gpt.Parameters.Count).Where(gpt.Parameters.Trains))
            Assert.Equal(Gradient(plain, index), Gradient(blocks, index));
    }

    [Fact]
    public void Rows_meet_eight_and_four_bits_in_singles_where_that_is_asked_for()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(new Gpt(Config, backend, weights: ElementType.Q8_0));
        model.Gpt.Initialize(7);
        using var plain = new SmallGpt(Plain(model.Gpt));
        var tokens = SmallGpt.Tokens(40);
        float[] Logits(SmallGpt of) => [.. of.Logits(rows => rows.Add(tokens)).SelectMany(row => row)];
        Assert.InRange(Near.RelativeError(Logits(plain), Logits(model)), 1e-4, 0.02);
        model.Gpt.Parameters.RoundsActivations = false;
        Assert.Equal(Logits(plain), Logits(model));
        Assert.Equal(Logits(plain)[^37..][5], TokenLogits(model, tokens, [5])[^1]);
        model.Gpt.Parameters.RoundsActivations = true;
        Assert.Throws<NotSupportedException>(() => TokenLogits(model, tokens, [5]));
    }

    private static float[] TokenLogits(SmallGpt model, int[] tokens, int[] wanted)
    {
        using var rows = new TokenRows(model.Backend);
        rows.Add(tokens);
        var run = model.NewRun();
        var logits = model.Gpt.Logits(model.Gpt.Forward(rows, run), wanted, run);
        var values = new float[logits.Count];
        model.Backend.Read(logits, values);
        return values;
    }

    private static SmallGpt NewModel(Backend backend) => new(NewGpt(backend));

    // As in a file of the kind q4_K_M: values, the way down and the table in more bits than the rest.
    private static Gpt NewGpt(Backend backend)
    {
        var gpt = new Gpt(Config, backend, parameter => parameter switch
        {
            { Form: WeightForm.None } => null,
            { Role: ParameterRole.AttentionInput } =>
                [new(256, ElementType.Q4_K), new(128, ElementType.Q4_K), new(128, ElementType.Q6_K)],
            { Role: ParameterRole.TokenTable } => [new(Config.VocabularySize, ElementType.Q6_K)],
            { Role: ParameterRole.FeedForwardOutput } => [new(256, ElementType.Q5_0)],
            _ => [new(parameter.Shape.Columns, ElementType.Q4_K)],
        });
        gpt.Initialize(7);
        return gpt;
    }

    private static Gpt Plain(Gpt gpt)
    {
        var plain = new Gpt(gpt.Config, gpt.Backend);
        for (var index = 0; index < gpt.Parameters.Count; index++)
        {
            var values = new float[gpt.Parameters[index].Count];
            gpt.Parameters.Read(index, values);
            plain.Parameters.Write(index, values);
        }
        return plain;
    }

    private static string Storage(Gpt gpt, ParameterRole role, int layer, int expert = -1) => gpt.Parameters.StorageOf(
        Enumerable.Range(0, gpt.Layout.Count).Single(index => gpt.Layout[index].Place == (role, layer, expert)));

    private static float[] Gradient(SmallGpt model, int index)
    {
        var gradient = model.Gpt.Parameters.Gradient(model.Gpt.Parameters[index]);
        var values = new float[gradient.Count];
        model.Backend.Read(gradient, values);
        return values;
    }
}
