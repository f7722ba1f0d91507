using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Looking.Features;

/// <summary>Learning features whose truth is known, and the gradients that it is done with.</summary>
public sealed class FeatureLearnerTests : IDisposable
{
    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);

    [Theory]
    [InlineData(FeatureArchitecture.TopK)]
    [InlineData(FeatureArchitecture.JumpRelu)]
    public void Planted_features_in_superposition_are_found(FeatureArchitecture architecture)
    {
        var planted = new PlantedFeatures(width: 48, count: 96, active: 4);
        var options = new FeatureTrainingOptions
        {
            Architecture = architecture, Features = 128, Active = 5, Steps = 600, LearningRate = 3e-3f, DeadAfter = 20_000,
        };
        using var learner = New(options, planted.Width, planted.Rows(0, 2048));
        using (var untrained = learner.ToDictionary())
            Assert.Equal(0, planted.Recovered(untrained));
        for (var step = 1; step <= options.Steps; step++)
            learner.Step(step, planted.Rows(step, 512));
        using var dictionary = learner.ToDictionary();
        var recovered = planted.Recovered(dictionary);
        Assert.True(recovered >= 0.95, $"{recovered}");
        var rows = planted.Rows(-1, 512);
        var reading = dictionary.Read(rows.Read); // in the units of the rows, what was learned in its own
        var error = reading.Reconstruction.Zip(rows.Read, (left, right) => Math.Pow(left - right, 2)).Sum();
        Assert.InRange(error / rows.Read.Sum(value => value * value), 0, 0.15);
        Assert.InRange(reading.Activations.Count(value => value > 0) / 512.0, 3, 5.5);
    }

    [Fact]
    public void Dead_features_are_revived()
    {
        var planted = new PlantedFeatures(width: 16, count: 24, active: 2);
        var options = new FeatureTrainingOptions { Features = 32, Active = 3, Steps = 600, LearningRate = 5e-3f, DeadAfter = 1000 };
        int Alive(bool revives)
        {
            using var learner = New(options with { DeadAfter = revives ? options.DeadAfter : int.MaxValue }, planted.Width,
                planted.Rows(0, 256));
            var bias = learner.Learned.Values("b_enc");
            bias.AsSpan(0, 24).Fill(-4); // three in four begin dead
            learner.Learned.Set("b_enc", bias);
            for (var step = 1; step <= options.Steps; step++)
                learner.Step(step, planted.Rows(step, 256));
            return learner.Silent.Count(silent => silent < 2000);
        }
        var (without, with) = (Alive(revives: false), Alive(revives: true));
        Assert.True(without <= 17 && with >= 20, $"{without} without, {with} with");
    }

    [Theory]
    [InlineData(FeatureArchitecture.TopK, false)]
    [InlineData(FeatureArchitecture.TopK, true)]
    [InlineData(FeatureArchitecture.JumpRelu, false)]
    public void Gradients_agree_with_finite_differences(FeatureArchitecture architecture, bool hasDead)
    {
        const double Little = 1e-5;
        var planted = new PlantedFeatures(width: 6, count: 10, active: 3);
        var options = new FeatureTrainingOptions { Architecture = architecture, Features = 8, Active = 3 };
        using var learner = New(options, planted.Width, OneUnit(planted.Width));
        var rows = planted.Rows(1, 7);
        if (hasDead)
            learner.Silent.AsSpan(0, 5).Fill(options.DeadAfter);
        var dead = learner.Silent.Select(silent => silent >= options.DeadAfter).ToArray();
        var plain = new PlainDictionary(learner.Learned, options.Active);
        var frozen = hasDead ? plain.Missing(rows.Read) : null;
        learner.Gradients(rows);
        foreach (var name in (string[])["W_enc", "b_enc", "W_dec", "b_dec"])
        {
            var parameter = learner.Learned.Parameters[name];
            var gradient = new float[parameter.Count];
            _backend.Read(learner.Learned.Parameters.Gradient(parameter), gradient);
            for (var i = 0; i < gradient.Length; i++)
            {
                var value = plain[name][i];
                plain[name][i] = value + Little;
                var more = plain.Loss(rows.Read, dead, frozen);
                plain[name][i] = value - Little;
                var less = plain.Loss(rows.Read, dead, frozen);
                plain[name][i] = value;
                Assert.Equal((more - less) / (2 * Little), gradient[i], 1e-5);
            }
            Assert.Contains(gradient, value => value != 0);
        }
    }

    [Fact]
    public void The_gradient_of_a_threshold_is_how_the_loss_of_many_rows_changes_with_it()
    {
        const int Rows = 40_000;
        var options = new FeatureTrainingOptions { Architecture = FeatureArchitecture.JumpRelu, Features = 1, Active = 1 };
        using var learner = New(options, 2, OneUnit(2));
        learner.Learned.Set("W_enc", [1, 0]);
        learner.Learned.Set("W_dec", [1, 0]);
        var rows = Enumerable.Range(0, 2 * Rows).Select(i => CounterRandom.Normal(5, 1, 0, (ulong)i)).ToArray();
        learner.Gradients(new FeatureBatch(rows, rows));
        var gradient = new float[1];
        _backend.Read(learner.Learned.Parameters.Gradient(learner.Learned.Parameters["threshold"]), gradient);
        var plain = new PlainDictionary(learner.Learned, 1);
        double LossAt(double threshold)
        {
            plain["threshold"][0] = threshold;
            var fired = rows.Where((_, i) => i % 2 == 0).Count(value => value > threshold) / (double)Rows;
            return plain.Loss(rows, [false], null) + Math.Pow(fired - 1, 2);
        }
        var (at, half) = (JumpReluFiring.FirstThreshold, JumpReluFiring.Bandwidth / 2.0);
        var change = (LossAt(at + half) - LossAt(at - half)) / (2 * half);
        Assert.InRange(gradient[0] / change, 0.95, 1.05);
    }

    // Rows of mean 0 and mean square 1, so that what is learned from is read as it is.
    private static FeatureBatch OneUnit(int width)
    {
        float[] rows = [.. Enumerable.Repeat(1f, width), .. Enumerable.Repeat(-1f, width)];
        return new FeatureBatch(rows, rows);
    }

    private FeatureLearner New(FeatureTrainingOptions options, int width, FeatureBatch units) => new(new FeatureConfig
    {
        Architecture = options.Architecture, Width = width, Features = options.Features,
        K = options.Architecture == FeatureArchitecture.TopK ? options.Active : 0,
        Reads = new FeaturePlace(Activation.ResidPost, 0),
    }, options, units, _backend);

    public void Dispose() => _backend.Dispose();
}
