using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    private const float InitialDeviation = 0.02f;
    private const int DrawnTogether = 1 << 16;

    /// <summary>
    /// Draws weights as GPT-2 does: normal with deviation 0.02, the projections into the residual stream divided by
    /// sqrt(2 · layers), biases 0, gains 1. The same seed gives the same bits everywhere.
    /// </summary>
    public void Initialize(ulong seed)
    {
        var drawn = new float[Enumerable.Range(0, Parameters.Count).Max(index => Parameters[index].Count)];
        for (var index = 0; index < Parameters.Count; index++)
        {
            var (name, parameter) = (Parameters.NameOf(index), Parameters[index]);
            if (name.EndsWith("bias", StringComparison.Ordinal))
                Backend.Fill(parameter, 0);
            else if (IsGain(name))
                Backend.Fill(parameter, 1);
            else
            {
                var values = drawn.AsMemory(0, (int)parameter.Count);
                DrawNormals(seed, (uint)index, Deviation(name), values);
                Parameters.Write(index, values.Span);
            }
        }
    }

    /// <summary>Whether AdamW's weight decay applies to a parameter: matrices yes, biases and gains no.</summary>
    public bool Decays(int index) => Parameters[index].Shape.Rank > 1;

    private float Deviation(string name) => name.EndsWith("c_proj.weight", StringComparison.Ordinal)
        ? InitialDeviation / MathF.Sqrt(2 * Config.Layers)
        : InitialDeviation;

    private static bool IsGain(string name) => name.Contains("ln_", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal);

    private static void DrawNormals(ulong seed, uint purpose, float deviation, Memory<float> values) =>
        Parallel.For(0, (values.Length + DrawnTogether - 1) / DrawnTogether, part =>
        {
            var first = part * DrawnTogether;
            var span = values.Span[first..Math.Min(values.Length, first + DrawnTogether)];
            for (var i = 0; i < span.Length; i++)
                span[i] = deviation * CounterRandom.Normal(seed, purpose, 0, (ulong)(first + i));
        });

    /// <summary>Names and shapes in GPT-2's order. Weights are (in, out), as GPT-2's checkpoints store them.</summary>
    internal static IEnumerable<ParameterShape> Layout(GptConfig config)
    {
        var (C, F) = (config.Width, config.FeedForwardWidth);
        yield return new("wte.weight", new Shape(config.VocabularySize, C), WeightForm.OutIn);
        yield return new("wpe.weight", new Shape(config.Context, C));
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var h = $"h.{layer}.";
            if (config.LayerNorm)
            {
                yield return new(h + "ln_1.weight", new Shape(C));
                yield return new(h + "ln_1.bias", new Shape(C));
            }
            yield return new(h + "attn.c_attn.weight", new Shape(C, 3 * C), WeightForm.InOut);
            yield return new(h + "attn.c_attn.bias", new Shape(3 * C));
            yield return new(h + "attn.c_proj.weight", new Shape(C, C), WeightForm.InOut);
            yield return new(h + "attn.c_proj.bias", new Shape(C));
            if (F == 0)
                continue;
            if (config.LayerNorm)
            {
                yield return new(h + "ln_2.weight", new Shape(C));
                yield return new(h + "ln_2.bias", new Shape(C));
            }
            yield return new(h + "mlp.c_fc.weight", new Shape(C, F), WeightForm.InOut);
            yield return new(h + "mlp.c_fc.bias", new Shape(F));
            yield return new(h + "mlp.c_proj.weight", new Shape(F, C), WeightForm.InOut);
            yield return new(h + "mlp.c_proj.bias", new Shape(C));
        }
        if (config.HasFinalLayerNorm)
        {
            yield return new("ln_f.weight", new Shape(C));
            yield return new("ln_f.bias", new Shape(C));
        }
    }

    /// <summary>One block's parameters; gains are empty without LayerNorm, the last four without a feed-forward layer.</summary>
    private sealed class Block
    {
        public Block(GptConfig config, ParameterSet parameters, int layer)
        {
            Tensor Named(string name, bool exists) => exists ? parameters[$"h.{layer}.{name}"] : default;
            HasFeedForward = config.FeedForwardWidth > 0;
            Gain1 = Named("ln_1.weight", config.LayerNorm);
            Bias1 = Named("ln_1.bias", config.LayerNorm);
            AttentionWeight = Named("attn.c_attn.weight", true);
            AttentionBias = Named("attn.c_attn.bias", true);
            ProjectionWeight = Named("attn.c_proj.weight", true);
            ProjectionBias = Named("attn.c_proj.bias", true);
            Gain2 = Named("ln_2.weight", HasFeedForward && config.LayerNorm);
            Bias2 = Named("ln_2.bias", HasFeedForward && config.LayerNorm);
            ExpandWeight = Named("mlp.c_fc.weight", HasFeedForward);
            ExpandBias = Named("mlp.c_fc.bias", HasFeedForward);
            ContractWeight = Named("mlp.c_proj.weight", HasFeedForward);
            ContractBias = Named("mlp.c_proj.bias", HasFeedForward);
        }

        public bool HasFeedForward { get; }
        public Tensor Gain1 { get; }
        public Tensor Bias1 { get; }
        public Tensor AttentionWeight { get; }
        public Tensor AttentionBias { get; }
        public Tensor ProjectionWeight { get; }
        public Tensor ProjectionBias { get; }
        public Tensor Gain2 { get; }
        public Tensor Bias2 { get; }
        public Tensor ExpandWeight { get; }
        public Tensor ExpandBias { get; }
        public Tensor ContractWeight { get; }
        public Tensor ContractBias { get; }
    }
}
