using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    // Parameters outside the blocks: the adapter's copies where it has any.
    private Tensor TokenTable(GptRun run) => With(ParameterRole.TokenTable, CopyOr(ParameterRole.TokenTable, _tokenTable, run), run);

    private Tensor PositionTable(GptRun run) => With(ParameterRole.PositionTable,
        CopyOr(ParameterRole.PositionTable, _positionTable, run), run);

    private Tensor OutputTable(GptRun run) => With(ParameterRole.OutputTable,
        CopyOr(Config.TiedOutput ? ParameterRole.TokenTable : ParameterRole.OutputTable, _outputTable, run), run);

    // What an adapter adds to a table.
    private static Tensor With(ParameterRole role, Tensor table, GptRun run) =>
        run.Adapter?.Table(role, table, run.Operations) ?? table;

    private (Tensor Gain, Tensor Bias) FinalNorm(GptRun run) => (CopyOr(ParameterRole.FinalNormGain, _finalNorm.Gain, run),
        CopyOr(ParameterRole.FinalNormBias, _finalNorm.Bias, run));

    private static Tensor CopyOr(ParameterRole role, Tensor own, GptRun run) =>
        run.Adapter?.Copy(role) is { IsEmpty: false } copy ? copy : own;
}
