using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Training;

namespace Pellucid.Tests.Training;

/// <summary>A batch in parts, on one replica and on several.</summary>
public sealed class MicroBatchTests
{
    private static readonly GptConfig Shape = new() { VocabularySize = 61, Context = 20, Layers = 2, Heads = 3, Width = 48 };

    private static readonly TrainingOptions Options = new()
    {
        Steps = 5, Batch = 16, MicroBatches = 8, Warmup = 2, LearningRate = 3e-3f, Dropout = 0.1f, EvaluateEvery = 2, EvaluateBatches = 3,
    };

    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 2)]
    [InlineData(4, 1)]
    public void Any_number_of_replicas_leaves_the_same_bytes_and_logs_the_same_losses(int microBatches, int accumulate)
    {
        var options = Options with { MicroBatches = microBatches, Accumulate = accumulate };
        var (weights, numbers) = Train(options);
        foreach (var count in (int[])[1, 2, 3, 4, 8])
        {
            if (count > microBatches * accumulate)
                continue;
            var outcomes = new (float[], double[])[count];
            ThreadReplicas.Run(count, replicas => outcomes[replicas.Rank] = Train(options, replicas));
            Assert.All(outcomes, outcome =>
            {
                Assert.Equal(weights, outcome.Item1);
                Assert.Equal(numbers, outcome.Item2);
            });
        }
    }

    [Fact]
    public void Micro_batches_and_accumulated_batches_are_the_same_leaves()
    {
        var whole = Train(Options);
        var accumulated = Train(Options with { Batch = 2, MicroBatches = 1, Accumulate = 8, EvaluateBatches = 24 });
        Assert.Equal(whole.Weights, accumulated.Weights);
        // But for rounding, the gradient of a batch is that of its parts.
        var apart = Train(Options with { Dropout = 0, Steps = 1 });
        Near.AssertRelative(Train(Options with { Dropout = 0, Steps = 1, MicroBatches = 1 }).Weights, apart.Weights, 1e-5, "weights");
    }

    [Fact]
    public void Threads_change_nothing_with_micro_batches_either()
    {
        Assert.Equal(Train(Options).Weights, Train(Options, threads: 3).Weights);
    }

    [Fact]
    public void Replicas_that_begin_otherwise_are_refused()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            ThreadReplicas.Run(2, replicas => Train(Options, replicas, seed: replicas.Rank == 0 ? 1u : 2u)));
        Assert.Equal("replica 1 has other weights than replica 0 after 0 steps", error.Message);
    }

    [Fact]
    public void Parts_that_do_not_come_out_even_are_refused()
    {
        Assert.Equal("micro-batches (3) do not divide the batch (16)",
            Assert.Throws<ArgumentException>(() => Train(Options with { MicroBatches = 3 })).Message);
        Assert.Equal("2 micro-batches cannot be shared by 3 replicas", Assert.Throws<ArgumentException>(() =>
            ThreadReplicas.Run(3, replicas => Train(Options with { MicroBatches = 2 }, replicas))).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_step_makes_no_garbage_and_memory_stays_flat(int microBatches)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = NewGpt(backend);
        using var trainer = new Trainer(gpt, NewStream(), Options with { Steps = 100, MicroBatches = microBatches });
        for (var step = 0; step < 3; step++)
            trainer.TrainStep();
        var held = gpt.Parameters.Bytes + trainer.WorkingBytes;
        Assert.Equal(0, Garbage.OfTenSteps(() => trainer.TrainStep()));
        Assert.Equal(held, gpt.Parameters.Bytes + trainer.WorkingBytes);
        // Weights, two moments, and as many blocks of gradients as the tree is deep, and one.
        Assert.Equal((3 + 1 + int.Log2(microBatches)) * gpt.Parameters.Total * sizeof(float), gpt.Parameters.Bytes);
    }

    private static (float[] Weights, double[] Numbers) Train(TrainingOptions options, Replicas? replicas = null, uint seed = 1,
        int threads = 1)
    {
        using var backend = TestBackends.CreateCpu(TestBackends.WidestCpu, threads);
        using var gpt = NewGpt(backend, seed);
        using var trainer = new Trainer(gpt, NewStream(), options, replicas ?? Replicas.One);
        var numbers = new List<double>();
        trainer.Run(report => numbers.AddRange([report.TrainLoss ?? 0, report.ValidationLoss ?? 0, report.GradientNorm]));
        var weights = new float[gpt.Parameters.AllValues.Count];
        backend.Read(gpt.Parameters.AllValues, weights);
        return (weights, [.. numbers]);
    }

    private static TokenStream NewStream() => new([.. Enumerable.Range(0, 3000).Select(i => i * i % 61)], 20);

    private static Gpt NewGpt(Backend backend, ulong seed = 1)
    {
        var gpt = new Gpt(Shape, backend);
        gpt.Initialize(seed);
        return gpt;
    }
}
