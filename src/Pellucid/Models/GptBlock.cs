using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>One block of a model: its shape and its parameters, which are empty where the shape has none.</summary>
internal sealed class GptBlock(BlockShape shape, Func<ParameterRole, Tensor> find)
{
    public BlockShape Shape => shape;

    public (Tensor Gain, Tensor Bias) AttentionNorm { get; } = (find(ParameterRole.AttentionNormGain), find(ParameterRole.AttentionNormBias));

    public (Tensor Weight, Tensor Bias) AttentionInput { get; } = (find(ParameterRole.AttentionInput), find(ParameterRole.AttentionInputBias));

    public (Tensor Weight, Tensor Bias) AttentionOutput { get; } = (find(ParameterRole.AttentionOutput), find(ParameterRole.AttentionOutputBias));

    public (Tensor Gain, Tensor Bias) FeedForwardNorm { get; } = (find(ParameterRole.FeedForwardNormGain), find(ParameterRole.FeedForwardNormBias));

    public (Tensor Weight, Tensor Bias) FeedForwardInput { get; } = (find(ParameterRole.FeedForwardInput), find(ParameterRole.FeedForwardInputBias));

    public (Tensor Weight, Tensor Bias) FeedForwardOutput { get; } = (find(ParameterRole.FeedForwardOutput), find(ParameterRole.FeedForwardOutputBias));
}
