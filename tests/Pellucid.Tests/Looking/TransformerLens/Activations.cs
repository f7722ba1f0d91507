using System.Globalization;
using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Tests.Looking.TransformerLens;

/// <summary>Our activations of one prompt by TransformerLens's names of its hook points.</summary>
internal sealed class Activations(Golden golden, ActivationCache cache)
{
    private static readonly Dictionary<string, Activation> Names = new()
    {
        ["hook_resid_pre"] = Activation.ResidPre, ["hook_resid_mid"] = Activation.ResidMid, ["hook_resid_post"] = Activation.ResidPost,
        ["hook_attn_out"] = Activation.AttnOut, ["hook_mlp_out"] = Activation.MlpOut, ["attn.hook_q"] = Activation.Q,
        ["attn.hook_k"] = Activation.K,
        ["attn.hook_v"] = Activation.V, ["attn.hook_z"] = Activation.Z, ["attn.hook_attn_scores"] = Activation.AttnScores,
        ["attn.hook_pattern"] = Activation.Pattern, ["mlp.hook_pre"] = Activation.MlpPre, ["mlp.hook_post"] = Activation.MlpPost,
    };

    private readonly Gpt _gpt = golden.Gpt;

    private int Count => cache.Prompts.Rows;

    public float[] Of(string name)
    {
        var parts = name.Split('.', 3);
        var (layer, hook) = parts[0] == "blocks" ? (int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]) : (-1, name);
        if (Names.TryGetValue(hook, out var activation))
            return All(activation, layer);
        return hook switch
        {
            "hook_embed" => Rows(ParameterRole.TokenTable, position => cache.Prompts[0][position]),
            "hook_pos_embed" => Rows(ParameterRole.PositionTable, position => position),
            "attn.hook_result" => [.. Enumerable.Range(0, Count).SelectMany(position => Heads(layer, position))],
            "ln1.hook_scale" => Scales(All(Activation.ResidPre, layer)),
            "ln2.hook_scale" => Scales(All(Activation.ResidMid, layer)),
            "ln_final.hook_scale" => Scales(All(Activation.ResidPost, _gpt.Config.Layers - 1)),
            "ln1.hook_normalized" => Before(All(Activation.Ln1, layer), ParameterRole.AttentionNormGain, layer),
            "ln2.hook_normalized" => Before(All(Activation.Ln2, layer), ParameterRole.FeedForwardNormGain, layer),
            "ln_final.hook_normalized" => Before(All(Activation.LnFinal, _gpt.Config.Layers), ParameterRole.FinalNormGain, -1),
            "unembed.hook_in" => All(Activation.LnFinal, _gpt.Config.Layers),
            "unembed.hook_out" or "logits" => Logits(),
            _ => throw new ArgumentException($"there is no activation of ours for {name}"),
        };
    }

    private float[] All(Activation activation, int layer) => Read(cache[activation, layer]);

    private float[] Read(Pellucid.Tensors.Tensor tensor)
    {
        var values = new float[tensor.Count];
        _gpt.Backend.Read(tensor, values);
        return values;
    }

    private float[] Rows(ParameterRole table, Func<int, int> row) =>
        [.. Enumerable.Range(0, Count).SelectMany(position => Read(_gpt[table].RowRange(row(position), 1)))];

    // What each head of the layer writes, by the instrument that takes the stream apart.
    private IEnumerable<float> Heads(int layer, int position) => ResidualDecomposition.Of(_gpt, cache, 0, position, Parts.Heads, layer + 1)
        .Where(part => part.Layer == layer && part.Head >= 0).SelectMany(part => part.Vector);

    private float[] Scales(float[] stream) => [.. stream.Chunk(_gpt.Config.Width).Select(row =>
    {
        var mean = row.Average(value => (double)value);
        return (float)Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + _gpt.Config.Norm.Epsilon);
    })];

    // Gain and bias taken off again.
    private float[] Before(float[] normalised, ParameterRole gain, int layer)
    {
        var (g, b) = (Read(_gpt[gain, layer]), Read(_gpt[gain + 1, layer]));
        return [.. normalised.Select((value, i) => (value - b[i % b.Length]) / g[i % g.Length])];
    }

    private float[] Logits()
    {
        using var pass = new ForwardPass(_gpt);
        return pass.Logits(cache[Activation.ResidPost, _gpt.Config.Layers - 1]);
    }
}
