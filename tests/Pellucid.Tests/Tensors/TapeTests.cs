using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Tensors;

/// <summary>What a tape promises whatever the operations: roots, several models, and what does not train.</summary>
public sealed class TapeTests
{
    public static TheoryData<string> Backends => TestBackends.Names;

    [Theory, MemberData(nameof(Backends))]
    public void Seeds_are_summed_where_they_meet(string name)
    {
        using var backend = TestBackends.Create(name);
        using var arena = new Arena(backend);
        Tensor Random(uint purpose, params ReadOnlySpan<int> shape) =>
            Tensors.Random(backend, arena, Shape.Of(shape), ElementType.Float32, 1, purpose);
        var (x, w, b, v) = (Random(0, 9, 8), Random(1, 8, 12), Random(2, 12), Random(3, 12, 5));
        var (hidden, first, second) = (Random(4, 9, 12), Random(5, 9, 5), Random(6, 9, 5));

        // What is asked of a function's result and of what it is read for, one after the other and together.
        float[] Gradient(Action<Tape, Tensor, Tensor> seed)
        {
            using var tape = new Tape(backend);
            var operations = new Operations(backend, arena, tape);
            var leaf = tape.Watch(x);
            var gelu = operations.LinearActivate(leaf, w, b, Nonlinearity.GeluTanh);
            seed(tape, gelu, operations.Linear(gelu, v));
            tape.Backward();
            return tape.GradientOf(leaf).ToFloats(backend);
        }
        float[][] apart =
        [
            Gradient((tape, gelu, _) => tape.Seed(gelu, hidden)),
            Gradient((tape, _, y) => tape.Seed(y, first)),
            Gradient((tape, _, y) => tape.Seed(y, second)),
        ];
        var together = Gradient((tape, gelu, y) =>
        {
            tape.Seed(y, first);
            tape.Seed(gelu, hidden);
            tape.Seed(y, second);
        });
        Near.AssertRelative([.. together.Select((_, i) => apart.Sum(one => one[i]))], together, 1e-6, "gradient");
    }

    [Fact]
    public void A_seed_is_refused_off_the_tape_and_of_another_shape()
    {
        using var backend = TestBackends.Create("reference");
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        var x = arena.Allocate(new Shape(2, 3));
        Assert.Throws<InvalidOperationException>(() => tape.Seed(x, x));
        var y = new Operations(backend, arena, tape).Activate(tape.Watch(x), Nonlinearity.GeluTanh);
        var error = Assert.Throws<ArgumentException>(() => tape.Seed(y, arena.Allocate(new Shape(3, 2))));
        Assert.Equal("a result of shape (2, 3) cannot have a gradient of shape (3, 2)", error.Message);
    }

    [Theory, MemberData(nameof(Backends))]
    public void Two_models_on_one_tape_each_have_the_gradients_that_they_have_alone(string name)
    {
        using var backend = TestBackends.Create(name);
        using var one = new SmallGpt(backend);
        using var other = new SmallGpt(backend, SmallGpt.Config with { Layers = 1, Width = 12 });
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        using var rows = new TokenRows(backend);
        rows.Add(SmallGpt.Tokens(20));
        var gradient = Tensors.Random(backend, arena, new Shape(20, SmallGpt.Config.VocabularySize), ElementType.Float32, 1, 0);

        // A loss Σ gradient · (logits of one + 0.5 · logits of the other).
        void Backward(params SmallGpt[] models)
        {
            tape.Clear();
            var run = new GptRun(new Operations(backend, arena, tape));
            foreach (var model in models)
            {
                model.Gpt.Parameters.ClearGradients();
                var logits = model.Gpt.Logits(model.Gpt.Forward(rows, run), run);
                tape.Seed(logits, gradient);
            }
            tape.Backward();
        }
        Backward(one);
        var oneAlone = one.AllGradients();
        Backward(other);
        var otherAlone = other.AllGradients();
        Assert.Equal(oneAlone, one.AllGradients());
        Backward(one, other);
        Assert.Equal(oneAlone, one.AllGradients());
        Assert.Equal(otherAlone, other.AllGradients());
        Assert.All([oneAlone, otherAlone], all => Assert.Contains(all, value => value != 0));
    }

    [Fact]
    public void Gradients_of_a_loss_over_the_logits_of_two_models_equal_finite_differences()
    {
        using var backend = TestBackends.Create("reference");
        var config = new GptConfig { VocabularySize = 7, Context = 6, Layers = 1, Heads = 2, Width = 4 };
        using var one = new SmallGpt(backend, config, ElementType.Float64);
        using var other = new SmallGpt(backend, config with { Layers = 2, Width = 6 }, ElementType.Float64);
        using var rows = new TokenRows(backend);
        rows.Add([1, 2, 3, 4, 5]);
        rows.Add([6, 1, 0]);

        // Σ upstream · softmax(logits of one + logits of the other).
        double Loss(Tape? tape)
        {
            using var arena = new Arena(backend);
            var run = new GptRun(new Operations(backend, arena, tape));
            Tensor Logits(Gpt gpt) => gpt.Logits(gpt.Forward(rows, run), run);
            var said = run.Operations.Softmax(run.Operations.Add(Logits(one.Gpt), Logits(other.Gpt)));
            var upstream = Tensors.Random(backend, arena, said.Shape, ElementType.Float64, 1, 0);
            if (tape is not null)
            {
                tape.Seed(said, upstream);
                tape.Backward();
            }
            return said.ToDoubles().Zip(upstream.ToDoubles(), (a, b) => a * b).Sum();
        }
        using (var tape = new Tape(backend))
            Loss(tape);
        foreach (var parameters in (ParameterSet[])[one.Gpt.Parameters, other.Gpt.Parameters])
        foreach (var parameter in parameters.Names.Select(name => parameters[name]))
        {
            var gradient = parameters.Gradient(parameter).ToDoubles();
            for (var i = 0; i < gradient.Length; i += 1 + gradient.Length / 5)
                Assert.Equal(Difference(parameter, i, () => Loss(null)), gradient[i], 1e-8);
        }
    }

    /// <summary>(f(x + h) − f(x − h)) / 2h in one element of a Float64 tensor.</summary>
    public static unsafe double Difference(Tensor parameter, int element, Func<double> loss, double h = 1e-5)
    {
        var value = parameter.Pointer<double>() + element;
        var kept = *value;
        *value = kept + h;
        var above = loss();
        *value = kept - h;
        var below = loss();
        *value = kept;
        return (above - below) / (2 * h);
    }
}
