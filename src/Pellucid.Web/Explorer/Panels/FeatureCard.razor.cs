using System.Globalization;
using Microsoft.AspNetCore.Components;
using Pellucid.Looking;
using Pellucid.Looking.Features;
using Pellucid.Pictures;
using Pellucid.Tokens;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>What one feature is for: what it writes, where it fires most, how often it is how strong, what the model loses without it; and
/// the model steered by it.</summary>
public sealed partial class FeatureCard : Panel
{
    private const int TokensShown = 8, Before = 12, After = 4;

    private (int[] For, int[] Against)? _written;
    private FeatureDashboard? _dashboard;
    private (ExploredFeatures?, int, FeatureFirings?, long) _shown;
    private double _factor = 4;

    /// <summary>What the folder is called.</summary>
    [Parameter, EditorRequired]
    public string Folder { get; set; } = "";

    /// <summary>The feature.</summary>
    [Parameter, EditorRequired]
    public int Feature { get; set; }

    private ExploredFeatures Features => Facts.Features.Single(one => one.Name == Folder);

    private (ExploredFeatures?, int, FeatureFirings?, long) Asked =>
        Reading.HasRead(Features) ? (Features, Feature, Reading.Firings, Reading.Firings!.Rows) : (Features, Feature, null, 0);

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Reading.Changed += ShowMore;
    }

    protected override Task OnParametersSetAsync() => _shown == Asked ? Task.CompletedTask : TryAsync(LoadAsync);

    protected override async Task LoadAsync()
    {
        var (asked, features, feature) = (Asked, Features, Feature);
        if (asked == _shown)
            return;
        _shown = asked;
        var (firings, reader) = (asked.Item3, Reading.Reader);
        (_written, _dashboard) = await Session.RunAsync<((int[], int[])?, FeatureDashboard?)>("feature", _ => (
            (Tokens(features, feature, false), Tokens(features, feature, true)),
            firings is null ? null : reader!.Show(firings, feature, asksForUse: false)));
    }

    private Task AskUseAsync() => TryAsync(async () =>
    {
        var (reader, firings, feature) = (Reading.Reader!, Reading.Firings!, Feature);
        _dashboard = await Session.RunAsync("feature", _ => reader.Show(firings, feature, asksForUse: true));
    });

    private int[] Tokens(ExploredFeatures features, int feature, bool against) =>
        [.. features.Search(Session.Gpt).Writes(feature, TokensShown, against).Select(one => one.Token)];

    // One change of a kind of each feature.
    private void Change(Component piece, InterventionKind kind)
    {
        var change = new Intervention(piece, kind, _factor) { Feature = Feature };
        Set(State with
        {
            Changes = [.. State.Changes.Where(old => (old.Place, old.Kind, old.Feature) != (change.Place, kind, change.Feature)), change],
        });
    }

    private IEnumerable<(string Text, float Activation, bool IsMost)> Around(FeatureContext context)
    {
        var (first, last) = (Math.Max(0, context.Position - Before), Math.Min(context.Tokens.Count - 1, context.Position + After));
        for (var at = first; at <= last; at++)
            yield return (Show(context.Tokens[at]), context.Activations[at], at == context.Position);
    }

    private Picture Histogram(FeatureDashboard dashboard) => Bars.Draw(T["features.tokens-by-activation", dashboard.Feature],
        [.. dashboard.Histogram.Select((tokens, i) =>
            new Bar(Number(dashboard.Largest * i / dashboard.Histogram.Count), tokens, Note: $"{tokens}"))]);

    private string Json(FeatureDashboard dashboard) => JsonText.Object(json =>
    {
        json.WriteString("model", Session.ModelName);
        json.WriteString("features", Features.Name);
        json.WriteNumber("feature", dashboard.Feature);
        json.WriteNumber("tokens", dashboard.Rows);
        json.WriteNumber("fired", dashboard.Fired);
        json.WriteNumber("largest", dashboard.Largest);
        json.WriteNumbers("histogram", dashboard.Histogram.Select(count => (double)count));
        json.WriteStartArray("contexts");
        foreach (var context in dashboard.Contexts)
        {
            json.WriteStartObject();
            json.WriteNumber("position", context.Position);
            json.WriteString("text", Session.Tokenizer.Decode([.. context.Tokens]));
            json.WriteNumbers("activations", context.Activations.Select(value => (double)value));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("writes");
        foreach (var (token, score) in dashboard.Writes)
            json.WriteToken(Session.Tokenizer, token, score);
        json.WriteEndArray();
    });

    private static string Share(float activation, float most) =>
        string.Create(CultureInfo.InvariantCulture, $"--share:{(most > 0 ? activation / most : 0):0.###}");

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private void ShowMore() => InvokeAsync(() => Reading.IsRunning ? Told() : TryAsync(LoadAsync));

    private Task Told()
    {
        StateHasChanged();
        return Task.CompletedTask;
    }

    public override void Dispose()
    {
        Reading.Changed -= ShowMore;
        base.Dispose();
    }
}
