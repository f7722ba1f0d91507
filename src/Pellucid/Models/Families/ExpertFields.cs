using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>What configuration files of mixtures of experts say alike.</summary>
internal static class ExpertFields
{
    private const string Active = "num_experts_per_tok";

    /// <summary>Experts of a layer and of a row.</summary>
    /// <param name="fields">The file.</param>
    /// <param name="count">What the family calls the number of experts.</param>
    /// <param name="otherwise">What the file means where it says nothing.</param>
    /// <param name="otherActive">Another name of the number of experts of a row.</param>
    public static ExpertsShape Read(ConfigFields fields, string count, ExpertsShape otherwise, string? otherActive = null)
    {
        // Of training: a loss that balances experts, and noise for the router.
        fields.Harmless("router_aux_loss_coef", "output_router_logits", "router_jitter_noise");
        return otherwise with
        {
            Count = fields.Integer(count) ?? otherwise.Count, Active = fields.Integer(Active, otherActive) ?? otherwise.Active,
        };
    }

    /// <summary>Writes them.</summary>
    public static void Write(GptConfig config, Utf8JsonWriter json, string count, ModelFamily family)
    {
        family.RequirePlace(config.Experts is not null, "one feed-forward layer in a block");
        json.WriteNumber(count, config.Experts!.Count);
        json.WriteNumber(Active, config.Experts.Active);
    }
}
