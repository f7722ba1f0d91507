namespace Pellucid.Models.Families;

/// <summary>What GGUF files say of mixtures of experts, and what they call an expert's parameters: a stack of all of a layer's.</summary>
internal static class GgufExperts
{
    /// <summary>The number of experts, by which a mixture is told from other models of its architecture.</summary>
    public const string Count = "expert_count";

    private const string Active = "expert_used_count", Width = "expert_feed_forward_length", AmongChosen = "expert_weights_norm";

    /// <summary>Whether a file holds a mixture.</summary>
    public static bool Are(GgufFields fields) => fields.Take(Count) is { } count && count.Integer() > 0;

    /// <summary>Refuses a mixture, in families that have none.</summary>
    public static void MustBeNone(GgufFields fields)
    {
        fields.MustBe(Count, 0);
        fields.MustBe(Active, 0);
    }

    /// <summary>A shape with its experts, whose width may be said apart.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="fields">The file's keys.</param>
    /// <param name="weighing">How the architecture's router weighs, by GGUF's number.</param>
    public static GptConfig Read(GptConfig config, GgufFields fields, int weighing = 1)
    {
        fields.MustBe("expert_shared_count", 0);
        fields.MustBe("leading_dense_block_count", 0);
        fields.MustBe("expert_weights_scale", 1);
        fields.MustBe("expert_gating_func", weighing);
        var count = fields.RequiredInteger(Count);
        return config with
        {
            FeedForwardWidth = fields.OfAllLayers(Width, config.Layers) ?? config.FeedForwardWidth,
            Experts = new(count, fields.RequiredInteger(Active, 1, count), fields.Take(AmongChosen)?.Flag() ?? true),
        };
    }

    /// <summary>Writes them.</summary>
    public static void Write(GptConfig config, GgufKeys keys, bool apart = true)
    {
        keys.Add(Count, config.Experts!.Count);
        keys.Add(Active, config.Experts.Active);
        if (apart)
            keys.Add(Width, config.FeedForwardWidth);
        if (!config.Experts.WeighedAmongChosen)
            keys.Add(AmongChosen, false);
    }

    /// <summary>An expert's parameter in the stack.</summary>
    public static StoredPiece Piece(Parameter parameter, GptConfig config)
    {
        var (name, experts) = (GgufNames.Of(parameter).Replace(".weight", "_exps.weight", StringComparison.Ordinal)
            .Replace(".bias", "_exps.bias", StringComparison.Ordinal), config.Experts!.Count);
        return parameter.Shape.Rank == 1 ? StoredPiece.OfStack(name, parameter, new(experts, parameter.Shape[0]), parameter.Expert)
            : StoredPiece.TurnedOfStack(name, parameter,
                new(experts, parameter.Shape.Columns, parameter.Shape[0]), parameter.Expert);
    }
}
