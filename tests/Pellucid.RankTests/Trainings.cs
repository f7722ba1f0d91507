using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Training;

namespace Pellucid.RankTests;

/// <summary>20 steps of two shapes, with and without dropout, in micro-batches that replicas share.</summary>
internal static class Trainings
{
    private const int Context = 12, Vocabulary = 61, MicroBatches = 8;

    // Large enough that eight shards have something in each of them.
    private static readonly GptConfig Gpt2 = new()
    {
        VocabularySize = Vocabulary, Context = Context, Layers = 3, Heads = 4, Width = 64,
    };

    private static readonly GptConfig Llama = Gpt2 with
    {
        Family = ModelFamily.Llama, KeyValueHeads = 2, FeedForwardWidth = 168,
        Norm = new NormShape(NormKind.Rms, NormPlace.Input, 1e-6f, HasBias: false), Nonlinearity = Nonlinearity.Silu,
        LearnedPositions = false, Rotary = new RotaryShape(10_000, 16), AttentionBiases = AttentionBiases.None, Gated = true,
        FeedForwardBiases = false,
    };

    private static readonly TrainingOptions Options = new()
    {
        Steps = 20, Batch = MicroBatches, MicroBatches = MicroBatches, Warmup = 4, LearningRate = 3e-3f, EvaluateEvery = 10,
        EvaluateBatches = 3,
    };

    /// <summary>Trains, and has each replica write what it has: hashes in one file, what it sent in another.</summary>
    public static void Run(Replicas replicas, string folder, Func<long> bytesSent)
    {
        var (results, traffic) = (new List<string>(), new List<string>());
        foreach (var (name, shape) in ((string, GptConfig)[])[("gpt2", Gpt2), ("llama", Llama)])
            foreach (var dropout in (float[])[0, 0.1f])
            {
                using var backend = CpuBackend.Create(1);
                using var gpt = new Gpt(shape, backend);
                gpt.Initialize(7);
                var stream = new TokenStream([.. Enumerable.Range(0, 3000).Select(i => i * i % Vocabulary)], Context);
                using var trainer = new Trainer(gpt, stream, Options with { Dropout = dropout }, replicas);
                var (numbers, before) = (new List<double>(), bytesSent());
                trainer.Run(report =>
                    numbers.AddRange([report.TrainLoss ?? 0, report.ValidationLoss ?? 0, report.GradientNorm, report.LearningRate]));
                var elements = gpt.Parameters.TrainedElements;
                traffic.Add($"{elements} {replicas.Shard(elements, replicas.Rank).Count} {bytesSent() - before}");
                var weights = new float[gpt.Parameters.AllValues.Count];
                backend.Read(gpt.Parameters.AllValues, weights);
                var state = Path.Combine(folder, "state.safetensors");
                TrainingState.Save(state, gpt.Parameters, backend, trainer.Step, trainer.BestValidationLoss, replicas);
                replicas.Any(false); // it is there
                results.Add(string.Create(CultureInfo.InvariantCulture, $"{name} dropout {dropout}: losses {Hash<double>([.. numbers])} ")
                    + $"weights {Hash<float>(weights)} state {Hash<byte>(File.ReadAllBytes(state))}");
                replicas.Any(false); // all have read it
            }
        File.WriteAllLines(Path.Combine(folder, $"rank-{replicas.Rank}.txt"), results);
        File.WriteAllLines(Path.Combine(folder, $"traffic-{replicas.Rank}.txt"), traffic);
    }

    private static string Hash<T>(Span<T> values) where T : unmanaged =>
        Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values)))[..16];
}
