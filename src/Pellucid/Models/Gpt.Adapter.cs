using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    // Parameters outside the blocks: the adapter's copies where it has any.
    private Tensor TokenTable(GptRun run) => CopyOr(ParameterRole.TokenTable, _tokenTable, run);

    private Tensor PositionTable(GptRun run) => CopyOr(ParameterRole.PositionTable, _positionTable, run);

    private Tensor OutputTable(GptRun run) => Config.TiedOutput ? TokenTable(run) : CopyOr(ParameterRole.OutputTable, _outputTable, run);

    private (Tensor Gain, Tensor Bias) FinalNorm(GptRun run) => (CopyOr(ParameterRole.FinalNormGain, _finalNorm.Gain, run),
        CopyOr(ParameterRole.FinalNormBias, _finalNorm.Bias, run));

    private static Tensor CopyOr(ParameterRole role, Tensor own, GptRun run) =>
        run.Adapter?.Copy(role) is { IsEmpty: false } copy ? copy : own;
}
