namespace Pellucid.Models.Weights.Gguf;

/// <summary>In which type a tensor is written where one is asked for that its rows, or its use, do not allow.</summary>
internal static class GgufTensorTypes
{
    // As llama.cpp falls back where rows are no multiple of 256.
    private static readonly Dictionary<string, string> Smaller = new()
    {
        ["q2_K"] = "q4_0", ["q3_K"] = "q4_0", ["q4_K"] = "q5_0", ["q5_K"] = "q5_1", ["q6_K"] = "q8_0", ["iq4_xs"] = "iq4_nl",
    };

    // general.file_type: a label for people, of which the mixes of other programs have numbers of their own.
    private static readonly Dictionary<string, uint> Labels = new()
    {
        ["f32"] = 0, ["f16"] = 1, ["q4_0"] = 2, ["q4_1"] = 3, ["q8_0"] = 7, ["q5_0"] = 8, ["q5_1"] = 9, ["q2_K"] = 10, ["q3_K"] = 12,
        ["q4_K"] = 14, ["q5_K"] = 16, ["q6_K"] = 18, ["iq4_nl"] = 25, ["iq4_xs"] = 30, ["bf16"] = 32, ["mxfp4"] = 38,
    };

    /// <summary>The number of a type in <c>general.file_type</c>.</summary>
    public static uint Label(string type) => Labels[type];

    /// <summary>The type for a tensor of these sizes; vectors, positions and routers stay single precision.</summary>
    public static string For(string asked, Parameter parameter, int rank, int row)
    {
        if (rank == 1 || parameter.Shape.Rank == 1 || parameter.Role is ParameterRole.PositionTable or ParameterRole.Router)
            return "f32";
        var type = asked;
        if (row % GgufType.Find(type)!.Length != 0 && Smaller.TryGetValue(type, out var smaller))
            type = smaller;
        return row % GgufType.Find(type)!.Length == 0 ? type : "f16";
    }
}
