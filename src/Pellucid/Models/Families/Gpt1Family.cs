using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>The first GPT (Radford et al. 2018): the residual stream is normalised after each layer, and not at the end.</summary>
internal sealed class Gpt1Family() : ModelFamily("openai-gpt", "OpenAIGPTLMHeadModel")
{
    private const string ActivationField = "afn";
    private const string TokenTable = "tokens_embed.weight", PositionTable = "positions_embed.weight";

    private protected override string Prefix => "transformer.";

    public override string StoredName(Parameter parameter) => parameter.Role switch
    {
        ParameterRole.TokenTable => TokenTable,
        ParameterRole.PositionTable => PositionTable,
        _ => Gpt2Names.Of(parameter),
    };

    // Training states of earlier versions call the tables as GPT-2 does.
    internal override IEnumerable<string> WrittenNames(string storedName) => storedName switch
    {
        TokenTable => [.. base.WrittenNames(storedName), "wte.weight"],
        PositionTable => [.. base.WrittenNames(storedName), "wpe.weight"],
        _ => base.WrittenNames(storedName),
    };

    internal override bool IsHarmless(string written) => Gpt2Names.IsMask(written);

    internal override GptConfig Read(ConfigFields fields)
    {
        TransformersFields.Take(fields);
        GptFields.TakeHarmless(fields);
        fields.Harmless("predict_special_tokens");
        fields.MustBeOff("n_special"); // rows of the token table beyond the vocabulary
        var config = GptFields.Read(fields, this);
        if (fields.Integer("n_inner") is { } inner)
            config = config with { FeedForwardWidth = inner };
        return config with
        {
            Norm = config.Norm with { Place = NormPlace.Stream },
            Nonlinearity = ActivationNames.ReadGpt1(fields, ActivationField)
        };
    }

    internal override void Write(GptConfig config, Utf8JsonWriter json)
    {
        GptFields.RequirePlain(config, this);
        RequirePlace(config.Norm is { Kind: NormKind.LayerNorm, Place: NormPlace.Stream, HasBias: true }, "such a normalisation");
        RequirePlace(config.Windows.Equals(0), "windows");
        RequirePlace(config.ScoreScales.Equals((double?)null), "scales of attention scores");
        var activation = ActivationNames.NameInGpt1(config.Nonlinearity);
        RequirePlace(activation is not null, $"{config.Nonlinearity}");
        json.WriteString(ActivationField, activation);
        GptFields.Write(config, json);
    }
}
