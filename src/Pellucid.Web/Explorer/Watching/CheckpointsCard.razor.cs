using System.Globalization;
using Microsoft.AspNetCore.Components;
using Pellucid.Looking;
using Pellucid.Looking.Checkpoints;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Training;
using Pellucid.Web.Explorer.Panels;

namespace Pellucid.Web.Explorer.Watching;

/// <summary>What a run learned when: lens, heads and the indirect-object sentences over its checkpoints, and where a score rises fastest.
/// </summary>
public sealed partial class CheckpointsCard : Panel
{
    private static readonly (HeadScore Score, string Name)[] Scores =
    [
        (HeadScore.PreviousToken, "checkpoints.previous-token"), (HeadScore.DuplicateToken, "checkpoints.duplicate-token"),
        (HeadScore.Induction, "checkpoints.induction"),
    ];

    private string? _chosen;
    private HeadScore _score = HeadScore.Induction;

    /// <summary>Those that are watched.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<WatchedRun> Runs { get; set; } = [];

    [Inject]
    internal CheckpointReading Reading { get; set; } = null!;

    private List<WatchedRun> With => [.. Runs.Where(run => KeptCheckpoint.Of(run.Folder).Count > 0)];

    private WatchedRun? Run => With.Find(run => run.Name == _chosen) ?? With.FirstOrDefault();

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Reading.Changed += Show;
    }

    protected override Task LoadAsync() => Task.CompletedTask;

    public override void Dispose()
    {
        Reading.Changed -= Show;
        base.Dispose();
    }

    private void Show() => InvokeAsync(StateHasChanged);

    private Task LookAsync() => TryAsync(() => Reading.LookAsync(Run!, State.Text, State.Answer));

    private sealed record Line(string Name, double Least, HeadScore? Score, IReadOnlyList<(int Step, double Value)> Points);

    private IEnumerable<Line> Lines(SeenRun found)
    {
        IReadOnlyList<(int, double)> Over(Func<CheckpointLook, double> of) => [.. found.Looks.Select(look => (look.Step, of(look)))];
        foreach (var (score, name) in Scores)
            yield return new Line(T[name], Rise.Least, score, Over(look => CheckpointLook.Of(look.Best(score), score)));
        if (found.Sentences > 0)
            yield return new Line(T["checkpoints.gifts"], Rise.LeastOfShares(found.Sentences), null, Over(look => look.Accuracy));
        if (found.Looks[0].Lens.Count > 0)
            yield return new Line(T["checkpoints.answer", found.Answer], Rise.Least, null, Over(look => look.Lens[^1].TargetProbability));
    }

    private IEnumerable<(Rise? Rise, string Said)> Moments(SeenRun found) => Lines(found).Select(line =>
        Rise.Of(line.Points, line.Least) is not { } rise ? ((Rise?)null, T["checkpoints.has-not-risen", line.Name, line.Least])
            : (rise, T["checkpoints.rises-fastest", line.Name, rise.From, rise.To, rise.Before, rise.After, 100 * rise.Share]
                + (line.Score is { } score && found.Looks.First(look => look.Step == rise.To).Best(score) is var best
                    ? " " + T["checkpoints.best-head-then", $"{best.Layer}.{best.Head}"] : "")));

    private Picture DrawScores(SeenRun found) => Curves.Draw(T["checkpoints.what-it-learned-when"], T["train.step"],
        T["checkpoints.score-or-share"], Series(found), stretches: [.. Moments(found).Where(moment => moment.Rise is not null)
            .Select(moment => new Stretch(moment.Rise!.From, moment.Rise.To, moment.Said))]);

    private List<Series> Series(SeenRun found) => [.. Lines(found).Select(line => new Series(line.Name,
        [.. line.Points.Where(point => double.IsFinite(point.Value)).Select(point => ((double)point.Step, point.Value))]))];

    private string ForPointer(SeenRun found) => DrawnCurves.ForPointer(T["train.step"], Series(found));

    private string Place(LensReading reading) =>
        reading.Activation == Activation.ResidPre ? T["layers.embedding"] : T["layers.after-block", reading.Layer];

    private static string Shade(double share) =>
        string.Create(CultureInfo.InvariantCulture, $"--ink:var(--positive);--share:{Math.Clamp(share, 0, 1):0.###}");

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private string Json(SeenRun found) => JsonText.Object(json =>
    {
        json.WriteString("run", found.Run);
        json.WriteString("text", found.Text);
        json.WriteString("answer", found.Answer);
        json.WriteStartArray("checkpoints");
        foreach (var look in found.Looks)
        {
            json.WriteStartObject();
            json.WriteNumber("step", look.Step);
            foreach (var (score, _) in Scores)
                json.WriteNumbers(score.ToString(), look.Heads.Select(head => CheckpointLook.Of(head, score)));
            json.WriteNumbers("accuracy", [look.Accuracy]);
            json.WriteNumbers("logit_difference", [look.LogitDifference]);
            json.WriteNumbers("answer_probability", look.Lens.Select(reading => reading.TargetProbability));
            json.WriteNumbers("answer_rank", look.Lens.Select(reading => (double)reading.TargetRank));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
