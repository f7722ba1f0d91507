using Pellucid.Models.Adapters;
using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>One block of a model: its shape and its parameters, which are empty where the shape has none.</summary>
/// <param name="shape">What it computes.</param>
/// <param name="find">Its parameters.</param>
/// <param name="added">What an adapter adds to the products of its weights; nothing if left out.</param>
internal sealed class GptBlock(BlockShape shape, Func<ParameterRole, Tensor> find,
    Func<ParameterRole, IReadOnlyList<LowRank>>? added = null)
{
    public BlockShape Shape => shape;

    public (Tensor Gain, Tensor Bias) AttentionNorm { get; } = (find(ParameterRole.AttentionNormGain),
        find(ParameterRole.AttentionNormBias));

    public Projection AttentionInput { get; } =
        Linear(ParameterRole.AttentionInput, find(ParameterRole.AttentionInputBias), find, added);

    public Projection AttentionOutput { get; } =
        Linear(ParameterRole.AttentionOutput, find(ParameterRole.AttentionOutputBias), find, added);

    public (Tensor Gain, Tensor Bias) FeedForwardNorm { get; } = (find(ParameterRole.FeedForwardNormGain),
        find(ParameterRole.FeedForwardNormBias));

    public (Tensor Query, Tensor Key) HeadNorm { get; } = (find(ParameterRole.QueryNormGain), find(ParameterRole.KeyNormGain));

    public Tensor Sinks { get; } = find(ParameterRole.AttentionSinks);

    public Tensor AttentionOutputNorm { get; } = find(ParameterRole.AttentionOutputNormGain);

    public Tensor FeedForwardOutputNorm { get; } = find(ParameterRole.FeedForwardOutputNormGain);

    public Projection FeedForwardGate { get; } = Linear(ParameterRole.FeedForwardGate, default, find, added);

    public Projection FeedForwardInput { get; } =
        Linear(ParameterRole.FeedForwardInput, find(ParameterRole.FeedForwardInputBias), find, added);

    public Projection FeedForwardOutput { get; } =
        Linear(ParameterRole.FeedForwardOutput, find(ParameterRole.FeedForwardOutputBias), find, added);

    private static Projection Linear(ParameterRole role, Tensor bias, Func<ParameterRole, Tensor> find,
        Func<ParameterRole, IReadOnlyList<LowRank>>? added) => new(find(role), bias) { Added = added?.Invoke(role) ?? [] };
}
