using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Tuning;

namespace Pellucid.Cli.Tune;

/// <summary>Tuning as one sees it: a line for some of the steps.</summary>
internal sealed class TuneView(Output output, TuningOptions options)
{
    private const int LinesOfRun = 20;

    private double? _first, _loss, _evaluation;
    private TuningReport? _last;
    private bool _hasWarned;

    public void Show(TuningReport report)
    {
        (_last, _loss, _evaluation) = (report, report.Loss ?? _loss, report.Evaluation ?? _evaluation);
        _first ??= report.Loss;
        if (report.Loss is null)
            output.Line($"step {report.Step}: its examples have nothing to learn, and it is passed over");
        else if (report.Step % Math.Max(1, options.Steps / LinesOfRun) == 0 || report.Evaluation is not null)
            output.Line($"step {report.Step}/{options.Steps}  loss {Units.Number(report.Loss.Value, 4)}"
                + (report.Evaluation is { } evaluation ? $"  evaluation {Units.Number(evaluation, 4)}" : "")
                + string.Concat(report.Measures.Take(4).Select(each => $"  {each.Key} {Units.Number(each.Value, 3)}"))
                + $"  lr {report.LearningRate:0.0e-0}  {Units.Count(report.TokensPerSecond)} tokens/s");
        Explain(report);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("steps", _last?.Step ?? 0);
        if (_first is { } first)
            json.WriteNumber("first_loss", first);
        if (_loss is { } loss)
            json.WriteNumber("loss", loss);
        if (_evaluation is { } evaluation)
            json.WriteNumber("eval", evaluation);
        foreach (var (name, value) in _last?.Measures ?? [])
            json.WriteNumber(name, value);
        json.WriteNumber("tokens_per_second", _last?.TokensPerSecond ?? 0);
    }

    // Often taken for a fault.
    private void Explain(TuningReport report)
    {
        var measures = report.Measures.ToDictionary();
        if (_hasWarned || !measures.TryGetValue("rewards_chosen", out var chosen) || chosen >= 0 || measures["margin"] <= 0)
            return;
        _hasWarned = true;
        output.Line("  (preferred answers have become less likely while the margin rises: only the margin is learned)");
    }
}
