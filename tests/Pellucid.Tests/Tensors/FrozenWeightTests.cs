using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Tensors;

/// <summary>Gradients that flow through weights which do not train, however those are stored.</summary>
public sealed class FrozenWeightTests
{
    // The inner dimension and the outputs are such that every panel and every slab has a rest.
    private static readonly (int R, int K, int N)[] Shapes = [(1, 32, 1), (7, 64, 37), (33, 448, 101), (9, 2048, 160)];

    public static TheoryData<CpuInstructions, ElementType, WeightForm> Cases => StoredWeightTests.Cases;

    /// <summary>One of each kind of arithmetic; a model in blocks of 256 is wider.</summary>
    public static TheoryData<ElementType> Types => [ElementType.PackedFloat32, ElementType.BFloat16, ElementType.Float16,
        ElementType.Q8_0, ElementType.Q4_0, ElementType.Q5_1, ElementType.MxFp4, ElementType.Q4_K, ElementType.Q6_K];

    [Theory, MemberData(nameof(Cases))]
    public void A_gradient_is_that_of_the_reference_and_of_plain_singles(CpuInstructions instructions, ElementType type, WeightForm form)
    {
        using var reference = TestBackends.Create("reference");
        foreach (var (R, inner, N) in Shapes)
        {
            var K = StoredWeightTests.Whole(type, inner);
            if (K == 2048 && type is ElementType.Q2_K or ElementType.Q3_K or ElementType.Q5_K or ElementType.Q6_K
                or ElementType.Iq4Xs)
                continue; // to round so much takes long, and one type in long blocks is enough to see slabs meet
            using var one = CpuBackend.Create(1, instructions);
            using var two = CpuBackend.Create(2, instructions);
            var (gradient, inSingles) = InputGradient(two, type, form, R, K, N);
            Assert.Equal(gradient, inSingles);
            Assert.Equal(gradient, InputGradient(one, type, form, R, K, N).Stored);
            if (K < 2048)
                Near.AssertRelative(InputGradient(reference, type, form, R, K, N).Stored, gradient, 1e-6, $"{R} × {K} × {N}");
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void Gradients_through_stored_weights_equal_finite_differences(ElementType type)
    {
        const int R = 2;
        var (K, N) = (StoredWeightTests.Whole(type, 32), StoredWeightTests.Whole(type, 64));
        using var backend = TestBackends.Create("reference");
        ParameterShape[] shapes = [new("weight", new Shape(K, N), WeightForm.InOut), new("table", new Shape(5, N), WeightForm.OutIn)];
        using var stored = new ParameterSet(backend, shapes, ElementType.Float64, type);
        using var plain = new ParameterSet(backend, shapes, ElementType.Float64);
        for (var index = 0; index < shapes.Length; index++)
            CopyRounded(stored, plain, index, Tensors.RandomValues(shapes[index].Shape.Count, 1, (uint)index));
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        var x = Tensors.Random(backend, arena, new Shape(R, K), ElementType.Float64, 2, 0);
        var upstream = Tensors.Random(backend, arena, new Shape(R, 5), ElementType.Float64, 2, 1);

        Tensor Forward(Tensor input, ParameterSet weights, Tape? on)
        {
            var operations = new Operations(backend, arena, on);
            return operations.Linear(operations.Linear(input, weights[0]), weights[1], transposed: true);
        }
        var leaf = tape.Watch(x);
        tape.Seed(Forward(leaf, stored, tape), upstream);
        tape.Backward();
        var gradient = tape.GradientOf(leaf).ToDoubles();
        for (var i = 0; i < gradient.Length; i++)
            Assert.Equal(TapeTests.Difference(x, i, () =>
                Forward(x, plain, null).ToDoubles().Zip(upstream.ToDoubles(), (a, b) => a * b).Sum()), gradient[i], 1e-7);
    }

    [Theory]
    [InlineData(ElementType.PackedFloat32)]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.Float16)]
    public void Gradients_of_a_models_loss_equal_finite_differences_below_and_above_frozen_weights(ElementType type)
    {
        using var backend = TestBackends.Create("reference");
        using var gpt = NewGpt(backend, type, ElementType.Float64);
        using (var tape = new Tape(backend))
            Loss(gpt, tape);
        var trained = Enumerable.Range(0, gpt.Parameters.Count).Where(gpt.Parameters.Trains).ToArray();
        Assert.Equal(["wpe.weight", "h.0.ln_1.weight", "h.0.ln_1.bias", "h.0.attn.c_attn.bias"],
            trained.Take(4).Select(gpt.Parameters.NameOf));
        foreach (var parameter in trained.Select(index => gpt.Parameters[index]))
        {
            var gradient = gpt.Parameters.Gradient(parameter).ToDoubles();
            for (var i = 0; i < gradient.Length; i += 1 + gradient.Length / 3)
                Assert.Equal(TapeTests.Difference(parameter, i, () => Loss(gpt, null)), gradient[i], 1e-7);
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void A_models_gradients_through_frozen_weights_are_near_those_through_what_they_stand_for(ElementType type)
    {
        foreach (var name in TestBackends.Names.Select(row => row.Data))
        {
            using var backend = TestBackends.Create(name);
            var width = StoredWeightTests.Whole(type, 32);
            using var stored = NewGpt(backend, type, ElementType.Float32, width);
            using var plain = new Gpt(stored.Config, backend);
            for (var index = 0; index < plain.Parameters.Count; index++)
                CopyRounded(stored.Parameters, plain.Parameters, index);
            using var tape = new Tape(backend);
            Loss(plain, tape);
            foreach (var rounds in (bool[])[true, false])
            {
                // Rows that meet weights in blocks are rounded in the forward pass, but not in the gradient.
                var bound = rounds && type.IsBlocks() ? 0.06 : 1e-5;
                stored.Parameters.RoundsActivations = rounds;
                if (!rounds)
                    stored.Parameters.ClearGradients();
                Loss(stored, tape);
                for (var index = 0; index < plain.Parameters.Count; index++)
                    if (stored.Parameters.Trains(index))
                        Near.AssertRelative(Gradient(plain, index), Gradient(stored, index), bound,
                            $"{name}: {plain.Parameters.NameOf(index)}");
            }
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void Gains_biases_and_positions_learn_around_frozen_weights(ElementType type)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = NewGpt(backend, type, ElementType.Float32, StoredWeightTests.Whole(type, 32));
        using var tape = new Tape(backend);
        float[][] Frozen() => [.. Enumerable.Range(0, gpt.Parameters.Count).Where(index => !gpt.Parameters.Trains(index))
            .Select(index => Values(gpt, index))];
        var (before, first) = (Frozen(), Loss(gpt, null));
        gpt.Parameters.PrepareTraining();
        for (var step = 1; step <= 60; step++)
        {
            gpt.Parameters.ClearGradients();
            Loss(gpt, tape);
            gpt.Parameters.Update(new AdamWStep(1e-2f, 0.9f, 0.99f, 1e-8f, 0, step), 1, _ => false);
        }
        Assert.InRange(Loss(gpt, null), 0, first - 0.3);
        Assert.Equal(before, Frozen());
        Assert.Equal(8, before.Length - 1); // four weights a layer, and the table of tokens
    }

    [Fact]
    public void Gradients_and_moments_exist_only_for_what_trains()
    {
        using var backend = TestBackends.Create("reference");
        using var set = new ParameterSet(backend,
            [new("a", new Shape(3, 4)), new("frozen", new Shape(500)) { Trains = false }, new("b", new Shape(20))]);
        set.PrepareTraining();
        Assert.Equal(16 + 32, set.AllGradients.Count); // each begins on a cache line
        Assert.Equal((true, false, true), (set.Trains(0), set.Trains(1), set.Trains(2)));
        Assert.Equal(set.Total * 4 + 3 * 48 * 4, set.Bytes);
        var error = Assert.Throws<InvalidOperationException>(() => set.Gradient(set["frozen"]));
        Assert.Equal("frozen does not train, and has no gradient", error.Message);
        Assert.Throws<InvalidOperationException>(() => set.FirstMoment(1));
        backend.Fill(set.Gradient(set[2]), 1);
        set.Update(new AdamWStep(1, 0.9f, 0.99f, 1e-8f, 0, 1), 1, _ => false);
        Assert.All(set["frozen"].ToFloats(backend), value => Assert.Equal(0, value));
        Assert.All(set["b"].ToFloats(backend), value => Assert.Equal(-1, value, 1e-5));
        using var still = new ParameterSet(backend, [new("frozen", new Shape(5)) { Trains = false }]);
        Assert.Equal("none of the model's 1 parameters trains", Assert.Throws<NotSupportedException>(still.PrepareTraining).Message);
    }

    // Mean loss of two sequences; with a tape, gradients are left in the model's set.
    private static double Loss(Gpt gpt, Tape? tape)
    {
        using var arena = new Arena(gpt.Backend);
        using var rows = new TokenRows(gpt.Backend);
        tape?.Clear();
        rows.Add(SmallGpt.Tokens(12));
        rows.Add(SmallGpt.Tokens(5, 1));
        var run = new GptRun(new Operations(gpt.Backend, arena, tape));
        var targets = arena.Allocate(new Shape(17), ElementType.Int32);
        gpt.Backend.Write(SmallGpt.Tokens(17, 2), targets);
        var logProbabilities = gpt.Loss(gpt.Forward(rows, run), targets, 1f / 17, run);
        tape?.Backward();
        return -logProbabilities.ToDoubles().Average();
    }

    // Weights are six times as large as they begin, and rounded once.
    private static Gpt NewGpt(Backend backend, ElementType weights, ElementType type, int width = 32)
    {
        var config = SmallGpt.Config with { Width = width, Heads = 2 };
        using var begun = new Gpt(config, backend, type);
        begun.Initialize(7);
        var gpt = new Gpt(config, backend, type, weights);
        for (var index = 0; index < gpt.Parameters.Count; index++)
        {
            var factor = gpt.Parameters[index].Shape.Rank > 1 ? 6 : 1;
            gpt.Parameters.Write(index, [.. Values(begun, index).Select(value => factor * value)]);
        }
        return gpt;
    }

    private static float[] Values(Gpt gpt, int index)
    {
        var values = new float[gpt.Parameters[index].Count];
        gpt.Parameters.Read(index, values);
        return values;
    }

    private static float[] Gradient(Gpt gpt, int index) => gpt.Parameters.Gradient(gpt.Parameters[index]).ToFloats(gpt.Backend);

    // Into the plain set what the stored one makes of values, or has already.
    private static void CopyRounded(ParameterSet stored, ParameterSet plain, int index, float[]? values = null)
    {
        if (values is not null)
            stored.Write(index, values);
        values ??= new float[stored[index].Count];
        stored.Read(index, values);
        plain.Write(index, values);
    }

    // Through a stored weight, and through the singles that it stands for.
    private static (float[] Stored, float[] InSingles) InputGradient(Backend backend, ElementType type, WeightForm form, int R, int K,
        int N)
    {
        using var arena = new Arena(backend);
        ParameterShape[] shapes = [new("weight", form == WeightForm.InOut ? new Shape(K, N) : new Shape(N, K), form)];
        using var stored = new ParameterSet(backend, shapes, weights: type);
        using var plain = new ParameterSet(backend, shapes);
        CopyRounded(stored, plain, 0, Tensors.RandomValues(K * N, 2, 0));
        var gradient = Tensors.Random(backend, arena, new Shape(R, N), ElementType.Float32, 1, 0);
        var factor = Tensors.Random(backend, arena, new Shape(R, K), ElementType.Float32, 1, 1);
        float[] Through(Tensor weight)
        {
            var (first, second) = (arena.Allocate(factor.Shape), arena.Allocate(factor.Shape));
            backend.LinearBackwardInput(gradient, weight, form == WeightForm.OutIn, first, accumulate: false, Epilogue.MultiplyBy(factor));
            backend.Fill(second, 0.25f);
            backend.LinearBackwardInput(gradient, weight, form == WeightForm.OutIn, second, accumulate: true);
            return [.. first.ToFloats(backend), .. second.ToFloats(backend)];
        }
        return (Through(stored[0]), Through(plain[0]));
    }
}
