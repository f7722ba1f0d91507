using System.Text.Json;
using Pellucid.Tests.Tuning.Losses;
using Pellucid.Tuning;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Methods;

namespace Pellucid.Tests.Tuning.Methods;

/// <summary>Losses and gradients of whole batches through a model, beside those of TRL.</summary>
public sealed class TrlGradientTests
{
    private const double LossBound = 6e-6;

    [Theory]
    [InlineData("text")]
    [InlineData("completion-only")]
    [InlineData("dft")]
    [InlineData("prompt-and-completion")]
    [InlineData("assistant-only")]
    [InlineData("cut-start")]
    [InlineData("cut-end")]
    [InlineData("accumulated")]
    [InlineData("packed-bfd")]
    [InlineData("packed-bfd-lora")]
    [InlineData("packed-bfd-split")]
    [InlineData("packed-wrapped")]
    [InlineData("padding-free")]
    [InlineData("completion-only-lora")]
    public void P6_supervised_losses_are_over_the_tokens_of_all_leaves(string name)
    {
        var file = TrlCases.Open("sft");
        var each = TrlCases.Case(file, name);
        using var model = new TrlModel(file.GetProperty("models").GetProperty(each.Text("models")));
        var inputs = each.GetProperty("inputs");
        JsonElement[] leaves = inputs.ValueKind == JsonValueKind.Array ? [.. inputs.EnumerateArray()] : [inputs];
        var examples = leaves.Select(leaf => TrlBatch.Labelled(leaf).ToArray()).ToArray();
        using var method = new Imitation(model.Step, model.Backend, [.. examples.SelectMany(leaf => leaf).Select(each => new[] { each })],
            byProbability: name == "dft");
        Assert.True(method.Begin([.. Enumerable.Range(0, method.Count)]));
        model.Adapter.Parameters.ClearGradients();
        var (loss, first) = (0.0, 0);
        foreach (var leaf in examples)
        {
            loss += method.Learn([.. Enumerable.Range(first, leaf.Length)], default);
            first += leaf.Length;
        }
        Assert.Equal(each.Number("loss"), loss, LossBound);
        model.AssertGradients(each.GetProperty("gradients"), each.Number("gradient_norm"));
        Assert.Equal(loss, method.Evaluate([.. Enumerable.Range(0, method.Count)]), 1e-6);
    }

    [Theory]
    [MemberData(nameof(TrlCases.Pairs), MemberType = typeof(TrlCases))]
    public void Gradients_of_preferences_are_those_of_TRL(string name)
    {
        var file = TrlCases.Open("dpo");
        var each = TrlCases.Case(file, name);
        var inputs = each.Own("inputs", TrlCases.Case(file, each.Text("models") == "lora" ? "lora" : "sigmoid"));
        var options = each.GetProperty("options");
        using var model = new TrlModel(file.GetProperty("models").GetProperty(each.Text("models")));
        var rows = TrlBatch.Masked(inputs, "input_ids", "attention_mask", "completion_mask").ToArray();
        var pairs = Enumerable.Range(0, rows.Length / 2).Select(i => new PreferencePair(rows[i], rows[i + rows.Length / 2])).ToArray();
        using var method = new Preferences(model.Step, model.Backend, pairs,
            new PreferenceLoss(PreferenceLoss.KindOf(options.GetProperty("loss_type")[0].GetString()!))
            {
                Beta = options.Number("beta"), LabelSmoothing = options.Number("label_smoothing"), AsTrl = true,
            }, reference: model.Reference);
        AssertStep(method, model, each);
        var measures = method.Measures.Means.ToDictionary();
        Assert.Equal(each.GetProperty("metrics").Number("rewards/margins"), measures["margin"], 1e-5);
        Assert.Equal(each.GetProperty("metrics").Number("rewards/accuracies"), measures["accuracy"], 1e-9);
    }

