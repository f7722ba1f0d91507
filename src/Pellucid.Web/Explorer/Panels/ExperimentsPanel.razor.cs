using System.Globalization;
using Microsoft.AspNetCore.Components;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Tokens;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Two prompts of the reader's own, and by what the model comes to another answer on the one than on the other.</summary>
public sealed partial class ExperimentsPanel : Panel
{
    // What is usually asked, as a measure is written.
    private static readonly string[] Usual =
        ["resid_pre positions", "attn_out positions", "mlp_out positions", "z heads", "z heads-and-positions"];

    private Seen? _seen;
    private Component? _place;

    private sealed record Said(double Right, double Wrong, double Difference);

    private sealed record Answers(int Right, int Wrong, Said Base, Said Source);

    private sealed record Seen(int[] Tokens, int[] Source, (int Base, int Source)? Likely, Answers? Answers);

    [Inject]
    internal PairReading Reading { get; set; } = null!;

    private string Kind => State.Measure switch { PatchMeasure => "patch", PathsMeasure => "paths", _ => "circuit" };

    private IEnumerable<string> Sweeps => Usual.Where(name => Session.Config.FeedForwardWidth > 0
        || Sweep(name).Activation != Activation.MlpOut);

    private string Explanation => T[State.Measure switch
    {
        PatchMeasure { IsEstimate: true } => "experiments.a-gradient-estimates",
        PatchMeasure => "experiments.each-cell-is-a-run",
        PathsMeasure => "experiments.a-path-is-what-goes",
        _ => "experiments.from-the-end-back",
    }];

