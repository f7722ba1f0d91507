using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tests.Models;
using Pellucid.Tuning;
using Pellucid.Tuning.Methods;

namespace Pellucid.Tests.Tuning;

/// <summary>Blocks that are computed again on the way back.</summary>
public sealed class RecomputeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_computed_again_has_the_same_bits_and_takes_less_memory(bool isWhole)
    {
        var (kept, again) = (Tuned(isWhole, recomputes: false), Tuned(isWhole, recomputes: true));
        Assert.Equal(kept.Losses, again.Losses);
        Assert.Equal(kept.Trained, again.Trained);
        Assert.True(again.Bytes < kept.Bytes, $"{again.Bytes} of {kept.Bytes}");
    }

    // Two leaves a step, with dropout, so that masks must come again too.
    private static (double[] Losses, float[] Trained, long Bytes) Tuned(bool isWhole, bool recomputes)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = new Gpt(SmallGpt.Config with { Layers = 8 }, backend);
        gpt.Initialize(1);
        using var adapter = isWhole ? Adapter.Whole(gpt) : new Adapter(gpt, new AdapterConfig { Rank = 4, Dropout = 0.1f });
        adapter.Initialize(1);
        using var step = new TuningStep(gpt, adapter, recomputes: recomputes);
        TuningExample[][] texts = [.. Enumerable.Range(0, 4).Select(i => new[] { TuningExample.OfText(SmallGpt.Tokens(140, salt: i)) })];
        using var method = new Imitation(step, backend, texts);
        var tuner = new Tuner(gpt, adapter, method, new TuningOptions { Steps = 3, Batch = 4, MicroBatch = 2, LearningRate = 1e-2f });
        var losses = new List<double>();
        tuner.Run(report => losses.Add(report.Loss!.Value));
        return ([.. losses], [.. Enumerable.Range(0, adapter.Parameters.Count).SelectMany(adapter.Read)], step.Bytes);
    }
}
