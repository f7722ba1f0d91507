using System.Globalization;
using Pellucid.Generation;
using Pellucid.Models.Adapters;
using Pellucid.Tuning;
using Pellucid.Tuning.Methods;

namespace Pellucid.Tests.RealModels;

/// <summary>A real model tuned beside PEFT and torch, which recorded the same run: first adapter, batches, rates.</summary>
[Collection(nameof(SmolLm2))]
public sealed class SmolLm2TuningTests(SmolLm2 model, ITestOutputHelper output)
{
    [Fact]
    public void Rows_of_a_data_set_become_the_recorded_tokens_and_what_is_learned_of_them()
    {
        using var run = new TuningRun(model.Stored);
        var batch = TuningRun.Recorded("sft").GetProperty("first_batch");
        var (ids, learned) = (batch.GetProperty("ids"), batch.GetProperty("learned"));
        var examples = run.Examples(..TuningRun.Batch);
        for (var row = 0; row < examples.Length; row++)
        {
            Assert.Equal(ids[row].EnumerateArray().Select(id => id.GetInt32()), examples[row].Tokens);
            Assert.Equal(learned[row].EnumerateArray().Select(bit => bit.GetInt32() != 0), examples[row].Learned);
        }
    }

    [Theory]
    [InlineData(false, 1e-4, 1e-3)]
    [InlineData(true, 0.01, 0.05)]
    public void First_losses_and_the_first_gradient_are_those_of_PEFT(bool stored, double first, double later)
    {
        using var run = new TuningRun(stored ? model.Stored : model.Plain);
        Assert.Equal(2_442_240, run.Adapter.TrainedCount);
        var recorded = TuningRun.Recorded("sft");
        var losses = TuningRun.Numbers(recorded, "losses");
        using var method = run.Imitation(..(2 * TuningRun.Batch));
        var tuner = new Tuner(run.Model.Gpt, run.Adapter, method, TuningRun.Options(2, TuningRun.Batch, 2e-4f));
        var cancellation = TestContext.Current.CancellationToken;
        var (report, second) = (tuner.TuneStep(cancellation), tuner.TuneStep(cancellation));
        output.WriteLine(Row(report) + Row(second));
        AssertNear(losses[0], report.Loss!.Value, first);
        AssertNear(recorded.GetProperty("first_gradient_norm").GetDouble(), report.GradientNorm, later);
        AssertNear(losses[1], second.Loss!.Value, later);
    }

    [Fact]
    public void The_whole_run_in_single_precision_is_that_of_PEFT() => RunWhole(stored: false, 0.001, 0.001);

    // Of a pair's loss only the margin moves, by a tenth of a nat in all: rounding is heard more than in likelihoods.
    [Fact]
    public void The_whole_run_over_the_blocks_of_the_file_goes_as_that_of_PEFT() => RunWhole(stored: true, 0.03, 0.04);

    private void RunWhole(bool stored, double nearness, double nearnessOfPairs)
    {
        SlowTests.Require();
        using var folder = new TemporaryFolder();
        using (var run = new TuningRun(stored ? model.Stored : model.Plain))
        {
            Imitate(run, nearness);
            AdapterFolder.Write(folder.Path, run.Adapter, run.Model.Gpt);
        }
        Prefer(stored ? model.Stored : model.Plain, folder.Path, nearnessOfPairs);
    }

    private void Imitate(TuningRun run, double nearness)
    {
        var recorded = TuningRun.Recorded("sft");
        var losses = TuningRun.Numbers(recorded, "losses");
        var before = run.Loss(1000..1100);
        using (var method = run.Imitation(..(losses.Length * TuningRun.Batch)))
            Follow(run, method, losses, TuningRun.Batch, 2e-4f, nearness);
        var after = run.Loss(1000..1100);
        output.WriteLine($"held out {before:0.00000} -> {after:0.00000}");
        AssertNear(recorded.GetProperty("eval_before").GetDouble(), before, nearness);
        AssertNear(recorded.GetProperty("eval_after").GetDouble(), after, nearness);
    }

    // What was learned so far is what DPO begins with, with moments of its own, and what it compares with: once more, as it is.
    private void Prefer(LanguageModel tuned, string folder, double nearness)
    {
        using var run = new TuningRun(tuned, folder);
        using var frozen = AdapterFolder.Read(folder, run.Model.Gpt);
        using var reference = new TuningStep(run.Model.Gpt, frozen);
        var recorded = TuningRun.Recorded("dpo");
        var losses = TuningRun.Numbers(recorded, "losses");
        Assert.Equal((0, 0), run.Margins(1000..1060, reference));
        using (var method = run.Preferences(..(losses.Length * TuningRun.Pairs), reference))
            Follow(run, method, losses, TuningRun.Pairs, 5e-5f, nearness);
        var (share, mean) = run.Margins(1000..1060, reference);
        output.WriteLine($"margins above 0: {share:0.000}, mean {mean:0.0000}");
        var expected = TuningRun.Numbers(recorded, "margins_after");
        var (pairs, part) = nearness < 0.01 ? (1, 0.02) : (3, 0.2); // of the 60 pairs, and of the mean
        Assert.InRange(share, expected[0] - pairs / 60.0 - 1e-9, expected[0] + pairs / 60.0 + 1e-9);
        AssertNear(expected[1], mean, part);
    }

    private void Follow(TuningRun run, TuningMethod method, double[] losses, int batch, float rate, double nearness)
    {
        var tuner = new Tuner(run.Model.Gpt, run.Adapter, method, TuningRun.Options(losses.Length, batch, rate));
        var largest = 0.0;
        tuner.Run(report =>
        {
            output.WriteLine($"{losses[report.Step - 1]:0.00000} {Row(report)}");
            largest = Math.Max(largest, Math.Abs(report.Loss!.Value / losses[report.Step - 1] - 1));
        }, TestContext.Current.CancellationToken);
        output.WriteLine($"losses differ by at most {largest:0.00000} of them");
        Assert.InRange(largest, 0, nearness);
    }

    private static string Row(TuningReport report) => string.Create(CultureInfo.InvariantCulture,
        $"step {report.Step}: loss {report.Loss:0.00000}, gradient {report.GradientNorm:0.0000}, {report.TokensPerSecond:0} tokens/s\n");

    private static void AssertNear(double expected, double actual, double nearness) =>
        Assert.InRange(actual, expected * (1 - nearness), expected * (1 + nearness));
}
