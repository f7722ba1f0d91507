using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Scaling;

/// <summary>What training a shape costs, from its parameters: exact for every family, experts that are not asked left out.</summary>
/// <param name="Groups">Parameters by what they are for, in the order of the model.</param>
/// <param name="Parameters">All of them.</param>
/// <param name="Active">Those that a token meets: all, but of experts only as many as are asked.</param>
/// <param name="BlockWeights">Of those, the ones that are multiplied in blocks.</param>
/// <param name="HeadWeights">The output table, which is multiplied too, whether it is the token table or its own.</param>
/// <param name="AttentionWidths">H · D, summed over layers: what scores and their values cost for each key.</param>
/// <param name="Shape">The shape.</param>
public sealed record ModelCost(IReadOnlyList<(string Group, double Parameters)> Groups, double Parameters, double Active,
    double BlockWeights, double HeadWeights, double AttentionWidths, GptConfig Shape)
{
    /// <summary>Counts a shape.</summary>
    public static ModelCost Of(GptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var (groups, active, blocks) = (new Dictionary<string, double>(), 0.0, 0.0);
        foreach (var parameter in Parameter.Of(config))
        {
            var (count, share) = ((double)parameter.Shape.Count, ShareAsked(config, parameter));
            groups[GroupOf(parameter)] = groups.GetValueOrDefault(GroupOf(parameter)) + count;
            active += share * count;
            blocks += parameter.Form == WeightForm.InOut ? share * count : 0;
        }
        return new ModelCost([.. groups.Select(group => (group.Key, group.Value))], groups.Values.Sum(), active, blocks,
            (double)config.VocabularySize * config.Width,
            Enumerable.Range(0, config.Layers).Sum(layer => (double)config.Block(layer).Attention.QueryWidth), config);
    }

    /// <summary>
    /// Operations to train on a token among <paramref name="context"/>, nothing recomputed: 6 for each weight that is multiplied and
    /// 12 H D for each key of each layer; for GPT's shape that is 72 L h² (1 + s / 6h + V / 12Lh) (Narayanan et al. 2021).
    /// </summary>
    public double ModelFlop(int context) => 6 * (BlockWeights + HeadWeights) + 12 * AttentionWidths * context;

    /// <summary>The same where each block is computed a second time in the backward pass: 96 L h² (1 + s / 6h + V / 16Lh).</summary>
    public double HardwareFlop(int context) => 8 * BlockWeights + 6 * HeadWeights + 16 * AttentionWidths * context;

    private static double ShareAsked(GptConfig config, Parameter parameter) =>
        parameter.Expert >= 0 && config.Block(parameter.Layer).FeedForward?.Experts is { } experts ? (double)experts.Active / experts.Count
            : 1;

    private static string GroupOf(Parameter parameter) => parameter.Role switch
    {
        ParameterRole.TokenTable => "token table",
        ParameterRole.PositionTable => "position table",
        ParameterRole.OutputTable => "output table",
        _ when parameter.Expert >= 0 => "experts",
        _ when parameter.Form != WeightForm.InOut => "norms and biases",
        ParameterRole.AttentionInput or ParameterRole.AttentionOutput => "attention",
        _ => "feed-forward layers",
    };
}
