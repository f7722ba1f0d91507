using System.Diagnostics;
using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pellucid.Cli;

/// <summary>Training as one sees it: a live curve on a terminal, plain lines elsewhere, a picture on disk.</summary>
internal sealed class TrainView(Output output, TrainingOptions options, Gpt gpt, TokenStream stream, Tokenizer tokenizer, string path,
    IReadOnlyList<TrainingReport> before, string validation, bool draws) : IDisposable
{
    private const int PlainLines = 20;
    private const int ExcerptCharacters = 60;

    private readonly List<(double X, double Y)> _training = [], _validation = [];
    private readonly List<double> _milliseconds = [];
    private readonly List<string> _spikes = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Stopwatch _sinceDrawn = new();
    private TrainingReport _last;
    private int _firstStep;

    private int TokensPerStep => options.Batch * options.Accumulate * stream.SequenceLength;

    /// <summary>Runs training and shows each step.</summary>
    public void Show(Action<Action<TrainingReport>> train)
    {
        output.Line($"{Units.Count(gpt.Config.Parameters)} parameters, {Units.Count(stream.TrainingTokens)} tokens for training and "
            + $"{Units.Count(stream.ValidationTokens)} for validation ({validation}), on {gpt.Backend.Name}");
        foreach (var report in before)
            Note(report, isNew: false);
        if (before.Count > 0 && _last.Step >= options.Steps)
        {
            output.Line($"There is nothing to do: the run has made its {Units.Count(options.Steps)} steps; "
                + "--steps with more makes it longer.");
            return;
        }
        if (before.Count > 0)
            output.Line($"goes on after step {_last.Step}");
        _firstStep = _last.Step;
        if (!output.IsTerminal)
        {
            train(report =>
            {
                ShowLine(Note(report));
                if (report.Spike is not null)
                    output.Line(_spikes[^1]);
            });
            return;
        }
        output.People.Live(new Text("starting …")).Start(live => train(report =>
        {
            Note(report);
            if (_sinceDrawn.IsRunning && _sinceDrawn.ElapsedMilliseconds < 150 && report.ValidationLoss is null)
                return;
            _sinceDrawn.Restart();
            live.UpdateTarget(Picture());
            live.Refresh();
        }));
        foreach (var spike in _spikes)
            output.Line(spike);
    }

    /// <summary>Where the model is, and how it writes.</summary>
    public void ShowSample(string text)
    {
        output.Line($"\nThe model is in {path}, its best weights in {Path.Combine(path, "best")}. It writes:\n");
        output.Line(text.Trim());
        output.Line($"\nMore of it: pellucid generate {path} \"A prompt\"");
    }

    /// <summary>The fields that the training itself knows.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("steps", _last.Step);
        if (_last.TrainLoss is { } trainLoss)
            json.WriteNumber("train_loss", trainLoss);
        else
            json.WriteNull("train_loss");
        json.WriteNumber("val_loss", _validation[^1].Y);
        json.WriteNumber("tokens_per_second", TokensPerStep * 1000 / Median());
        json.WriteNumber("milliseconds_per_step", Median());
        json.WriteNumber("training_tokens", stream.TrainingTokens);
        json.WriteNumber("validation_tokens", stream.ValidationTokens);
        json.WriteNumber("seconds", _clock.Elapsed.TotalSeconds);
    }

    public void Dispose() => DrawFiles();

    private TrainingReport Note(TrainingReport report, bool isNew = true)
    {
        _last = report;
        if (report.Spike is { } spike)
            _spikes.Add(Describe(report, spike));
        if (report.TrainLoss is { } trainLoss)
        {
            _training.Add((report.Step, trainLoss));
            _milliseconds.Add(TokensPerStep * 1000 / report.TokensPerSecond);
        }
        if (report.ValidationLoss is { } loss)
        {
            _validation.Add((report.Step, loss));
            if (report.Step > 0 && isNew)
                DrawFiles();
        }
        return report;
    }

    private string Describe(TrainingReport report, LossSpike spike)
    {
        var place = spike.Places[spike.Sequence];
        var text = tokenizer.Decode(stream.At(place)).ReplaceLineEndings(" ");
        return $"step {report.Step}: the loss of {Units.Number(report.TrainLoss ?? double.NaN, 3)} is "
            + $"{Units.Number(spike.Deviations, 1)} deviations above the steps before; sequence {spike.Sequence} of its batch, "
            + $"at token {Units.Count(place)} of the text, has {Units.Number(spike.SequenceLoss, 3)}: "
            + $"{(text.Length > ExcerptCharacters ? text[..ExcerptCharacters] + " …" : text)}";
    }

    private void ShowLine(TrainingReport report)
    {
        if (report.ValidationLoss is not null || report.Step % Math.Max(1, options.Steps / PlainLines) == 0)
            output.Line(Status(report));
    }

    private string Status(TrainingReport report)
    {
        var status = $"step {report.Step}/{options.Steps}";
        if (report.TrainLoss is { } trainLoss)
            status += $"  train {Units.Number(trainLoss, 4)}";
        if (_validation.Count > 0)
            status += $"  validation {Units.Number(_validation[^1].Y, 4)}{(report.IsBest ? " (best)" : "")}";
        if (report.Step > 0)
            status += $"  lr {report.LearningRate:0.0e-0}  {Units.Count(TokensPerStep * 1000 / Median())} tokens/s  "
                + $"{Units.Duration(_clock.Elapsed)}, {Units.Duration(TimeLeft(report.Step))} left";
        return status;
    }

    private Rows Picture()
    {
        var parts = new List<IRenderable>();
        if (_training.Count > 1)
            parts.Add(new CurveChart(_training, options.Steps, height: 12));
        parts.Add(new Text(Status(_last)));
        if (_spikes.Count > 0)
            parts.Add(new Text(_spikes[^1]));
        return new Rows(parts);
    }

    private TimeSpan TimeLeft(int step) => _clock.Elapsed / Math.Max(1, step - _firstStep) * (options.Steps - step);

    // Of the last steps, so that the first, slow ones do not count.
    private double Median()
    {
        var recent = _milliseconds.TakeLast(200).Order().ToArray();
        return recent.Length == 0 ? double.NaN : recent[recent.Length / 2];
    }

    private void DrawFiles()
    {
        if (draws && _training.Count > 1)
            LossPicture.Save(path, _training, _validation);
    }
}
