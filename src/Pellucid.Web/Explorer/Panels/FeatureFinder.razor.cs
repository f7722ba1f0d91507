using System.Globalization;
using Microsoft.AspNetCore.Components;
using Pellucid.Looking;
using Pellucid.Looking.Features;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Features found by a word, by example and by the truth of the micro-world, and a list of those that a reader keeps.</summary>
public sealed partial class FeatureFinder : Panel
{
    private const int Found = 12, TokensShown = 5, Strongest = 20, NamedShown = 20, TokensOfTruth = 100_000;

    private IReadOnlyList<(int Feature, double Figure)> _writers = [], _firing = [];
    private IReadOnlyList<(FeatureToldApart One, int[] Tokens)> _apart = [];
    private (ExploredFeatures?, string, FeatureFirings?, long) _searched;
    private (ExploredFeatures?, string, string) _asked;
    private double _factor = 2;

    /// <summary>What the folder is called.</summary>
    [Parameter, EditorRequired]
    public string Folder { get; set; } = "";

    /// <summary>A feature to choose.</summary>
    [Parameter, EditorRequired]
    public Func<int, RenderFragment> Choose { get; set; } = null!;

    /// <summary>What can be done with a feature.</summary>
    [Parameter, EditorRequired]
    public Func<int, RenderFragment> Edit { get; set; } = null!;

    private ExploredFeatures Features => Facts.Features.Single(one => one.Name == Folder);

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Reading.Changed += ShowMore;
    }

    protected override Task OnParametersSetAsync() => _asked.Item1 is null || _asked.Item1 == Features ? Task.CompletedTask
        : TryAsync(LoadAsync);

    protected override async Task LoadAsync()
    {
        await SearchAsync();
        await LookForExamplesAsync();
    }

    private async Task SearchAsync()
    {
        var (features, firings) = (Features, Reading.HasRead(Features) && !Reading.IsRunning ? Reading.Firings : null);
        var asked = (features, State.Word, firings, firings?.Rows ?? 0);
        if (asked == _searched)
            return;
        (_searched, _writers, _firing) = (asked, [], []);
        if (State.Word is not { Length: > 0 } word)
            return;
        // As written, or with the space that words begin with in a text.
        var token = ((string[])[word, " " + word]).Select(Session.Tokenizer.Encode).FirstOrDefault(tokens => tokens.Length == 1)?[0]
            ?? throw new ArgumentException(T["neurons.is-more-than-one-token", word]);
        (_writers, _firing) = await Session.RunAsync("feature-search", _ => (
            features.Search(Session.Gpt).Writers(token, Found), firings?.On(token, Strongest, Found) ?? []));
    }

    private async Task LookForExamplesAsync()
    {
        var (features, asked) = (Features, (Features, State.Examples, State.Others));
        if (asked == _asked)
            return;
        (_asked, _apart) = (asked, []);
        var (examples, others) = (Texts(State.Examples), Texts(State.Others));
        if (examples.Length > 0)
            _apart = await Session.RunAsync("feature-example", _ => features.Search(Session.Gpt).ByExample(examples, others, Found)
                .Select(one => (one, features.Search(Session.Gpt).Writes(one.Feature, TokensShown).Select(token => token.Token).ToArray()))
                .ToArray());
    }

    private int[][] Texts(string texts)
    {
        int[][] read = [.. texts.Split('\n').Where(text => text.Trim().Length > 0).Select(Session.Encode)];
        return read.FirstOrDefault(text => text.Length > Session.Context) is { } longer
            ? throw new ArgumentException(T["text.the-text-has-tokens-and", longer.Length, Session.Context]) : read;
    }

    // Of each kept feature one change; what else is changed stays.
    private void ChangeAll(Component piece, double factor)
    {
        Intervention[] changes =
            [.. Kept.Features.Select(feature => new Intervention(piece, InterventionKind.Scale, factor) { Feature = feature })];
        Set(State with
        {
            Changes = [.. State.Changes.Where(old => !changes.Any(one => (one.Place, one.Kind, one.Feature) == (old.Place, old.Kind,
                old.Feature))), .. changes],
        });
    }

    private static string KindOf(string kind) => kind switch
    {
        "topic" => "features.topic", "sense" => "features.sense", _ => "features.person",
    };

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private void ShowMore() => InvokeAsync(() =>
    {
        if (!Reading.IsRunning)
            return TryAsync(LoadAsync);
        StateHasChanged();
        return Task.CompletedTask;
    });

    public override void Dispose()
    {
        Reading.Changed -= ShowMore;
        base.Dispose();
    }
}
