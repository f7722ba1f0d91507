using System.Diagnostics;
using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Tuning;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pellucid.Cli.Tune;

/// <summary>Tuning as one sees it: a live curve on a terminal, elsewhere a line for some of the steps.</summary>
internal sealed class TuneView(Output output, TuningOptions options, double klBudget, int before)
{
    private const int LinesOfRun = 20, LinesBelow = 6, MillisecondsBetween = 150;
    private const string Score = "objective/scores"; // what policies are judged by, rather than their losses

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _steps;
    private long _tokens;

    private double? _first, _loss, _evaluation;
    private TuningReport? _last;
    private readonly List<double> _lengths = [], _correlations = [];
    private bool _hasWarned, _isFar;

    // What is said while the picture is drawn anew, and stands below it in the end.
    private readonly List<string> _below = [];
    private readonly List<(double X, double Y)> _curve = [];
    private bool _isLive;

    /// <summary>Runs tuning and shows each step.</summary>
    public void Run(Action<Action<TuningReport>> tune)
    {
        if (!output.IsTerminal)
        {
            tune(Show);
            return;
        }
        try
        {
            _isLive = true;
            output.People.Live(new Text("starting …")).Start(live =>
            {
                var sinceDrawn = new Stopwatch();
                tune(report =>
                {
                    Show(report);
                    if (sinceDrawn.IsRunning && sinceDrawn.ElapsedMilliseconds < MillisecondsBetween && report.Step < options.Steps)
                        return;
                    sinceDrawn.Restart();
                    live.UpdateTarget(Picture());
                    live.Refresh();
                });
            });
        }
        finally
        {
            _isLive = false;
            _below.ForEach(output.Line);
        }
    }

    // Of the whole run so far, with what it does beside its steps.
    private double TokensPerSecond => _tokens / Math.Max(1e-9, _clock.Elapsed.TotalSeconds);

    /// <summary>Says something besides.</summary>
    public void Tell(string line)
    {
        if (_isLive)
            _below.Add(line);
        else
            output.Line(line);
    }

    private void Show(TuningReport report)
    {
        (_last, _loss, _evaluation) = (report, report.Loss ?? _loss, report.Evaluation ?? _evaluation);
        _first ??= report.Loss;
        (_steps, _tokens) = (_steps + 1, _tokens + report.Tokens);
        if (report.Measures.Where(each => each.Key == Score).Select(each => (double?)each.Value).FirstOrDefault(report.Loss) is { } value)
            _curve.Add((report.Step, value));
        if (report.Loss is null)
            Tell($"step {report.Step}: its examples have nothing to learn, and it is passed over");
        else if (!_isLive && (report.Step % Math.Max(1, options.Steps / LinesOfRun) == 0 || report.Evaluation is not null))
            output.Line(Status(report));
        Explain(report);
    }

    private string Status(TuningReport report) => $"step {report.Step}/{options.Steps}"
        + (report.Loss is { } loss ? $"  loss {Units.Number(loss, 4)}" : "")
        + (report.Evaluation is { } evaluation ? $"  evaluation {Units.Number(evaluation, 4)}" : "")
        + string.Concat(report.Measures.Take(4).Select(each => $"  {each.Key} {Units.Number(each.Value, 3)}"))
        + $"  lr {report.LearningRate:0.0e-0}  {Units.Count(report.TokensPerSecond)} tokens/s  "
        + $"{Units.Duration(_clock.Elapsed)}, {Units.Duration(_clock.Elapsed / _steps * (options.Steps - report.Step))} left";

    private Rows Picture()
    {
        var parts = new List<IRenderable>();
        if (_curve.Count > 1)
            parts.Add(new CurveChart(_curve, options.Steps, height: 10));
        parts.Add(new Text(Status(_last!)));
        parts.AddRange(_below.TakeLast(LinesBelow).Select(line => new Text(line)));
        return new Rows(parts);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("steps", _last?.Step ?? before);
        if (_first is { } first)
            json.WriteNumber("first_loss", first);
        if (_loss is { } loss)
            json.WriteNumber("loss", loss);
        if (_evaluation is { } evaluation)
            json.WriteNumber("eval", evaluation);
        foreach (var (name, value) in _last?.Measures ?? [])
            json.WriteNumber(name == "objective/kl" ? "kl" : name, value);
        if (_lengths.Count > 0)
            json.WriteBoolean("length_hacking", IsLengthHacked);
        json.WriteNumber("tokens", _tokens);
        json.WriteNumber("seconds", _clock.Elapsed.TotalSeconds);
        json.WriteNumber("tokens_per_second", TokensPerSecond);
    }

    /// <summary>What the whole run shows.</summary>
    /// <param name="trained">Parameters that learned.</param>
    /// <param name="isOfTokens">Whether losses are of tokens, so that they have a perplexity.</param>
    public void Conclude(long trained, bool isOfTokens)
    {
        string Told(string name, double? loss) => loss is not { } value ? ""
            : $", {name} {Units.Number(value, 4)}" + (isOfTokens ? $" (perplexity {Units.Number(Math.Exp(value), 2)})" : "");
        output.Line($"{_steps} steps in {Units.Duration(_clock.Elapsed)}: {Units.Count(trained)} parameters learned from "
            + $"{Units.Count(_tokens)} tokens, {Units.Count(TokensPerSecond)} a second"
            + Told("loss", _loss) + Told("evaluation", _evaluation)
            + $"; peak memory {Units.Bytes(Process.GetCurrentProcess().PeakWorkingSet64)}");
        if (IsLengthHacked)
            output.Line($"  (rewards go with the length of answers, correlation {Units.Number(Correlation, 2)}, and answers have grown "
                + $"from {Units.Number(_lengths[0], 1)} to {Units.Number(_lengths[^1], 1)} tokens: that is reward hacking, unless "
                + "length is what was wanted)");
    }

    // Of the steps in which lengths differed.
    private double Correlation => _correlations.Count > 0 ? _correlations.Average() : 0;

    private bool IsLengthHacked => _lengths.Count > 1 && Correlation > 0.5 && _lengths[^1] > 1.2 * _lengths[0];

    // Often taken for a fault.
    private void Explain(TuningReport report)
    {
        var measures = report.Measures.ToDictionary();
        if (measures.TryGetValue("answer_length", out var length))
            _lengths.Add(length);
        if (measures.TryGetValue("length_correlation", out var correlation))
            _correlations.Add(correlation);
        if (!_isFar && measures.TryGetValue("objective/kl", out var divergence) && divergence > klBudget)
        {
            _isFar = true;
            Tell($"  (answers diverge by {Units.Number(divergence, 1)} nats from the reference, more than --kl-budget {klBudget}: "
                + "raise --kl, or lower --lr, before the policy says one thing only)");
        }
        if (_hasWarned || !measures.TryGetValue("rewards_chosen", out var chosen) || chosen >= 0 || measures["margin"] <= 0)
            return;
        _hasWarned = true;
        Tell("  (preferred answers have become less likely while the margin rises: only the margin is learned)");
    }
}
