using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models;

public sealed class GptTests
{
    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    [Theory]
    [InlineData("gpt1", 116_534_784)]
    [InlineData("gpt2", 124_439_808)]
    [InlineData("gpt2-medium", 354_823_168)]
    [InlineData("gpt2-large", 774_030_080)]
    [InlineData("gpt2-xl", 1_557_611_200)]
    [InlineData("gpt3-small", 125_226_240)]
    [InlineData("gpt3-medium", 355_871_744)]
    [InlineData("gpt3-large", 760_300_032)]
    [InlineData("gpt3-xl", 1_315_723_264)]
    [InlineData("gpt3-2.7b", 2_651_553_280)]
    [InlineData("gpt3-6.7b", 6_658_404_352)]
    [InlineData("gpt3-13b", 12_853_386_240)]
    [InlineData("gpt3-175b", 174_604_259_328)]
    [InlineData("llama-15m", 15_191_712)]
    [InlineData("llama-42m", 41_689_600)]
    [InlineData("llama-110m", 109_529_856)]
    [InlineData("smollm2-135m", 134_515_008)]
    [InlineData("tinyllama-1.1b", 1_100_048_384)]
    [InlineData("llama2-7b", 6_738_415_616)]
    [InlineData("llama3-8b", 8_030_261_248)]
    [InlineData("qwen3-0.6b", 596_049_920)]
    [InlineData("qwen3-1.7b", 1_720_574_976)]
    public void Presets_have_the_published_number_of_parameters(string name, long parameters) =>
        Assert.Equal(parameters, GptPresets.Find(name)!.Parameters);

    [Fact]
    public void Counted_parameters_are_those_that_exist()
    {
        using var backend = TestBackends.Create("reference");
        foreach (var config in (GptConfig[])[SmallGpt.Config, SmallGpt.Config with { FeedForwardWidth = 0 },
            SmallGpt.Config with { Norm = NormShape.None }, SmallGpt.Config with { Norm = new(Place: NormPlace.Stream) }])
        {
            using var gpt = new Gpt(config, backend);
            Assert.Equal(config.Parameters, gpt.Parameters.Names.Sum(name => gpt.Parameters[name].Count));
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void A_fresh_model_is_as_surprised_as_by_dice(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend, SmallGpt.Config with { VocabularySize = 65 });
        model.Gpt.Initialize(3);
        var loss = -model.AddGradients([SmallGpt.Tokens(130), SmallGpt.Tokens(130, 1)], 1).Average();
        Assert.Equal(Math.Log(65), loss, 0.02);
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Accumulated_gradients_equal_those_of_one_batch(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        int[][] batch = [SmallGpt.Tokens(40), SmallGpt.Tokens(40, 1), SmallGpt.Tokens(40, 2), SmallGpt.Tokens(40, 3)];
        model.AddGradients(batch, 1f / 156);
        var whole = model.AllGradients();
        model.Gpt.Parameters.ClearGradients();
        model.AddGradients(batch[..2], 1f / 156);
        model.AddGradients(batch[2..], 1f / 156);
        Near.AssertRelative(whole, model.AllGradients(), 1e-6, "gradients");
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(96, false)]
    public void Models_without_feed_forward_or_LayerNorm_have_exact_gradients(int feedForward, bool layerNorm)
    {
        var config = new GptConfig
        {
            VocabularySize = 7, Context = 6, Layers = 2, Heads = 2, Width = 4, FeedForwardWidth = feedForward,
            Norm = layerNorm ? new() : NormShape.None
        };
        using var reference = TestBackends.Create("reference");
        using var fast = TestBackends.Create("Vector128");
        var gradients = new List<float[]>();
        foreach (var backend in (Backend[])[reference, fast])
        {
            using var model = new SmallGpt(backend, config);
            model.AddGradients([[1, 2, 3, 4, 5, 6], [6, 1, 0, 2, 2]], 1f / 9);
            gradients.Add(model.AllGradients());
        }
        Near.AssertRelative(gradients[0], gradients[1], 1e-5, "gradients");
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void A_training_step_makes_no_garbage_and_memory_stays_flat(string name)
    {
        using var backend = TestBackends.Create(name);
        using var gpt = new Gpt(SmallGpt.Config, backend);
        gpt.Initialize(1);
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        using var rows = new TokenRows(backend);
        var run = new GptRun(new Operations(backend, arena, tape)) { Dropout = 0.1f };
        var tokens = SmallGpt.Tokens(100);
        var decays = new Func<int, bool>(gpt.Decays);

        void Step(int number)
        {
            run.Operations.Reset();
            gpt.Parameters.ClearGradients();
            rows.Clear();
            rows.Add(tokens);
            rows.Add(tokens.AsSpan(1, 50));
            var targets = arena.Allocate(new Shape(rows.Count), ElementType.Int32);
            backend.Write(rows.Tokens, targets);
            gpt.Loss(gpt.Forward(rows, run), targets, 0.01f, run);
            tape.Backward();
            backend.SquaredNorm(gpt.Parameters.AllGradients);
            gpt.Parameters.Update(new AdamWStep(1e-3f, 0.9f, 0.99f, 1e-8f, 0.1f, number), 1, decays);
        }

        var step = 0;
        while (step < 3)
            Step(++step);
        var held = arena.Bytes + tape.Bytes + gpt.Parameters.Bytes;
        Assert.Equal(0, Garbage.OfTenSteps(() => Step(++step)));
        Assert.Equal(held, arena.Bytes + tape.Bytes + gpt.Parameters.Bytes);
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void The_first_activation_that_is_not_a_number_is_named(string name)
    {
        using var backend = TestBackends.Create(name);
        string Refused(string parameter, float value, Action<GptRun>? prepare = null)
        {
            using var model = new SmallGpt(backend);
            backend.Fill(model.Gpt.Parameters[parameter], value);
            return Assert.Throws<InvalidDataException>(() => model.Logits(rows => rows.Add([1, 2, 3]), prepare)).Message;
        }
        Assert.Equal("mlp_pre of layer 1 is not a number: its weights are too large", Refused("h.1.mlp.c_fc.weight", 3e38f));
        Assert.Equal("q of layer 0 is not a number: its weights are too large", Refused("h.0.attn.c_attn.bias", float.NaN));
        // What an edit puts there counts too.
        Assert.Equal("resid_post of layer 0 is not a number: its weights are too large", Refused("ln_f.bias", 1, run =>
            run.Taps = new Taps().Edit(new TapEdit(Activation.ResidPost, 0, EditOperation.Scale, Factor: float.PositiveInfinity))));
        Assert.Equal("ln_final is not a number: its weights are too large", Refused("ln_f.bias", float.PositiveInfinity));
    }

    [Fact]
    public void Rows_outside_the_model_are_refused_in_one_line()
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend);
        Assert.Equal("token 37 is outside the vocabulary of 37",
            Assert.Throws<ArgumentException>(() => model.Logits(rows => rows.Add([37]))).Message);
        Assert.Equal("position 150 is outside the context of 150",
            Assert.Throws<ArgumentException>(() => model.Logits(rows => rows.Add([1], 150))).Message);
        var error = Assert.Throws<ArgumentException>(() => new Gpt(SmallGpt.Config with { Heads = 5 }, backend));
        Assert.Equal("heads (5) does not divide width (24)", error.Message);
    }
}
