using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>One block of a model: its shape and its parameters, which are empty where the shape has none.</summary>
internal sealed class GptBlock(BlockShape shape, Func<ParameterRole, Tensor> find)
{
    public BlockShape Shape => shape;

    public (Tensor Gain, Tensor Bias) AttentionNorm { get; } = (find(ParameterRole.AttentionNormGain),
        find(ParameterRole.AttentionNormBias));

    public (Tensor Weight, Tensor Bias) AttentionInput { get; } = (find(ParameterRole.AttentionInput),
        find(ParameterRole.AttentionInputBias));

    public (Tensor Weight, Tensor Bias) AttentionOutput { get; } = (find(ParameterRole.AttentionOutput),
        find(ParameterRole.AttentionOutputBias));

    public (Tensor Gain, Tensor Bias) FeedForwardNorm { get; } = (find(ParameterRole.FeedForwardNormGain),
        find(ParameterRole.FeedForwardNormBias));

    public (Tensor Query, Tensor Key) HeadNorm { get; } = (find(ParameterRole.QueryNormGain), find(ParameterRole.KeyNormGain));

    public Tensor Sinks { get; } = find(ParameterRole.AttentionSinks);

    public Tensor AttentionOutputNorm { get; } = find(ParameterRole.AttentionOutputNormGain);

    public Tensor FeedForwardOutputNorm { get; } = find(ParameterRole.FeedForwardOutputNormGain);

    public Tensor FeedForwardGate { get; } = find(ParameterRole.FeedForwardGate);

    public (Tensor Weight, Tensor Bias) FeedForwardInput { get; } = (find(ParameterRole.FeedForwardInput),
        find(ParameterRole.FeedForwardInputBias));

    public (Tensor Weight, Tensor Bias) FeedForwardOutput { get; } = (find(ParameterRole.FeedForwardOutput),
        find(ParameterRole.FeedForwardOutputBias));
}
