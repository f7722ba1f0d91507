using System.Diagnostics;
using Pellucid.Cli.Terminal;
using Pellucid.Words;
using Spectre.Console;

namespace Pellucid.Cli.Words;

/// <summary>Training of word vectors as one sees it: one line that changes on a terminal, a line now and then elsewhere.</summary>
internal sealed class WordsTrainView(Output output)
{
    private const double SecondsBetweenLines = 10, SecondsBetweenPictures = 0.15;

    private readonly Stopwatch _clock = new();
    private double _shown;

    public Word2VecProgress Last { get; private set; }

    public double Seconds => _clock.Elapsed.TotalSeconds;

    public double WordsPerSecond => Last.Words / Math.Max(1e-9, Seconds);

    public void Show(Action<Action<Word2VecProgress>> train)
    {
        _clock.Start();
        if (output.IsTerminal)
            output.People.Live(new Text("starting …")).Start(live => train(report => Note(report, SecondsBetweenPictures, () =>
            {
                live.UpdateTarget(new Text(Status()));
                live.Refresh();
            })));
        else
            train(report => Note(report, SecondsBetweenLines, () => output.Line(Status())));
        _clock.Stop();
        output.Line($"{Units.Count(Last.Words)} words in {Units.Duration(_clock.Elapsed)}, {Units.Count(WordsPerSecond)} words/s");
    }

    private void Note(Word2VecProgress report, double secondsBetween, Action show)
    {
        Last = report;
        if (Seconds - _shown < secondsBetween || report.Words == 0)
            return;
        _shown = Seconds;
        show();
    }

    private string Status()
    {
        var left = TimeSpan.FromSeconds((Last.TotalWords - Last.Words) / Math.Max(1, WordsPerSecond));
        return $"{Units.Number(100.0 * Last.Words / Last.TotalWords, 1)} %  lr {Units.Number(Last.LearningRate, 5)}  "
            + $"{Units.Count(WordsPerSecond)} words/s  {Units.Duration(_clock.Elapsed)}, {Units.Duration(left)} left";
    }
}