    private Experiment Asked => new(State.Text, State.Source, [])
    {
        Answer = Reading.OneToken(State.Answer) ?? State.Answer,
        Wrong = Reading.OneToken(State.Wrong) ?? State.Wrong,
        Measure = State.Measure,
    };

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Reading.Changed += ShowMore;
    }

    protected override async Task LoadAsync()
    {
        var (text, answer, wrong) = (State.Source, State.Answer, State.Wrong);
        int? Token(string word) => Reading.OneToken(word) is { } one ? Session.Tokenizer.Encode(one)[0] : null;
        _seen = await Session.AskAsync("prompts", runs =>
        {
            var source = text.Length == 0 ? [] : Session.Encode(text);
            if (source.Length == 0 || source.Length > Session.Context)
                return new Seen(runs.Before.Tokens, source, null, null);
            using var other = new ExperimentRun(Session.Gpt, Session.Tokenizer, new Experiment(text, "", []) { Tokens = source });
            return new Seen(runs.Before.Tokens, source, (End(runs.Before).Top(1)[0], End(other).Top(1)[0]),
                Token(answer) is { } right && Token(wrong) is { } less
                    ? new Answers(right, less, Say(runs.Before, right, less), Say(other, right, less)) : null);
        });
    }

    private static Distribution End(ExperimentRun run) => run.Prediction(run.Tokens.Length - 1);

    private Said Say(ExperimentRun run, int right, int wrong) => new(End(run).Probability(right), End(run).Probability(wrong),
        new Question(run.Tokens, right, wrong).LogitDifference(Session.Gpt));

    private void ShowMore() => InvokeAsync(StateHasChanged);

    private static (string, int[])[] Rows(Seen seen) =>
        [("experiments.prompt", seen.Tokens), ("experiments.other-prompt", seen.Source)];

    private static bool Differs(Seen seen, int i) =>
        i >= seen.Tokens.Length || i >= seen.Source.Length || seen.Tokens[i] != seen.Source[i];

    private string Alignment(Seen seen) => seen.Source.Length == 0 ? T["experiments.write-the-other-prompt"]
        : seen.Tokens.Length != seen.Source.Length ? T["experiments.not-as-many-tokens", seen.Tokens.Length, seen.Source.Length]
        : T["experiments.tokens-of-which-differ", seen.Tokens.Length, Enumerable.Range(0, seen.Tokens.Length).Count(i => Differs(seen, i))];

    private void Take((int Base, int Source) likely) => Set(State with
    {
        Answer = Session.Tokenizer.Decode([likely.Base]), Wrong = Session.Tokenizer.Decode([likely.Source]),
    });

    private void Measure(PairMeasure measure) => Set(State with { Measure = measure });

    private void Choose(string kind) => Measure(kind switch
    {
        "patch" => new PatchMeasure(Sweep("z heads")),
        "paths" => new PathsMeasure(true, []),
        _ => new PairCircuitMeasure(0.1),
    });

    private void ChooseSweep(PatchMeasure patch, string name) => Measure(patch with { Sweep = Sweep(name) });

    private Task ChooseEnds(PathsMeasure paths, string ends) => TryAsync(() =>
    {
        var words = ends.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        Measure(paths with { Receivers = words is [] or [Circuit.Logits] ? [] : [.. words.Select(Receiver.Parse)] });
        return Task.CompletedTask;
    });

    private Task RunAsync()
    {
        _place = null;
        return TryAsync(() => Reading.MeasureAsync(Asked));
    }

    private void Choose(Component? place) => _place = place;

    private static PatchSweep Sweep(string name) => ((PatchMeasure)PairMeasure.Parse($"patch {name}")).Sweep;

    private static string SweepName(PatchSweep sweep) => $"{sweep.Activation.Name()} {PatchSweep.NameOf(sweep.Axes)}";

    private string SweepLabel(string name) => name switch
    {
        "resid_pre positions" => T["experiments.stream-by-position"],
        "attn_out positions" => T["experiments.attention-by-position"],
        "mlp_out positions" => T["experiments.feed-forward-by-position"],
        "z heads" => T["experiments.heads-at-all-positions"],
        "z heads-and-positions" => T["experiments.heads-by-position"],
        _ => name,
    };

    private static string Ends(PathsMeasure paths) => paths.Receivers.Count == 0 ? Circuit.Logits
        : string.Join(' ', paths.Receivers.Select(receiver => receiver.Notation));

    private string Title(MeasuredPair found) => found.Experiment.Measure switch
    {
        PatchMeasure patch => SweepLabel(SweepName(patch.Sweep)) + (patch.IsEstimate ? T["experiments.estimated"] : ""),
        PathsMeasure paths => T["experiments.paths-from-to", T[paths.FromHeads ? "experiments.heads" : "intervene.feed-forward-layer"],
            Ends(paths)],
        _ => T["experiments.heads-and-paths"],
    };

    private Picture Graph(MeasuredPair found, PairCircuit circuit) => circuit.Draw(Title(found), Session.Config.Layers,
        [.. found.Pair.Base.Tokens.Select(Show)]);

    private static string Feeds(CircuitEdge edge) => $"{edge.To}{(edge.Part.Length > 0 ? $" {edge.Part}" : "")} ({Number(edge.Effect)})";

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Shown(double effect) =>
        Math.Abs(effect) < 0.005 ? "0.00" : effect.ToString("0.00", CultureInfo.InvariantCulture);

    private string Tip(EffectCell cell, MeasuredPair found) => T["experiments.effect-and-share", cell.Told, Shown(cell.Effect),
        Percent(cell.Effect / (found.Source - found.Base))];

    private static string Colour(EffectCell cell, EffectGrid grid) => string.Create(CultureInfo.InvariantCulture,
        $"--share:{(grid.Largest > 0 ? Math.Abs(cell.Effect) / grid.Largest : 0):0.###};"
            + $"--ink:var(--{(cell.Effect < 0 ? "negative" : "positive")})");

    private EffectGrid Grid(MeasuredPair found) => EffectGrid.Of(found, Show, layer => T["shared.layer", layer]);

    private Picture HeatMapOf(MeasuredPair found, EffectGrid grid) => grid.Draw(Title(found));

    private string Json(MeasuredPair found) => JsonText.Object(json =>
    {
        found.Experiment.WriteFields(json);
        json.WriteNumber("logit_difference", found.Base);
        json.WriteNumber("source_logit_difference", found.Source);
        json.WriteStartArray("cells");
        foreach (var cell in found.Circuit is null ? Grid(found).Cells.SelectMany(row => row) : [])
        {
            json.WriteStartObject();
            json.WriteString("place", cell.Name);
            json.WriteNumber("effect", cell.Effect);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("edges");
        foreach (var edge in found.Circuit?.Edges ?? [])
            edge.Write(json);
        json.WriteEndArray();
    });

    public override void Dispose()
    {
        Reading.Changed -= ShowMore;
        base.Dispose();
    }
}
