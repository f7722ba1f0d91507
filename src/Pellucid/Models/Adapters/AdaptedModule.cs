using Pellucid.Models.Families;

namespace Pellucid.Models.Adapters;

/// <summary>A linear layer of a model as transformers names it: some columns of one of our weights.</summary>
/// <param name="Name">Such as <c>model.layers.3.self_attn.q_proj</c>.</param>
/// <param name="Weight">Index of our weight in the model's layout.</param>
/// <param name="FirstColumn">The module's first output in it.</param>
/// <param name="Columns">Its outputs.</param>
internal sealed record AdaptedModule(string Name, int Weight, int FirstColumn, int Columns)
{
    private const string WeightEnd = ".weight", BiasEnd = ".bias";

    private static readonly ParameterRole[] Linear = [ParameterRole.AttentionInput, ParameterRole.AttentionOutput,
        ParameterRole.FeedForwardGate, ParameterRole.FeedForwardInput, ParameterRole.FeedForwardOutput];

    /// <summary>The linear layers of a model that can be adapted, in the order of a forward.</summary>
    public static IEnumerable<AdaptedModule> Of(Gpt gpt) =>
        from index in Enumerable.Range(0, gpt.Layout.Count)
        let parameter = gpt.Layout[index]
        where Linear.Contains(parameter.Role) && parameter.Expert < 0
        from piece in gpt.Config.Family.Pieces(parameter, gpt.Config)
        select new AdaptedModule(ModuleOf(gpt, parameter, piece), index, piece.FirstColumn,
            piece.Turned ? piece.Columns : parameter.Shape.Columns);

    /// <summary>Modules that adapting would have to do with, but that have no low-rank part here: tables, norms.</summary>
    public static IEnumerable<string> Others(Gpt gpt) =>
        from parameter in gpt.Layout
        where !Linear.Contains(parameter.Role)
        from piece in gpt.Config.Family.Pieces(parameter, gpt.Config)
        where !piece.Name.EndsWith(BiasEnd, StringComparison.Ordinal)
        select ModuleOf(gpt, parameter, piece);

    /// <summary>Modules of experts, which have no low-rank part here: a row meets a few of them alone.</summary>
    public static IEnumerable<string> OfExperts(Gpt gpt) =>
        from parameter in gpt.Layout
        where parameter.Expert >= 0
        from piece in gpt.Config.Family.Pieces(parameter, gpt.Config)
        select ModuleOf(gpt, parameter, piece);

    /// <summary>The module that a tensor of a file belongs to.</summary>
    public static string ModuleOf(Gpt gpt, Parameter parameter, StoredPiece piece)
    {
        var name = gpt.Config.Family.WrittenName(parameter, piece.Name);
        return name.EndsWith(WeightEnd, StringComparison.Ordinal) ? name[..^WeightEnd.Length]
            : name.EndsWith(BiasEnd, StringComparison.Ordinal) ? name[..^BiasEnd.Length] : name;
    }

    /// <summary>The bias of a weight of ours.</summary>
    public static ParameterRole? BiasOf(ParameterRole weight) => weight switch
    {
        ParameterRole.AttentionInput => ParameterRole.AttentionInputBias,
        ParameterRole.AttentionOutput => ParameterRole.AttentionOutputBias,
        ParameterRole.FeedForwardInput => ParameterRole.FeedForwardInputBias,
        ParameterRole.FeedForwardOutput => ParameterRole.FeedForwardOutputBias,
        _ => null,
    };
}
