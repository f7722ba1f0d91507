using System.Text.Json;
using Pellucid.Tensors;

namespace Pellucid.Models.Families;

/// <summary>
/// GPT-2 (Radford et al. 2019) and what descends from it, with the switches of transformers' <c>GPT2Config</c>; by fields of
/// our own also GPT-3's banded layers (Brown et al. 2020) and models without normalisation.
/// </summary>
internal sealed class Gpt2Family() : ModelFamily("gpt2", "GPT2LMHeadModel")
{
    private const string ScaledField = "scale_attn_weights", InverseField = "scale_attn_by_inverse_layer_idx",
        ActivationField = "activation_function";
    private const string GgufEpsilon = "attention.layer_norm_epsilon";
    private const string BandField = "pellucid_attention_band", NormField = "pellucid_layer_norm";

    private protected override string Prefix => "transformer.";

    public override string StoredName(Parameter parameter) => Gpt2Names.Of(parameter);

    internal override bool IsHarmless(string written) => Gpt2Names.IsMask(written);

    /// <summary>Windows of GPT-3: dense layers and banded ones in turn, the first one dense.</summary>
    internal static PerLayer<int> Banded(int layers, int band) => PerLayer<int>.Of(layers, layer => layer % 2 == 1 ? band : 0);

    internal override GptConfig Read(ConfigFields fields)
    {
        TransformersFields.Take(fields);
        GptFields.TakeHarmless(fields);
        // The order in which transformers multiplies, and in which precision.
        fields.Harmless("reorder_and_upcast_attn");
        var config = GptFields.Read(fields, this) with { Nonlinearity = ActivationNames.Read(fields, ActivationField) };
        if (fields.Integer("n_inner") is { } inner)
            config = config with { FeedForwardWidth = inner };
        if (fields.Integer(BandField) is { } band)
            config = config with { Windows = band < 0 ? throw fields.Refusal(BandField, "a number of keys") : Banded(config.Layers, band) };
        if (fields.Truth(NormField) == false)
            config = config with { Norm = NormShape.None };
        return config with { ScoreScales = Scales(config, fields.Truth(ScaledField) ?? true, fields.Truth(InverseField) ?? false) };
    }

    internal override string GgufArchitecture => "gpt2";

    internal override GptConfig Read(GgufFields fields)
    {
        fields.Harmless("tensor_data_layout");
        fields.MustBe("attention.causal", true);
        var heads = fields.RequiredInteger("attention.head_count");
        fields.MustBe("attention.head_count_kv", heads);
        return new GptConfig
        {
            Family = this,
            VocabularySize = fields.Vocabulary(),
            Context = fields.RequiredInteger("context_length"),
            Layers = fields.RequiredInteger("block_count", highest: 4096),
            Heads = heads,
            Width = fields.RequiredInteger("embedding_length"),
            FeedForwardWidth = fields.RequiredInteger("feed_forward_length"),
            Norm = new NormShape(Epsilon: (float)fields.RequiredPositive(GgufEpsilon)),
            TiedOutput = !fields.HasTensor(GgufNames.OutputTable),
        };
    }

    internal override void Write(GptConfig config, GgufKeys keys)
    {
        GptFields.RequirePlain(config, this);
        keys.Add("vocab_size", config.VocabularySize);
        keys.Add("context_length", config.Context);
        keys.Add("embedding_length", config.Width);
        keys.Add("block_count", config.Layers);
        keys.Add("feed_forward_length", config.FeedForwardWidth);
        keys.Add("attention.head_count", config.Heads);
        keys.Add(GgufEpsilon, config.Norm.Epsilon);
    }

    internal override IEnumerable<StoredPiece> GgufPieces(Parameter parameter, GptConfig config) =>
        parameter.Form == WeightForm.InOut ? [StoredPiece.TurnedWhole(GgufNames.Of(parameter), parameter)]
        : [StoredPiece.Whole(GgufNames.Of(parameter), parameter)];

    internal override void Write(GptConfig config, Utf8JsonWriter json)
    {
        GptFields.RequirePlain(config, this);
        RequirePlace(config.Norm is { Kind: NormKind.None } or { Place: NormPlace.Input, HasBias: true }, "such a normalisation");
        json.WriteString(ActivationField, ActivationNames.NameOf(config.Nonlinearity));
        GptFields.Write(config, json);
        if (!config.Norm.Exists)
            json.WriteBoolean(NormField, false);
        WriteBand(config, json);
        WriteScales(config, json);
    }

    private void WriteBand(GptConfig config, Utf8JsonWriter json)
    {
        var band = config.Layers > 1 ? config.Windows[1] : 0;
        RequirePlace(config.Windows.Equals(Banded(config.Layers, band)), "windows but in every second layer");
        if (band > 0)
            json.WriteNumber(BandField, band);
    }

    private void WriteScales(GptConfig config, Utf8JsonWriter json)
    {
        foreach (var (scaled, inverse) in (ReadOnlySpan<(bool, bool)>)[(true, false), (false, false), (true, true), (false, true)])
            if (config.ScoreScales.Equals(Scales(config, scaled, inverse)))
            {
                if (!scaled)
                    json.WriteBoolean(ScaledField, false);
                if (inverse)
                    json.WriteBoolean(InverseField, true);
                return;
            }
        RequirePlace(false, "such scales of attention scores");
    }

    // Scores are divided by √D, and where layers count by the layer's number from 1 too.
    private static PerLayer<double?> Scales(GptConfig config, bool scaled, bool inverse) => scaled && !inverse ? (double?)null
        : PerLayer<double?>.Of(config.Layers, layer => (scaled ? 1 / Math.Sqrt(config.HeadWidth) : 1) / (inverse ? layer + 1 : 1));
}
