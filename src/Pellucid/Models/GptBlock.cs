using Pellucid.Models.Adapters;
using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>One block of a model: its shape and its parameters, which are empty where the shape has none.</summary>
/// <param name="shape">What it computes.</param>
/// <param name="find">The parameter of a role, of an expert or, for −1, of the whole block.</param>
/// <param name="added">What an adapter adds to the products of its weights; nothing if left out.</param>
internal sealed class GptBlock(BlockShape shape, Func<ParameterRole, int, Tensor> find,
    Func<ParameterRole, IReadOnlyList<LowRank>>? added = null)
{
    public BlockShape Shape => shape;

    public (Tensor Gain, Tensor Bias) AttentionNorm { get; } = (find(ParameterRole.AttentionNormGain, -1),
        find(ParameterRole.AttentionNormBias, -1));

    public Projection AttentionInput { get; } =
        Linear(ParameterRole.AttentionInput, find(ParameterRole.AttentionInputBias, -1), find, added);

    public Projection AttentionOutput { get; } =
        Linear(ParameterRole.AttentionOutput, find(ParameterRole.AttentionOutputBias, -1), find, added);

    public (Tensor Gain, Tensor Bias) FeedForwardNorm { get; } = (find(ParameterRole.FeedForwardNormGain, -1),
        find(ParameterRole.FeedForwardNormBias, -1));

    public (Tensor Query, Tensor Key) HeadNorm { get; } = (find(ParameterRole.QueryNormGain, -1), find(ParameterRole.KeyNormGain, -1));

    public Tensor Sinks { get; } = find(ParameterRole.AttentionSinks, -1);

    public Tensor AttentionOutputNorm { get; } = find(ParameterRole.AttentionOutputNormGain, -1);

    public Tensor FeedForwardOutputNorm { get; } = find(ParameterRole.FeedForwardOutputNormGain, -1);

    public Projection FeedForwardGate { get; } = Linear(ParameterRole.FeedForwardGate, default, find, added);

    public Projection FeedForwardInput { get; } =
        Linear(ParameterRole.FeedForwardInput, find(ParameterRole.FeedForwardInputBias, -1), find, added);

    public Projection FeedForwardOutput { get; } =
        Linear(ParameterRole.FeedForwardOutput, find(ParameterRole.FeedForwardOutputBias, -1), find, added);

    public (Tensor Weight, Tensor Bias) Router { get; } = (find(ParameterRole.Router, -1), find(ParameterRole.RouterBias, -1));

    /// <summary>Of each expert, with a bias each or none at all.</summary>
    public (Tensor[] Weights, Tensor[] Biases) ExpertGates { get; } =
        OfExperts(shape, find, ParameterRole.FeedForwardGate, ParameterRole.FeedForwardGateBias);

    /// <inheritdoc cref="ExpertGates"/>
    public (Tensor[] Weights, Tensor[] Biases) ExpertInputs { get; } =
        OfExperts(shape, find, ParameterRole.FeedForwardInput, ParameterRole.FeedForwardInputBias);

    /// <inheritdoc cref="ExpertGates"/>
    public (Tensor[] Weights, Tensor[] Biases) ExpertOutputs { get; } =
        OfExperts(shape, find, ParameterRole.FeedForwardOutput, ParameterRole.FeedForwardOutputBias);

    private static Projection Linear(ParameterRole role, Tensor bias, Func<ParameterRole, int, Tensor> find,
        Func<ParameterRole, IReadOnlyList<LowRank>>? added) => new(find(role, -1), bias) { Added = added?.Invoke(role) ?? [] };

    private static (Tensor[], Tensor[]) OfExperts(BlockShape shape, Func<ParameterRole, int, Tensor> find, ParameterRole weight,
        ParameterRole bias) =>
        ([.. Enumerable.Range(0, shape.FeedForward?.Experts?.Count ?? 0).Select(expert => find(weight, expert))],
            [.. Enumerable.Range(0, shape.FeedForward is { HasBiases: true, Experts.Count: var count } ? count : 0)
                .Select(expert => find(bias, expert))]);
}
