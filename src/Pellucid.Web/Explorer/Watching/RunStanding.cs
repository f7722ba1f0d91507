using Pellucid.Training;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer.Watching;

/// <summary>How a run stands, in the reader's words.</summary>
internal static class RunStanding
{
    // Nobody says of a run that was killed that it was: it has fallen silent.
    private const double ShortestSilence = 60, SlowestSteps = 10;

    public static string Of(WatchedRun run, ReaderLanguage language, DateTime now) => run.Status?.End switch
    {
        RunEnd.Done => language["watch.done"],
        RunEnd.Interrupted => language["watch.interrupted"],
        RunEnd.Diverged => language["watch.diverged"],
        RunEnd.Failed => language["watch.failed"],
        _ when now - run.LastWritten is var silence && silence.TotalSeconds < Math.Max(ShortestSilence, SlowestSteps * run.SlowestStep) =>
            language[run.HasSteps ? "watch.goes-on" : "watch.begins"],
        _ when run.Status is null => language["watch.unknown"],
        _ => language["watch.silent", Told(now - run.LastWritten, language)],
    };

    public static bool GoesOn(WatchedRun run, DateTime now) => run.Status is not { End: not null }
        && (now - run.LastWritten).TotalSeconds < Math.Max(ShortestSilence, SlowestSteps * run.SlowestStep);

    private static string Told(TimeSpan time, ReaderLanguage language) => time.TotalMinutes < 120
        ? language["watch.minutes", time.TotalMinutes] : time.TotalHours < 48 ? language["watch.hours", time.TotalHours]
        : language["watch.days", time.TotalDays];
}