    [Theory]
    [InlineData("kto")]
    [InlineData("kto-swapped")]
    [InlineData("kto-weighted")]
    [InlineData("kto-lora")]
    public void Gradients_of_labelled_answers_are_those_of_TRL(string name)
    {
        var file = TrlCases.Open("kto");
        var each = TrlCases.Case(file, name);
        var options = each.GetProperty("options");
        using var model = new TrlModel(file.GetProperty("models").GetProperty(each.Text("models")));
        var labels = each.GetProperty("inputs").GetProperty("label").EnumerateArray().Select(label => label.GetBoolean()).ToArray();
        var answers = TrlBatch.Masked(each.GetProperty("inputs"), "input_ids", "attention_mask", "completion_mask").Select((example, i) =>
        {
            var prompt = Array.IndexOf(example.Learned, true);
            return new LabelledAnswer(example.Tokens[..prompt], example.Tokens[prompt..], labels[i]);
        }).ToArray();
        using var method = new Desirability(model.Step, model.Backend, answers, new DesirabilityLoss
        {
            Beta = options.Number("beta"), DesirableWeight = options.Number("desirable_weight"),
            UndesirableWeight = options.Number("undesirable_weight"),
        }, model.Reference);
        AssertStep(method, model, each);
        Assert.Equal(each.Number("kl"), method.Measures.Means.ToDictionary()["kl"], 2e-5);
    }

    [Theory]
    [InlineData("simpo")]
    [InlineData("alphapo")]
    [InlineData("orpo")]
    [InlineData("orpo-lora")]
    public void Gradients_without_a_reference_are_those_of_TRL(string name)
    {
        var file = TrlCases.Open("cpo-simpo-orpo");
        var (each, inputs) = (TrlCases.Case(file, name), file.GetProperty("inputs"));
        var (options, isOrpo) = (each.GetProperty("options"), name.StartsWith("orpo", StringComparison.Ordinal));
        using var model = new TrlModel(file.GetProperty("models").GetProperty(each.Text("models")));
        TuningExample[] Of(string kind) => [.. TrlBatch.Masked(inputs, kind + "_input_ids", kind + "_attention_mask", kind + "_labels")];
        var pairs = Of("chosen").Zip(Of("rejected"), (chosen, rejected) => new PreferencePair(chosen, rejected)).ToArray();
        var loss = new PreferenceLoss(isOrpo ? PreferenceKind.Orpo : PreferenceKind.SimPo)
        {
            Beta = options.Number("beta"), TargetMargin = isOrpo ? 0 : options.Number("simpo_gamma"),
            Alpha = isOrpo ? 0 : options.Number("alpha"),
        };
        using var method = new Preferences(model.Step, model.Backend, pairs, loss);
        // TRL's ORPO adds the likelihood of the preferred texts, prompts included.
        using var whole = new Imitation(model.Step, model.Backend,
            [.. pairs.Select(pair => new[] { TuningExample.OfText(pair.Chosen.Tokens) })]);
        int[] all = [.. Enumerable.Range(0, pairs.Length)];
        model.Adapter.Parameters.ClearGradients();
        Assert.True(method.Begin(all) && whole.Begin(all));
        var sum = method.Learn(all, default) + (isOrpo ? whole.Learn(all, default) : 0);
        Assert.Equal(each.Number("loss"), sum, LossBound);
        model.AssertGradients(each.GetProperty("gradients"), each.Number("gradient_norm"));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("margin")]
    [InlineData("centred")]
    [InlineData("margin-centred")]
    [InlineData("llama")]
    public void Gradients_of_scores_are_those_of_TRL(string name)
    {
        var file = TrlCases.Open("reward");
        var (each, inputs) = (TrlCases.Case(file, name), TrlCases.Case(file, name).GetProperty("inputs"));
        using var model = new TrlModel(file.GetProperty("models").GetProperty(each.Text("models")),
            head: "reward:head/" + each.Text("models"));
        var rows = TrlBatch.Masked(inputs, "input_ids", "attention_mask", "attention_mask").ToArray();
        var margins = inputs.TryGetProperty("margin", out var given) ? given.Numbers() : null;
        var pairs = Enumerable.Range(0, rows.Length / 2)
            .Select(i => new RankedAnswers([rows[i], rows[i + rows.Length / 2]], margins?[i])).ToArray();
        using var method = new Ranking(model.Step, model.Backend, pairs,
            new RankingLoss { Centring = each.GetProperty("options").Number("center_rewards_coefficient", 0) });
        AssertStep(method, model, each);
    }

    private static void AssertStep(TuningMethod method, TrlModel model, JsonElement each)
    {
        int[] all = [.. Enumerable.Range(0, method.Count)];
        model.Adapter.Parameters.ClearGradients();
        Assert.True(method.Begin(all));
        var loss = method.Learn(all, default);
        Assert.Equal(each.Number("loss"), loss, LossBound * Math.Max(1, loss));
        model.AssertGradients(each.GetProperty("gradients"), each.Number("gradient_norm"));
        Assert.Equal(loss, method.Evaluate(all), 1e-6 * Math.Max(1, loss));
    }
}
