using System.Text.Json;
using Pellucid.Distributed;
using Pellucid.Tests.Tuning.Losses;
using Pellucid.Training;
using Pellucid.Tuning;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Methods;

namespace Pellucid.Tests.Tuning.Methods;

/// <summary>Two whole runs of TRL, of five steps of two leaves each, at its own rates: losses, norms, and the weights in the end.</summary>
public sealed class TrlRunTests
{
    // TRL's own in single precision end within 1.1e-5. A bias of keys moves all scores of a query nearly alike, which changes nothing:
    // its gradient is nearly rounding alone, and AdamW makes steps of it.
    private static double BoundOf(string weight) => weight.EndsWith("k_proj.bias", StringComparison.Ordinal) ? 2e-4 : 2e-6;

    [Fact]
    public void A_run_of_all_weights_is_that_of_TRL()
    {
        var run = TrlCases.Case(TrlCases.Open("train"), "sft");
        using var model = new TrlModel(run.GetProperty("models"));
        var leaves = Leaves(run).Select(leaf => TrlBatch.Labelled(leaf).ToArray()).ToArray();
        using var method = new Imitation(model.Step, model.Backend, [.. leaves.SelectMany(leaf => leaf).Select(each => new[] { each })]);
        AssertRun(run, model, method, [.. leaves.Select(leaf => leaf.Length)]);
    }

    [Fact]
    public void A_run_of_an_adapter_is_that_of_TRL()
    {
        var run = TrlCases.Case(TrlCases.Open("train"), "dpo-lora");
        using var model = new TrlModel(run.GetProperty("models"));
        var leaves = Leaves(run).Select(leaf =>
        {
            var rows = TrlBatch.Masked(leaf, "input_ids", "attention_mask", "completion_mask").ToArray();
            return rows.Take(rows.Length / 2).Zip(rows.Skip(rows.Length / 2), (chosen, rejected) => new PreferencePair(chosen, rejected))
                .ToArray();
        }).ToArray();
        var loss = new PreferenceLoss(PreferenceKind.Sigmoid) { Beta = run.GetProperty("models").Number("beta") };
        using var method = new Preferences(model.Step, model.Backend, [.. leaves.SelectMany(leaf => leaf)], loss,
            reference: model.Reference);
        AssertRun(run, model, method, [.. leaves.Select(leaf => leaf.Length)]);
    }

    private static JsonElement[] Leaves(JsonElement run) => [.. run.GetProperty("micro_batches").EnumerateArray()];

    private static void AssertRun(JsonElement run, TrlModel model, TuningMethod method, int[] leaves)
    {
        var options = run.GetProperty("options");
        var parameters = model.Adapter.Parameters;
        var optimizer = new Optimizer(parameters, model.Backend, new TrainingOptions
        {
            Clip = (float)options.Number("max_grad_norm"), WeightDecay = (float)options.Number("weight_decay"),
            Beta1 = (float)options.Number("adam_beta1"), Beta2 = (float)options.Number("adam_beta2"),
        }, model.Adapter.Decays, Replicas.One);
        var (first, leaf) = (0, 0);
        foreach (var expected in run.GetProperty("steps").EnumerateArray())
        {
            int[][] items = [.. leaves[leaf..(leaf + 2)].Select(count => Enumerable.Range((first += count) - count, count).ToArray())];
            leaf += 2;
            parameters.ClearGradients();
            Assert.True(method.Begin([.. items.SelectMany(each => each)]));
            var loss = items.Sum(each => method.Learn(each, default));
            var norm = optimizer.GradientNorm();
            Assert.Equal(expected.Number("loss"), loss, 2e-5 * Math.Max(1, loss));
            Assert.Equal(expected.Number("grad_norm"), norm, 1e-4 * norm);
            optimizer.Update(expected.GetProperty("step").GetInt32(), norm, (float)expected.Number("learning_rate"));
            model.Adapter.Refresh();
        }
        model.AssertWeights("golden/trl/train.safetensors", run.Text("name"), BoundOf);
    }
}
