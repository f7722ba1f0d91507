namespace Pellucid.Models;

/// <summary>The activations that a forward names in passing, in its order.
/// R rows, C width, H heads, K keys, F feed-forward width.</summary>
public enum Activation
{
    /// <summary><c>resid_pre</c> (R, C): the residual stream before a block.</summary>
    ResidPre,

    /// <summary><c>ln1</c> (R, C): what attention reads.</summary>
    Ln1,

    /// <summary><c>q</c> (R, C): queries, head beside head.</summary>
    Q,

    /// <summary><c>k</c> (R, C): keys.</summary>
    K,

    /// <summary><c>v</c> (R, C): values.</summary>
    V,

    /// <summary><c>rot_q</c> (R, H · D): queries as scores are made of them, normalised and turned, where a model does so.</summary>
    RotQ,

    /// <summary><c>rot_k</c> (R, K · D): keys likewise.</summary>
    RotK,

    /// <summary><c>attn_scores</c> (H, R, K): scaled and masked, before softmax.</summary>
    AttnScores,

    /// <summary><c>pattern</c> (H, R, K): where each row looks.</summary>
    Pattern,

    /// <summary><c>z</c> (R, C): values mixed by the pattern, head beside head.</summary>
    Z,

    /// <summary><c>attn_out</c> (R, C): what attention adds to the residual stream.</summary>
    AttnOut,

    /// <summary><c>resid_mid</c> (R, C): the residual stream between attention and feed-forward.</summary>
    ResidMid,

    /// <summary><c>ln2</c> (R, C): what the feed-forward layer reads.</summary>
    Ln2,

    /// <summary><c>router_logits</c> (R, E): scores of experts, before softmax, where there are experts.</summary>
    RouterLogits,

    /// <summary><c>mlp_gate</c> (R, F): what gates neurons, before the nonlinearity, where there are gates.</summary>
    MlpGate,

    /// <summary><c>mlp_up</c> (R, F): what is gated.</summary>
    MlpUp,

    /// <summary><c>mlp_pre</c> (R, F): neurons before GELU.</summary>
    MlpPre,

    /// <summary><c>mlp_post</c> (R, F): neurons after GELU.</summary>
    MlpPost,

    /// <summary><c>mlp_out</c> (R, C): what the feed-forward layer adds to the residual stream.</summary>
    MlpOut,

    /// <summary><c>resid_post</c> (R, C): the residual stream after a block.</summary>
    ResidPost,

    /// <summary><c>ln_final</c> (rows that need logits, C): what the output table reads; of layer = number of layers.</summary>
    LnFinal,
}

/// <summary>The field's names of activations.</summary>
public static class Activations
{
    private static readonly string[] Names =
        ["resid_pre", "ln1", "q", "k", "v", "rot_q", "rot_k", "attn_scores", "pattern", "z", "attn_out", "resid_mid", "ln2",
            "router_logits", "mlp_gate", "mlp_up", "mlp_pre", "mlp_post", "mlp_out", "resid_post", "ln_final"];

    /// <summary>The name as used in the literature, such as <c>resid_pre</c>.</summary>
    public static string Name(this Activation activation) => Names[(int)activation];

    /// <summary>Whether its columns are heads side by side: queries, keys, values, and what they mix to.</summary>
    public static bool HasHeads(this Activation activation) => activation is >= Activation.Q and <= Activation.Z;

    /// <summary>Whether a model of that shape computes it.</summary>
    internal static bool Exists(this Activation activation, GptConfig config) => activation switch
    {
        Activation.RotQ or Activation.RotK => config.HeadNorm != HeadNorm.None || config.Rotary.Values.Any(rotary => rotary is not null),
        Activation.RouterLogits => config.FeedForwardWidth > 0 && config.Experts is not null,
        >= Activation.MlpGate and <= Activation.MlpPost when config.Experts is not null => false,
        Activation.MlpGate or Activation.MlpUp => config.FeedForwardWidth > 0 && config.Gated,
        Activation.MlpPre => config.FeedForwardWidth > 0 && !config.Gated,
        >= Activation.ResidMid and <= Activation.MlpOut => config.FeedForwardWidth > 0,
        _ => true,
    };

    /// <summary>Whether it is a plane of rows for each head: scores and patterns.</summary>
    internal static bool HasPlanes(this Activation activation) => activation is Activation.AttnScores or Activation.Pattern;

    /// <summary>The activation of that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message suggests the nearest and lists them all.</exception>
    public static Activation Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var index = Array.IndexOf(Names, name);
        return index >= 0 ? (Activation)index
            : throw new ArgumentException($"there is no activation named '{name}'; "
                + $"did you mean {Names.MinBy(other => Distance(name, other))}? There are {string.Join(", ", Names)}");
    }

    // Levenshtein (1966): insertions, deletions and substitutions from one to the other.
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)));
        }
        return row[to.Length];
    }
}
