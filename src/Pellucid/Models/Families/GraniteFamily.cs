using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>Granite 3 and 4, dense (IBM 2024):
/// Llama with four numbers by which embeddings, scores, layers' words and logits are scaled.</summary>
internal sealed class GraniteFamily() : RotaryFamily("granite", "GraniteForCausalLM", new(32000, 4096, 11008, 32, 32, 2048))
{
    private const string Embedding = "embedding_multiplier", Scores = "attention_multiplier",
        Residual = "residual_multiplier", Logits = "logits_scaling";

    private const string GgufEmbedding = "embedding_scale", GgufScores = "attention.scale", GgufResidual = "residual_scale",
        GgufLogits = "logit_scale";

    internal override string GgufArchitecture => "granite";

    protected override bool PairsLieSideBySide => true;

    protected override GptConfig Describe(GptConfig config, GgufFields fields) => config with
    {
        EmbeddingScale = (float)(fields.Positive(GgufEmbedding) ?? 1),
        ScoreScales = fields.Positive(GgufScores) ?? 1 / Math.Sqrt(config.HeadWidth),
        ResidualScale = (float)(fields.Positive(GgufResidual) ?? 1),
        LogitScale = (float)(1 / (fields.Positive(GgufLogits) ?? 1)), // which divides
    };

    protected override GptConfig Describe(GptConfig config, ConfigFields fields) => config with
    {
        AttentionBiases = ReadBiases(fields),
        EmbeddingScale = (float)(fields.Positive(Embedding) ?? 1),
        ScoreScales = fields.Positive(Scores) ?? 1,
        ResidualScale = (float)(fields.Positive(Residual) ?? 1),
        LogitScale = (float)(1 / (fields.Positive(Logits) ?? 1)),
    };

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        WriteBiases(config, json);
        json.WriteNumber(Embedding, config.EmbeddingScale);
        json.WriteNumber(Scores, config.ScoreScales[0] ?? 1 / Math.Sqrt(config.HeadWidth));
        json.WriteNumber(Residual, config.ResidualScale);
        json.WriteNumber(Logits, 1.0 / config.LogitScale);
    }

    protected override void WriteOwn(GptConfig config, GgufKeys keys)
    {
        base.WriteOwn(config, keys);
        keys.Add(GgufEmbedding, config.EmbeddingScale);
        keys.Add(GgufScores, config.ScoreScales[0] ?? 1 / Math.Sqrt(config.HeadWidth));
        keys.Add(GgufResidual, config.ResidualScale);
        keys.Add(GgufLogits, 1.0 / config.LogitScale);
    }
}
