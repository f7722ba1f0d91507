using System.Globalization;
using Microsoft.AspNetCore.Components;
using Pellucid.Looking;
using Pellucid.Looking.Features;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Features that were learned of the model: which fire on the text, what each is for, and what made an answer.</summary>
public sealed partial class FeaturesPanel : Panel
{
    private const int Shown = 15, TokensShown = 6;

    private IReadOnlyList<ExploredFeatures>? _all;
    private ExploredFeatures? _features;
    private Seen? _seen;

    /// <param name="Of">The folder.</param>
    /// <param name="Tokens">Of the text.</param>
    /// <param name="Position">What is looked at.</param>
    /// <param name="Fires">Positions at which the chosen feature fires.</param>
    /// <param name="Active">Features that fire there most, and tokens that they raise.</param>
    /// <param name="Feature">The chosen one.</param>
    /// <param name="Activations">Its own at every position.</param>
    private sealed record Seen(ExploredFeatures Of, int[] Tokens, int Position, int Fires,
        IReadOnlyList<(int Feature, double Activation, int[] Tokens)> Active, int Feature, float[] Activations);

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Kept.Changed += ShowKept;
    }

    protected override async Task LoadAsync()
    {
        _all ??= await Session.RunAsync("folders", _ => Facts.Features);
        _features = _all.FirstOrDefault(one => one.Name == State.Features) ?? _all.FirstOrDefault(one => one.Dictionary is not null)
            ?? (_all.Count > 0 ? _all[0] : null);
        if (_features is not { } features)
            return;
        if (features.Dictionary is not { } dictionary)
            throw new ArgumentException($"{features.Name}: {T.Language.Refusal(features.Problem!)}");
        await Kept.LoadAsync(features);
        var chosen = State.Feature < 0 || State.Feature >= dictionary.Config.Features ? (int?)null : State.Feature;
        _seen = await Session.AskAsync("features", runs =>
        {
            var (tokens, S, reads) = (runs.After.Tokens, dictionary.Config.Features, dictionary.Config.Reads);
            var all = dictionary.Read(runs.After.Values(reads.Activation, reads.Layer).Values).Activations;
            var position = PositionIn(tokens.Length);
            var active = Enumerable.Range(0, S).Select(feature => (feature, all[position * S + feature])).Where(one => one.Item2 > 0)
                .OrderByDescending(one => one.Item2).Take(Shown)
                .Select(one => (one.feature, (double)one.Item2, Tokens(features, one.feature))).ToList();
            var feature = chosen ?? (active.Count > 0 ? active[0].feature : 0);
            var own = Enumerable.Range(0, tokens.Length).Select(at => all[at * S + feature]).ToArray();
            return new Seen(features, tokens, position, own.Count(value => value > 0), active, feature, own);
        });
    }

    private int[] Tokens(ExploredFeatures features, int feature) =>
        [.. features.Search(Session.Gpt).Writes(feature, TokensShown).Select(one => one.Token)];

    private void ChooseFolder(ChangeEventArgs chosen) =>
        Set(State with { Features = chosen.Value?.ToString() ?? "", Feature = -1 });

    private string About(FeatureConfig config) =>
        T[config.Writes is null ? "features.of" : "features.of-which-write", config.Features, config.Reads.Hook, config.Written.Hook]
            + (config.Model is { } model ? T["features.learned-on", model] : "");

    // What takes a feature away, where changes can be written at the place that it writes.
    private Intervention? Off(int feature) => _features?.Dictionary?.Config.ChangedPiece is { } piece
        ? new Intervention(piece, InterventionKind.Scale, 0) { Feature = feature } : null;

    private void Toggle(Intervention change) => Set(State with
    {
        Changes = State.Changes.Contains(change) ? [.. State.Changes.Where(other => other != change)] : [.. State.Changes, change],
    });

    private static string Share(float activation, float most) =>
        string.Create(CultureInfo.InvariantCulture, $"--share:{(most > 0 ? activation / most : 0):0.###}");

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private void ShowKept() => InvokeAsync(StateHasChanged);

    public override void Dispose()
    {
        Kept.Changed -= ShowKept;
        base.Dispose();
    }
}
