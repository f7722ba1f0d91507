using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    /// <summary>Logits (R, V) of what <see cref="Forward"/> returned.</summary>
    public Tensor Logits(Tensor final, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var scaled = Scaled(final, run);
        var logits = run.Operations.Linear(scaled, OutputTable(run), transposed: true);
        return Capped(run.Operations.AddToColumns(logits, OfTokens(scaled, run)), run);
    }

    /// <summary>Logits (R, tokens) of some tokens alone: the same bits as <see cref="Logits(Tensor, GptRun)"/> has for them.</summary>
    /// <exception cref="NotSupportedException">Rows are rounded before they meet the table, or computed in double precision.</exception>
    public Tensor Logits(Tensor final, int[] tokens, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var table = OutputTable(run);
        if (table.MeetsRoundedRows || (table.Type != final.Type && final.Type != ElementType.Float32))
            throw new NotSupportedException($"looking inside needs plain weights, not {table.Type.Name()}");
        var scaled = Scaled(final, run);
        var logits = run.Operations.Linear(scaled, run.Operations.SelectRows(table, tokens), transposed: true);
        return Capped(run.Operations.AddToColumns(logits, OfTokens(scaled, run).Among(tokens)), run);
    }

    /// <summary>
    /// Log-probability of each row's target, (R); see <see cref="Operations.TokenLogProbabilities(Tensor, Tensor, Tensor, float)"/>.
    /// </summary>
    public Tensor LogProbabilities(Tensor final, Tensor targets, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var scaled = Scaled(final, run);
        return run.Operations.TokenLogProbabilities(scaled, OutputTable(run), targets, Config.LogitCap, OfTokens(scaled, run));
    }

    /// <summary>Log-probabilities (R) of the targets;
    /// with a tape, a loss of −weight times their sum whose gradients are formed at once.</summary>
    public Tensor Loss(Tensor final, Tensor targets, float weight, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var scaled = Scaled(final, run);
        return run.Operations.NextTokenLoss(scaled, OutputTable(run), targets, weight, Config.LogitCap, OfTokens(scaled, run));
    }

    /// <summary>What <see cref="Forward"/> returned, so that logits of it are divided by a temperature.</summary>
    /// <exception cref="NotSupportedException">Logits are capped, and the temperature would have to come after the cap.</exception>
    internal Tensor AtTemperature(Tensor final, float temperature, GptRun run) => temperature == 1 ? final
        : Config.LogitCap == 0 ? run.Operations.Scale(final, 1 / temperature)
        : throw new NotSupportedException($"a temperature of {temperature} cannot be learned with where logits are capped");

    // Of tokens whose rows an adapter trains.
    private ColumnsAdded OfTokens(Tensor scaled, GptRun run) =>
        run.Adapter?.LogitsOfTokens(scaled, _outputTable, run.Operations) ?? default;

    private Tensor Scaled(Tensor final, GptRun run) => Config.LogitScale == 1 ? final : run.Operations.Scale(final, Config.LogitScale);

    private Tensor Capped(Tensor logits, GptRun run) => Config.LogitCap == 0 ? logits : run.Operations.SoftCap(logits, Config.LogitCap);
}
