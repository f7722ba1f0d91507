using System.CommandLine;
using System.Globalization;
using Pellucid.Cli.Terminal;
using Pellucid.Training;

namespace Pellucid.Cli;

/// <summary>A run that goes on with more steps than it was begun with.</summary>
/// <param name="Before">How it was begun.</param>
/// <param name="Options">How it goes on.</param>
internal sealed record LongerRun(TrainingOptions Before, TrainingOptions Options)
{
    /// <summary>What was asked for; null where the steps are those of before.</summary>
    /// <exception cref="ArgumentException">Fewer were asked for.</exception>
    public static LongerRun? Asked(ParseResult now, Option<int> steps, TrainingOptions before)
    {
        if (now.GetResult(steps) is not { Implicit: false } || now.GetValue(steps) == before.Steps)
            return null;
        return now.GetValue(steps) > before.Steps ? new LongerRun(before, before with { Steps = now.GetValue(steps) })
            : throw new ArgumentException($"the run was begun with --steps {before.Steps}; it can be made longer, not shorter");
    }

    /// <summary>The record of the run that it is from now on. The warm-up is what it was, even where it followed from the steps.</summary>
    public RunRecord Record(RunRecord begun, Option steps, Option warmup) => begun.With(
        (steps, Options.Steps.ToString(CultureInfo.InvariantCulture)), (warmup, Options.Warmup.ToString(CultureInfo.InvariantCulture)));

    /// <summary>What becomes of the schedule after so many steps.</summary>
    public string Told(int done)
    {
        string Rate(int step, TrainingOptions options) =>
            LearningRate.At(step, options).ToString("0.00e+0", CultureInfo.InvariantCulture);
        var last = Math.Max(1, done);
        return $"{Units.Count(Before.Steps)} steps become {Units.Count(Options.Steps)}: the learning rate, {Rate(last, Before)} in step "
            + $"{Units.Count(last)}, is {Rate(last + 1, Options)} in the next one, on the longer curve, and falls to "
            + $"{Rate(Options.Steps, Options)}";
    }
}
