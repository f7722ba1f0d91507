using System.Diagnostics;
using Pellucid.Cli.Terminal;
using Pellucid.Scaling;
using Spectre.Console;

namespace Pellucid.Cli.Scale;

/// <summary>How far a sweep has come: a bar with the time left on a terminal, a line a training elsewhere.</summary>
internal sealed class SweepProgress(Output output, IReadOnlyList<SweepRun> runs)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private ProgressTask? _bar;
    private double _done;
    private int _ended;

    private double All => runs.Sum(run => run.Flop);

    /// <summary>Does the work.</summary>
    public void Show(Action work)
    {
        if (!output.IsTerminal || runs.Count == 0)
        {
            work();
            return;
        }
        output.People.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).Start(bars =>
        {
            _bar = bars.AddTask("training", maxValue: All);
            work();
        });
    }

    /// <summary>A training has come to a step.</summary>
    public void At(SweepRun run, int step)
    {
        if (_bar is null)
            return;
        _bar.Description = $"{run.Shape.Width} columns, step {step} of {run.Steps}";
        _bar.Value = _done + run.Flop * step / run.Steps;
    }

    /// <summary>A training has ended.</summary>
    public void Ended(SweepRun run, double loss)
    {
        _done += run.Flop;
        _ended++;
        if (_bar is null)
            output.Line($"{_ended} of {runs.Count}: {run.Shape.Width} columns, {Units.Count(run.Tokens)} tokens: loss "
                + $"{Units.Number(loss, 4)}; {Units.Duration(_clock.Elapsed)}, {Units.Duration(_clock.Elapsed * (All / _done - 1))} left");
    }
}
