using System.Globalization;
using Microsoft.AspNetCore.Components;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Pictures;
using Pellucid.Tokens;
using Pellucid.Training;
using Pellucid.Web.Explorer.Watching;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Runs beside each other while they go on: curves, samples, what tuning is judged by, and what was learned when.</summary>
public sealed partial class TrainPanel : Panel
{
    private const int SampleTokens = 48;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private static readonly (Against, string)[] Axes =
        [(Against.Step, "train.step"), (Against.Tokens, "watch.tokens"), (Against.Time, "watch.seconds-of-training")];

    private readonly CancellationTokenSource _gone = new();
    private IReadOnlyList<WatchedRun> _runs = [];
    private string _sample = "";
    private DateTime? _sampledAt;
    private bool _always;

    [Inject]
    internal WatchedRuns Runs { get; set; } = null!;

    private CurveChoice Choice => State.Curves;

    private IReadOnlyList<string> Judged => _runs.Any(run => run.IsTuning)
        ? [.. CurveNames.Judged.Where(column => _runs.Any(run => run.IsTuning && run.Column(column).Count > 0))] : [];

    protected override void OnInitialized()
    {
        base.OnInitialized();
        if (Runs.Any)
            _ = WatchAsync();
    }

    protected override Task LoadAsync()
    {
        if (Runs.Any)
            _runs = Runs.Look(Choice.Runs);
        return Task.CompletedTask;
    }

    public override void Dispose()
    {
        _gone.Cancel();
        base.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Pause);
        try
        {
            while (await timer.WaitForNextTickAsync(_gone.Token))
            {
                if (State.Panel != PanelName.Train)
                    continue;
                var before = Seen();
                _runs = Runs.Look(Choice.Runs);
                if (before != Seen()) // what has not changed is not drawn anew under the pointer
                    await TryAsync(() => Task.CompletedTask);
                if (_always && _runs.Count > 0 && WrittenAt(_runs[0].Folder) > (_sampledAt ?? DateTime.MinValue))
                    await TryAsync(SampleAsync);
            }
        }
        catch (OperationCanceledException)
        {
            // the page is gone
        }
    }

    private string Seen() => string.Join('\n', _runs.Select(run =>
        $"{run.Name} {run.LastStep} {run.LastWritten:O} {Stands(run)} {run.Problem}").Concat(Runs.Names));

    private string Stands(WatchedRun run) => string.Join("; ", (run.Status?.Resumed ?? []).Select(step => T["watch.resumed", step])
        .Prepend(RunStanding.Of(run, T, DateTime.UtcNow)));

    private bool IsChosen(string name) => _runs.Any(run => run.Name == name);

    private void Toggle(string name)
    {
        var chosen = _runs.Select(run => run.Name).ToList();
        if (!chosen.Remove(name) && chosen.Count < WatchedRuns.Most)
            chosen.Add(name);
        if (chosen.Count > 0)
            Choose(Choice with { Runs = chosen });
    }

    private void Choose(CurveChoice choice) => Set(State with { Curves = choice });

    private void ChooseCurve(ChangeEventArgs chosen) => Choose(Choice with { Curve = chosen.Value?.ToString() ?? WatchedRun.Loss });

    private void ChooseAgainst(ChangeEventArgs chosen) =>
        Choose(Choice with { Against = Enum.Parse<Against>(chosen.Value?.ToString() ?? nameof(Against.Step)) });

    private void ChooseSmoothing(ChangeEventArgs chosen) =>
        Choose(Choice with { Smooth = int.Parse(chosen.Value?.ToString() ?? "1", CultureInfo.InvariantCulture) });

    private string Swatch(WatchedRun run) =>
        $"background:{DrawnCurves.InkOf(_runs.ToList().IndexOf(run)).Colour(Session.IsDark)}";

    private static string Steps(WatchedRun run) => run.Status is { } status && status.Steps > run.LastStep
        ? string.Create(CultureInfo.InvariantCulture, $"{run.LastStep:N0} / {status.Steps:N0}")
        : run.LastStep.ToString("N0", CultureInfo.InvariantCulture);

    private static double? TrainLoss(WatchedRun run) => run.Last(run.IsTuning ? WatchedRun.Loss : WatchedRun.TrainLoss);

    private static double? BestLoss(WatchedRun run) =>
        run.Column(run.IsTuning ? WatchedRun.Evaluation : WatchedRun.ValidationLoss) is { Count: > 0 } all
            ? all.Min(one => one.Value) : null;

    private static string Exact(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static string Shown(double? value) => value is { } number ? Number(number) : "";

    private static string FileOf(string column) => column.Replace('/', '-').Replace('_', '-');

    private static DateTime WrittenAt(string folder) => File.GetLastWriteTime(Path.Combine(folder,
        AdapterFolder.Exists(folder) ? AdapterFolder.WeightsFile : Checkpoint.WeightsFile));

    private async Task SampleAsync()
    {
        var (folder, text) = (_runs[0].Folder, State.Text);
        (_sample, _sampledAt) = await Session.RunAsync("sample", cancellation =>
        {
            var saved = WrittenAt(folder);
            var isAdapter = AdapterFolder.Exists(folder);
            using var gpt = new KeptCheckpoint(0, folder).Load(Session.Gpt.Backend, Session.BaseGpt);
            var tokenizer = isAdapter ? Session.Tokenizer : Tokenizer.LoadOrNumbers(folder, gpt.Config.VocabularySize);
            using var generator = new Generator(gpt);
            var specials = isAdapter ? Session.Specials : SpecialTokens.Read(folder, tokenizer, gpt.Config.VocabularySize);
            var prompt = specials.Prompt(tokenizer, text, specials.AddsBegin)
                .TakeLast(Math.Max(1, gpt.Context - SampleTokens)).ToArray();
            var sampler = new Sampler(new SamplingOptions { Temperature = 0.8f }, tokenizer.VocabularySize, specials.Ends);
            var most = Math.Min(SampleTokens, gpt.Context - prompt.Length);
            var written = generator.Generate(prompt, sampler, most, specials.Ends)
                .TakeWhile(_ => !cancellation.IsCancellationRequested).ToArray();
            return (tokenizer.Decode([.. prompt, .. written]), (DateTime?)saved);
        });
    }
}
