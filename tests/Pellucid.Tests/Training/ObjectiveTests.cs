using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;
using Pellucid.Tests.Tensors;
using Pellucid.Training;

namespace Pellucid.Tests.Training;

/// <summary>What a step makes small, in the pass of the logits and by rows.</summary>
public sealed class ObjectiveTests
{
    private static readonly GptConfig Config = new() { VocabularySize = 7, Context = 6, Layers = 2, Heads = 2, Width = 4 };

    public static TheoryData<string> Backends => TestBackends.Names;

    [Theory, MemberData(nameof(Backends))]
    public void Cross_entropy_by_rows_has_the_bits_of_cross_entropy_in_one_pass(string name)
    {
        using var backend = TestBackends.Create(name);
        var (loss, gradients) = Step(backend, ElementType.Float32, SmallGpt.Config, new CrossEntropy());
        var (lossByRows, gradientsByRows) = Step(backend, ElementType.Float32, SmallGpt.Config, new ByRows(new CrossEntropy()));
        Assert.Equal(loss, lossByRows);
        Assert.Equal(gradients, gradientsByRows);
    }

    [Fact]
    public void Gradients_of_an_objective_of_rows_equal_finite_differences()
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend, Config, ElementType.Float64);
        using var step = new TrainingStep(model.Gpt, new Margin(), dropout: 0);
        using var batch = NewBatch(backend);
        model.Gpt.Parameters.ClearGradients();
        Assert.Equal(step.Evaluate(batch), step.Train(batch, 0.5f, default));
        // An objective sees singles, so the differences must not be too small.
        foreach (var parameter in model.Gpt.Parameters.Names.Select(each => model.Gpt.Parameters[each]))
        {
            var gradient = model.Gpt.Parameters.Gradient(parameter).ToDoubles();
            for (var i = 0; i < gradient.Length; i += 1 + gradient.Length / 3)
                Assert.Equal(TapeTests.Difference(parameter, i, () => 0.5 * step.Evaluate(batch), h: 1e-3), gradient[i], 2e-3);
        }
    }

    private static (double Loss, float[] Gradients) Step(Backend backend, ElementType type, GptConfig config, Objective objective)
    {
        using var model = new SmallGpt(backend, config, type);
        using var step = new TrainingStep(model.Gpt, objective, dropout: 0.1f);
        using var batch = NewBatch(backend);
        model.Gpt.Parameters.ClearGradients();
        var loss = step.Train(batch, 0.25f, new RandomStream(1, 0, 1));
        return (loss, model.AllGradients());
    }

    private static MicroBatch NewBatch(Backend backend)
    {
        var batch = new MicroBatch(backend);
        batch.Add([1, 2, 3, 4, 5, 6]);
        batch.Add([6, 1, 0, 2]);
        return batch;
    }

    /// <summary>Another objective's numbers, by the way that serves any.</summary>
    private sealed class ByRows(Objective inner) : Objective
    {
        public override double Loss(ReadOnlySpan<float> logProbabilities, Span<float> gradients) => inner.Loss(logProbabilities, gradients);
    }

    /// <summary>Σ weight · (log p + 1)², the weights rising from row to row: rows whose gradients depend on what they see.</summary>
    private sealed class Margin : Objective
    {
        public override double Loss(ReadOnlySpan<float> logProbabilities, Span<float> gradients)
        {
            var loss = 0.0;
            for (var row = 0; row < logProbabilities.Length; row++)
            {
                var above = logProbabilities[row] + 1;
                loss += 0.1 * row * above * above;
                gradients[row] = 0.2f * row * above;
            }
            return loss;
        }
    }
}
