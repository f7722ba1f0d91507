using Pellucid.Tensors;

namespace Pellucid.Models.Families;

internal abstract partial class RotaryFamily
{
    /// <summary>The most blocks that a file may claim.</summary>
    private const int MostLayers = 4096, MostHeads = 1 << 16;

    /// <summary>Whether GGUF files have the columns of a turned pair side by side in queries and keys, as Meta's Llama has.</summary>
    protected virtual bool PairsLieSideBySide => false;

    /// <summary>Whether feed-forward layers are experts.</summary>
    protected virtual bool HasExperts => false;

    /// <summary>What neurons do, which GGUF files do not say.</summary>
    protected virtual Nonlinearity GgufNonlinearity => Nonlinearity.Silu;

    internal override GptConfig Read(GgufFields fields)
    {
        fields.Harmless("tensor_data_layout", "rope.scaling.finetuned"); // who wrote it, and what it was tuned for
        fields.MustBe("attention.causal", true);
        fields.MustBe("use_parallel_residual", false);
        fields.MustBe("pooling_type", 0);
        if (!HasExperts)
            GgufExperts.MustBeNone(fields);
        var config = ReadSizes(fields);
        config.Validate(); // before anything is made for every layer that it claims
        config = Describe(config, fields);
        return config with { Rotary = ReadRotary(config, fields) };
    }

    internal override void Write(GptConfig config, GgufKeys keys)
    {
        keys.Add("vocab_size", config.VocabularySize);
        keys.Add("context_length", config.Context);
        keys.Add("embedding_length", config.Width);
        keys.Add("block_count", config.Layers);
        keys.Add("feed_forward_length", config.FeedForwardWidth);
        keys.Add("attention.head_count", config.Heads);
        keys.Add("attention.head_count_kv", config.KeyValueHeads);
        keys.Add("attention.key_length", config.HeadWidth);
        keys.Add("attention.value_length", config.HeadWidth);
        keys.Add("attention.layer_norm_rms_epsilon", config.Norm.Epsilon);
        WriteOwn(config, keys);
    }

    internal override IEnumerable<StoredPiece> GgufPieces(Parameter parameter, GptConfig config)
    {
        if (parameter.Expert >= 0)
            return [GgufExperts.Piece(parameter, config)];
        var (name, attention) = (GgufNames.Of(parameter), config.Block(0).Attention);
        var pairs = PairsLieSideBySide ? Pairs(config) : null;
        (string Part, int First, int Count, PairedRows? Pairs)[] parts =
        [
            ("attn_q", 0, attention.QueryWidth, pairs), ("attn_k", attention.KeyColumn(0), attention.KeyValueWidth, pairs),
            ("attn_v", attention.ValueColumn(0), attention.KeyValueWidth, null),
        ];
        string Stored(string part) => name.Replace("attn_qkv", part, StringComparison.Ordinal);
        return parameter.Role switch
        {
            ParameterRole.AttentionInput => parts.Select(part =>
                StoredPiece.TurnedRows(Stored(part.Part), parameter, part.First, part.Count) with { Pairs = part.Pairs }),
            ParameterRole.AttentionInputBias => parts.Select(part =>
                StoredPiece.Elements(Stored(part.Part), part.First, part.Count) with { Pairs = part.Pairs }),
            ParameterRole.AttentionOutput or ParameterRole.Router or ParameterRole.FeedForwardGate or ParameterRole.FeedForwardInput
                or ParameterRole.FeedForwardOutput => [StoredPiece.TurnedWhole(name, parameter)],
            _ => [StoredPiece.Whole(name, parameter)],
        };
    }

    /// <summary>What the family adds to sizes in GGUF: windows, scales, norms.</summary>
    protected virtual GptConfig Describe(GptConfig config, GgufFields fields) => config;

    /// <summary>How layers turn queries and keys: all alike.</summary>
    protected virtual PerLayer<RotaryShape?> ReadRotary(GptConfig config, GgufFields fields) =>
        GgufRotary.Read(fields, config);

    /// <summary>Writes what these two read.</summary>
    protected virtual void WriteOwn(GptConfig config, GgufKeys keys) => GgufRotary.Write(config.Rotary[0], config, keys);

    /// <summary>Biases of attention, which the tensors tell.</summary>
    protected virtual AttentionBiases Biases(GgufFields fields) =>
        !fields.HasTensor(GgufNames.InBlock(0, "attn_q.bias")) ? AttentionBiases.None
        : fields.HasTensor(GgufNames.InBlock(0, "attn_output.bias")) ? AttentionBiases.All : AttentionBiases.Input;

    private GptConfig ReadSizes(GgufFields fields)
    {
        var (layers, width) = (fields.RequiredInteger("block_count", highest: MostLayers), fields.RequiredInteger("embedding_length"));
        var heads = fields.OfAllLayers("attention.head_count", layers, MostHeads) ?? fields.RequiredInteger("attention.head_count");
        var headWidth = fields.Integer("attention.key_length", highest: MostHeads)
            ?? (width % heads == 0 ? width / heads : fields.RequiredInteger("attention.key_length"));
        if (fields.Integer("attention.value_length") is { } values && values != headWidth)
            throw fields.Take("attention.value_length")!.Refusal($"is {values}; values must be as wide as keys, which are {headWidth}");
        return new GptConfig
        {
            Family = this,
            VocabularySize = fields.Vocabulary(),
            Context = fields.RequiredInteger("context_length"),
            Layers = layers,
            Heads = heads,
            Width = width,
            KeyValueHeads = fields.OfAllLayers("attention.head_count_kv", layers, heads) ?? heads,
            HeadWidth = headWidth,
            FeedForwardWidth = fields.OfAllLayers("feed_forward_length", layers) ?? fields.RequiredInteger("feed_forward_length"),
            Norm = new NormShape(NormKind.Rms, NormPlace.Input,
                (float)fields.RequiredPositive("attention.layer_norm_rms_epsilon"), HasBias: false),
            Nonlinearity = GgufNonlinearity,
            LearnedPositions = false,
            AttentionBiases = Biases(fields),
            Gated = true,
            FeedForwardBiases = false,
            TiedOutput = !fields.HasTensor(GgufNames.OutputTable),
        };
    }

    // Layers that turn nothing are in the order of those that do.
    private static PairedRows Pairs(GptConfig config)
    {
        var turning = Enumerable.Range(0, config.Layers).Select(layer => config.Rotary[layer]).FirstOrDefault(rotary => rotary is not null);
        return new PairedRows(config.HeadWidth, turning?.Width ?? config.HeadWidth);
    }
}
