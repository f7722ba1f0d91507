using System.Diagnostics;
using Pellucid.Cli.Terminal;
using Pellucid.Tokens;
using Spectre.Console;

namespace Pellucid.Cli;

/// <summary>How far the learning of a tokenizer has come: bars with the time left on a terminal, plain lines elsewhere.</summary>
internal static class TokenizerProgress
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    /// <summary>Runs the work and shows what it reports.</summary>
    public static BpeTokenizer Show(Output output, long bytes, int merges, Func<Action<BpeProgress>, BpeTokenizer> train)
    {
        if (!output.IsTerminal)
            return train(Lines(output, bytes, merges));
        return output.People.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).Start(bars =>
        {
            var (reading, learning) = (bars.AddTask("counting words", maxValue: bytes),
                bars.AddTask("learning merges", autoStart: false, maxValue: merges));
            var tokenizer = train(report =>
            {
                reading.Value = report.Bytes;
                if (report.Merges == 0)
                    return;
                if (!learning.IsStarted)
                    learning.StartTask();
                learning.Value = report.Merges;
            });
            (reading.Value, learning.Value) = (bytes, merges);
            return tokenizer;
        });
    }

    private static Action<BpeProgress> Lines(Output output, long bytes, int merges)
    {
        var (clock, lineAt, phaseAt, inMerges, oneAtATime) = (Stopwatch.StartNew(), BetweenLines, TimeSpan.Zero, false, new Lock());
        return report =>
        {
            lock (oneAtATime)
            {
                if (report.Merges > 0 && !inMerges)
                    (inMerges, phaseAt) = (true, clock.Elapsed);
                if (clock.Elapsed < lineAt)
                    return;
                lineAt = clock.Elapsed + BetweenLines;
                var (done, all) = inMerges ? (report.Merges, merges) : (report.Bytes, (double)bytes);
                var left = (clock.Elapsed - phaseAt) / done * Math.Max(0, all - done);
                output.Line(inMerges ? $"learned {Units.Count(done)} of {Units.Count(all)} merges, {Units.Duration(left)} left"
                    : $"counted words of {Units.Bytes((long)done)} of {Units.Bytes(bytes)}, "
                        + $"{Units.Number(done / 1e6 / clock.Elapsed.TotalSeconds, 0)} MB/s, {Units.Duration(left)} left");
            }
        };
    }
}
