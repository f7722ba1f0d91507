using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Training;

namespace Pellucid.Tests.Training;

/// <summary>What a short training leaves, byte for byte: a model trained yesterday can be made again.</summary>
public sealed class TrainedBytesTests
{
    private static readonly GptConfig Shape = new() { VocabularySize = 61, Context = 40, Layers = 2, Heads = 3, Width = 48 };

    [Theory]
    [InlineData(CpuInstructions.Vector128, "74dc3ddafb19e111")]
    [InlineData(CpuInstructions.Avx2, "63ec8be91752fd8b")]
    public void A_short_training_leaves_the_bytes_on_record(CpuInstructions instructions, string expected)
    {
        Assert.SkipUnless(CpuBackend.Supported.Contains(instructions), $"this machine cannot run {instructions}");
        foreach (var threads in (int[])[1, 2])
        {
            using var backend = CpuBackend.Create(threads, instructions);
            using var gpt = new Gpt(Shape, backend);
            gpt.Initialize(5);
            var stream = new TokenStream([.. Enumerable.Range(0, 3000).Select(i => i * i % 61)], 40);
            var options = new TrainingOptions { Steps = 12, Batch = 8, LearningRate = 3e-3f, Warmup = 3, Dropout = 0.1f, Seed = 9 };
            using var trainer = new Trainer(gpt, stream, options with { EvaluateEvery = 6, EvaluateBatches = 3 });
            var numbers = new List<double>();
            trainer.Run(report => numbers.AddRange(
                [report.TrainLoss ?? report.ValidationLoss ?? 0, report.ValidationLoss ?? 0, report.GradientNorm]),
                TestContext.Current.CancellationToken);
            Assert.Equal(expected, Hash(gpt, numbers));
        }
    }

    private static string Hash(Gpt gpt, List<double> numbers)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var index = 0; index < gpt.Parameters.Count; index++)
        {
            var values = new float[gpt.Parameters[index].Count];
            gpt.Parameters.Read(index, values);
            hash.AppendData(MemoryMarshal.AsBytes<float>(values));
        }
        hash.AppendData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(numbers)));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
