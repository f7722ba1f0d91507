using System.Text.Json;
using Pellucid.Tensors;

namespace Pellucid.Models.Families;

/// <summary>
/// gpt-oss (OpenAI 2025): experts with biases whose gates are clamped, attention sinks, and a window on every second layer. Its files hold
/// the experts of a layer in one tensor, gates and neurons in turn; plain, or in blocks of four bits (mxfp4).
/// </summary>
/// <param name="inBlocks">Whether the files of weights hold blocks. What is saved is plain.</param>
internal sealed class GptOssFamily(bool inBlocks = false) : RotaryFamily("gpt_oss", "GptOssForCausalLM",
    new(201088, 2880, 2880, 36, 64, 131072, KeyValueHeads: 8, HeadWidth: 64, Epsilon: 1e-5, Theta: 150_000))
{
    private const string Experts = "num_local_experts", Slope = "swiglu_alpha", Limit = "swiglu_limit", Blocks = "quantization_config";
    private const int DefaultWindow = 128, GgufPeriod = 2, SoftmaxOfChosen = 3;

    private static readonly GptOssFamily OfBlocks = new(inBlocks: true);
    private static readonly GateClamp Clamp = new(Slope: 1.702f, Limit: 7);
    private static readonly YarnRotaryScaling Scaling = new(Factor: 32, OriginalLength: 4096, FastTurns: 32, SlowTurns: 1, null, false);

    internal override ModelFamily Saved => inBlocks ? All.First(family => family.Name == Name) : this;

    protected override bool StoresBlocks => true;

    internal override string GgufArchitecture => "gpt-oss";

    protected override bool HasExperts => true;

    internal override IEnumerable<StoredPiece> GgufPieces(Parameter parameter, GptConfig config) => parameter.Role switch
    {
        ParameterRole.FeedForwardNormGain =>
            [StoredPiece.Whole(GgufNames.InBlock(parameter.Layer, "post_attention_norm.weight"), parameter)],
        _ => base.GgufPieces(parameter, config),
    };

    protected override GptConfig Describe(GptConfig config, GgufFields fields)
    {
        config = GgufExperts.Read(config, fields, SoftmaxOfChosen);
        return config with
        {
            Sinks = true,
            Windows = GgufWindows.Read(fields, config, GgufPeriod),
            FeedForwardBiases = true,
            Experts = config.Experts! with { Clamp = Clamp },
        };
    }

    protected override void WriteOwn(GptConfig config, GgufKeys keys)
    {
        base.WriteOwn(config, keys);
        GgufExperts.Write(config, keys);
        GgufWindows.Write(config, GgufPeriod, keys);
    }

    // Gates of that kind know no other function, and what files say of it changes nothing else.
    protected override Nonlinearity ReadNonlinearity(ConfigFields fields) =>
        base.ReadNonlinearity(fields) is Nonlinearity.Silu ? Nonlinearity.Silu : throw fields.Refusal("hidden_act", "silu");

    internal override IEnumerable<StoredPiece> Pieces(Parameter parameter, GptConfig config)
    {
        if (parameter is { Role: ParameterRole.RouterBias } or { Expert: < 0 })
            return base.Pieces(parameter, config);
        var (F, C, experts, expert) = (config.FeedForwardWidth, config.Width, config.Experts!.Count, parameter.Expert);
        var (gateAndUp, down) = ($"layers.{parameter.Layer}.mlp.experts.gate_up_proj", $"layers.{parameter.Layer}.mlp.experts.down_proj");
        // Gates are the even columns, or rows, and neurons the odd ones.
        var second = parameter.Role is ParameterRole.FeedForwardInput or ParameterRole.FeedForwardInputBias ? 1 : 0;
        return
        [
            parameter.Role switch
            {
                ParameterRole.FeedForwardGate or ParameterRole.FeedForwardInput when inBlocks =>
                    StoredPiece.TurnedOfStack(gateAndUp, parameter, new(experts, 2 * F, C), expert, second, step: 2) with
                    {
                        InBlocks = true
                    },
                ParameterRole.FeedForwardOutput when inBlocks =>
                    StoredPiece.TurnedOfStack(down, parameter, new(experts, C, F), expert) with { InBlocks = true },
                ParameterRole.FeedForwardGate or ParameterRole.FeedForwardInput =>
                    StoredPiece.OfStack(gateAndUp, parameter, new(experts, C, 2 * F), expert, second, step: 2),
                ParameterRole.FeedForwardOutput => StoredPiece.OfStack(down, parameter, new(experts, F, C), expert),
                ParameterRole.FeedForwardOutputBias => StoredPiece.OfStack(down + "_bias", parameter, new(experts, C), expert),
                _ => StoredPiece.OfStack(gateAndUp + "_bias", parameter, new(experts, 2 * F), expert, second, step: 2),
            },
        ];
    }

    protected override GptConfig Describe(GptConfig config, ConfigFields fields)
    {
        fields.Harmless("initial_context_length"); // the first file repeats so what its rotation says
        return config with
        {
            Family = ReadBlocks(config, fields) ? OfBlocks : this,
            AttentionBiases = ReadBiases(fields, otherwise: true),
            Sinks = true,
            Windows = RotaryFields.ReadWindows(fields, config, RotaryFields.ReadWindow(fields, DefaultWindow), layer => layer % 2 == 0),
            FeedForwardBiases = true,
            Experts = ExpertFields.Read(fields, Experts, new(Count: 128, Active: 4), "experts_per_token") with
            {
                Clamp = new((float)(fields.Positive(Slope) ?? Clamp.Slope), (float)(fields.Positive(Limit) ?? Clamp.Limit)),
            },
        };
    }

    protected override PerLayer<RotaryShape?> ReadRotary(GptConfig config, ConfigFields fields)
    {
        var read = base.ReadRotary(config, fields);
        return fields.Has("rope_scaling") || fields.Has("rope_parameters") ? read
            : PerLayer<RotaryShape?>.Of(config.Layers, layer => read[layer]! with { Scaling = Scaling });
    }

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        WriteBiases(config, json);
        RotaryFields.WriteWindows(config, json);
        ExpertFields.Write(config, json, Experts, this);
        RequirePlace(config.Experts!.Clamp is not null, "gates that are not clamped");
        json.WriteNumber(Slope, config.Experts.Clamp!.Slope);
        json.WriteNumber(Limit, config.Experts.Clamp.Limit);
    }

    private protected override string InBlock(Parameter parameter) => parameter switch
    {
        { Role: ParameterRole.AttentionSinks } => "self_attn.sinks",
        { Role: ParameterRole.Router } => "mlp.router.weight",
        { Role: ParameterRole.RouterBias } => "mlp.router.bias",
        { Role: ParameterRole.FeedForwardGateBias } => $"mlp.experts.{parameter.Expert}.gate_proj.bias",
        { Role: ParameterRole.FeedForwardInputBias } => $"mlp.experts.{parameter.Expert}.up_proj.bias",
        { Role: ParameterRole.FeedForwardOutputBias } => $"mlp.experts.{parameter.Expert}.down_proj.bias",
        { Expert: >= 0 and var expert } => base.InBlock(parameter).Replace("mlp.", $"mlp.experts.{expert}.", StringComparison.Ordinal),
        _ => base.InBlock(parameter),
    };

    // Blocks of four bits, of the experts alone, are the one form but the plain one that is published.
    private static bool ReadBlocks(GptConfig config, ConfigFields fields)
    {
        if (fields.Object(Blocks) is not { } blocks)
            return false;
        if (blocks.Text("quant_method") != "mxfp4")
            throw fields.Refusal(Blocks, "mxfp4");
        blocks.Harmless("modules_to_not_convert"); // experts alone are looked for in blocks
        if (config.Width % WeightBlock.Length != 0 || config.FeedForwardWidth % WeightBlock.Length != 0)
            throw fields.Refusal(Blocks, $"a form without blocks of {WeightBlock.Length}, which widths are no multiples of,");
        return true;
    }
}
