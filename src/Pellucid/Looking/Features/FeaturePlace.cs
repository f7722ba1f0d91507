using System.Globalization;
using Pellucid.Models;

namespace Pellucid.Looking.Features;

/// <summary>Where features are read from or written to: an activation of a layer, which TransformerLens calls a hook.</summary>
/// <param name="Activation">One with a row for every token.</param>
/// <param name="Layer">0-based.</param>
public readonly record struct FeaturePlace(Activation Activation, int Layer)
{
    private const string Prefix = "blocks.";

    // Only what means the same there and here: hook_normalized, for one, comes before the gain of an RMS norm and behind that of a
    // LayerNorm, so that what a feed-forward layer reads has the name that TransformerLens's bridge gives it.
    private static readonly (string Hook, Activation Activation)[] Hooks =
    [
        ("hook_resid_pre", Activation.ResidPre), ("hook_resid_mid", Activation.ResidMid), ("hook_resid_post", Activation.ResidPost),
        ("hook_attn_out", Activation.AttnOut), ("hook_mlp_out", Activation.MlpOut), ("attn.hook_z", Activation.Z),
        ("attn.hook_q", Activation.Q), ("attn.hook_k", Activation.K), ("attn.hook_v", Activation.V),
        ("mlp.hook_in", Activation.Ln2),
        ("mlp.hook_pre", Activation.MlpPre), ("mlp.hook_post", Activation.MlpPost),
    ];

    /// <summary>As TransformerLens calls it, such as <c>blocks.2.hook_resid_post</c>.</summary>
    /// <exception cref="NotSupportedException">It has no name there that means the same.</exception>
    public string Hook
    {
        get
        {
            var activation = Activation;
            return Array.Find(Hooks, hook => hook.Activation == activation).Hook is { } name ? $"{Prefix}{Layer}.{name}"
                : throw new NotSupportedException($"features are of {string.Join(", ", Hooks.Select(hook => hook.Activation.Name()))}, "
                    + $"not of {Activation.Name()}");
        }
    }

    /// <summary>Reads what <see cref="Hook"/> writes.</summary>
    /// <returns>Null where it is no place that a model here has.</returns>
    public static FeaturePlace? Parse(string hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        return hook.StartsWith(Prefix, StringComparison.Ordinal) && hook.IndexOf('.', Prefix.Length) is > 0 and var dot
            && int.TryParse(hook.AsSpan(Prefix.Length..dot), NumberStyles.None, CultureInfo.InvariantCulture, out var layer)
            && Array.FindIndex(Hooks, known => known.Hook == hook[(dot + 1)..]) is >= 0 and var index
            ? new FeaturePlace(Hooks[index].Activation, layer) : null;
    }

    /// <summary>Such as <c>resid_post of layer 2</c>.</summary>
    public override string ToString() => $"{Activation.Name()} of layer {Layer}";
}
