using System.Numerics.Tensors;
using System.Text.Json;
using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Tests.Looking.TransformerLens;

/// <summary>What is read off weights: folding, composition, and direct logit attribution.</summary>
public sealed class WeightTests : IDisposable
{
    private readonly Golden _golden = new();

    private Gpt Gpt => _golden.Gpt;

    private int C => Gpt.Config.Width;

    [Fact]
    public void Weights_with_LayerNorm_folded_in_and_centred()
    {
        using var theirs = Golden.Tensors("processed");
        var weights = new Weights(Gpt);
        for (var layer = 0; layer < Gpt.Config.Layers; layer++)
        {
            foreach (var part in (Activation[])[Activation.Q, Activation.K, Activation.V])
                Near.AssertRelative(theirs.ReadFloat32($"blocks.{layer}.attn.W_{part}"),
                    [.. Enumerable.Range(0, Gpt.Config.Heads).SelectMany(head => weights.InputOfStream(layer, head, part))],
                    1e-6, $"W_{part} of {layer}");
            Near.AssertRelative(theirs.ReadFloat32($"blocks.{layer}.attn.W_O"),
                [.. Enumerable.Range(0, Gpt.Config.Heads).SelectMany(head => weights.OutputToStream(layer, head))],
                1e-6, $"W_O of {layer}");
        }

        // Of the output table it also takes off the mean over the vocabulary, which changes no probability.
        var (table, V) = (theirs.ReadFloat32("unembed.W_U"), Gpt.Config.VocabularySize);
        var read = Enumerable.Range(0, C)
            .Select(c => new float[C].Select((_, i) => i == c ? 1f : 0).ToArray())
            .Select(unit => weights.ReadByOutput(unit)).ToArray();
        for (var c = 0; c < C; c += 17)
        {
            var row = Enumerable.Range(0, V).Select(token => TensorPrimitives.Dot<float>(read[c], weights.Unembedding(token))).ToArray();
            TensorPrimitives.Subtract(row, row.Average(), row);
            Near.AssertRelative(table.AsSpan(c * V, V), row, 1e-5, $"W_U of column {c}");
        }
    }

    [Fact]
    public void Composition_of_every_pair_of_heads()
    {
        var circuits = new HeadCircuits(Gpt);
        foreach (var mode in _golden.Root.GetProperty("composition").GetProperty("processed").EnumerateObject())
            Golden.AssertNear(mode.Value.EnumerateArray().Select(row => row[4].GetDouble()), mode.Value.EnumerateArray().Select(row =>
                circuits.Composition((row[0].GetInt32(), row[1].GetInt32()), (row[2].GetInt32(), row[3].GetInt32()),
                    Pellucid.Models.Activations.Parse(mode.Name.ToLowerInvariant()))), mode.Name);
    }

    [Fact]
    public void Direct_logit_attribution()
    {
        var (question, theirs) = (_golden.Texts.Base, _golden.Pair.GetProperty("direct_logit_attribution"));
        var (layers, heads) = (DirectAttribution.Of(Gpt, question, Parts.Layers), DirectAttribution.Of(Gpt, question, Parts.Heads));
        double Of(AttributionResult result, string name) => result.Parts.Single(part => part.Part.Name == name).Direct;
        string Ours(string component) => component == "embed" ? "embedding"
            : component.EndsWith("attn_out", StringComparison.Ordinal) ? $"attention {component[0]}" : $"mlp {component[0]}";

        // Ours does not tell the vectors of tokens and positions apart.
        IEnumerable<double> Components(JsonElement of) => of.EnumerateObject().Where(field => field.Name != "pos_embed")
            .Select(field => field.Value.GetDouble() + (field.Name == "embed" ? of.GetProperty("pos_embed").GetDouble() : 0));
        var names = theirs.GetProperty("unprocessed")
            .GetProperty("components").EnumerateObject()
            .Select(field => field.Name)
            .Where(name => name != "pos_embed").ToArray();
        Golden.AssertNear(Components(theirs.GetProperty("unprocessed").GetProperty("components")),
            names.Select(name => Of(layers, Ours(name))), "components");
        Golden.AssertNear(Components(theirs.GetProperty("processed").GetProperty("component")),
            names.Select(name => Of(layers, Ours(name))), "components, processed");

        string Head(int index) => $"head {index / Gpt.Config.Heads}.{index % Gpt.Config.Heads}";
        var count = Gpt.Config.Layers * Gpt.Config.Heads;
        var (ours, biases) = (Enumerable.Range(0, count).Select(index => Of(heads, Head(index))).ToArray(),
            Enumerable.Range(0, Gpt.Config.Layers).Select(layer => Of(heads, $"bias of attention {layer}")).ToArray());
        Golden.AssertNear(Golden.Numbers(theirs.GetProperty("unprocessed").GetProperty("heads")), ours, "heads");
        Golden.AssertNear(Golden.Numbers(theirs.GetProperty("unprocessed").GetProperty("attention_bias_b_O")),
            biases, "attention's biases");

        // Processed, biases of values are part of attention's bias, as rows of attention sum to one.
        var folded = Enumerable.Range(0, count)
            .Select(index => ValueBias(question, index / Gpt.Config.Heads, index % Gpt.Config.Heads)).ToArray();
        var processed = theirs.GetProperty("processed");
        var without = ours.Zip(folded, (head, bias) => head - bias).ToArray();
        Golden.AssertNear(Golden.Numbers(processed.GetProperty("head")),
            [.. without, heads.LogitDifference - Of(heads, "bias of ln_f") - without.Sum()], "heads, processed");
        Golden.AssertNear(Golden.Numbers(processed.GetProperty("attention_bias_b_O")),
            biases.Select((bias, layer) => bias + folded.Chunk(Gpt.Config.Heads).ElementAt(layer).Sum()), "attention's biases, processed");

        Golden.AssertNear([theirs.GetProperty("unprocessed").GetProperty("ln_final_bias").GetDouble(),
            processed.GetProperty("b_U").GetDouble()],
            [Of(heads, "bias of ln_f"), Of(layers, "bias of ln_f")], "bias of the final LayerNorm");
        foreach (var result in (AttributionResult[])[layers, heads])
            Golden.AssertNear(Enumerable.Repeat(processed.GetProperty("logit_difference").GetDouble(), 2),
                [result.LogitDifference, result.Sum], "logit difference");
    }

    // What a head's value bias does to the logit difference, with the bias of LayerNorm passed on by W_V: what does not depend on the text.
    private double ValueBias(Question question, int layer, int head)
    {
        using var cache = ActivationCache.Record(Gpt, new Prompts([question.Tokens]),
            (activation, place) => activation == Activation.ResidPost && place == Gpt.Config.Layers - 1);
        var residual = cache.Row(Activation.ResidPost, Gpt.Config.Layers - 1, 0, question.Tokens.Length - 1);
        var mean = residual.Average(value => (double)value);
        var deviation = Math.Sqrt(residual.Average(value => (value - mean) * (value - mean)) + Gpt.Config.Norm.Epsilon);
        var weights = new Weights(Gpt);
        var bias = new float[C];
        Gpt.Backend.Read(Gpt[ParameterRole.AttentionNormBias, layer], bias);
        var value = Weights.Multiply(bias, weights.Input(layer, head, Activation.V), Gpt.Config.HeadWidth);
        TensorPrimitives.Add(value, weights.InputBias(layer, head, Activation.V), value);
        var written = weights.ReadByOutput(Weights.Multiply(value, weights.Output(layer, head), C));
        return (TensorPrimitives.Dot<float>(written, weights.Unembedding(question.Right))
            - TensorPrimitives.Dot<float>(written, weights.Unembedding(question.Wrong))) / deviation;
    }

    public void Dispose() => _golden.Dispose();
}
