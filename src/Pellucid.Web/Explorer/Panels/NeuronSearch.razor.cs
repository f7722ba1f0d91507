using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Pellucid.Looking;
using Pellucid.Looking.Memories;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Tokens;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Neurons found by example and by topic, how often one is how active, and a list of those that a reader keeps.</summary>
public sealed partial class NeuronSearch : Panel
{
    private const int Found = 12, TokensShown = 5, Parts = 24, HistogramTokens = 4096;

    private IReadOnlyList<(ToldApart Neuron, int[] Tokens)> _apart = [];
    private IReadOnlyList<string> _topics = [];
    private IReadOnlyList<(int Layer, int Index, double Share, int[] Tokens)> _ofTopic = [];
    private ActivationHistogram? _histogram;
    private Picture? _picture;
    private (string, string) _asked;
    private (NeuronMemories?, long, string) _askedTopic;
    private (NeuronMemories?, long, int, int) _askedHistogram;
    private double _factor = 2;

    /// <summary>The neuron that is looked at.</summary>
    [Parameter, EditorRequired]
    public (int Layer, int Index) Neuron { get; set; }

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Corpus.Changed += ShowMore;
        Kept.Changed += ShowKept;
    }

    protected override Task OnParametersSetAsync() => Drawn == Neuron ? Task.CompletedTask : TryAsync(DrawAsync);

    private (int, int) Drawn => (_askedHistogram.Item3, _askedHistogram.Item4);

    protected override async Task LoadAsync()
    {
        await Kept.LoadAsync();
        if (!Corpus.IsRunning)
        {
            await DrawAsync();
            await LookForTopicAsync();
        }
        await LookForExamplesAsync();
    }

    private async Task LookForExamplesAsync()
    {
        var asked = (State.Examples, State.Others);
        if (asked == _asked)
            return;
        (_asked, _apart) = (asked, []);
        var (examples, others) = (Texts(asked.Examples), Texts(asked.Others));
        if (examples.Length > 0)
            _apart = await Session.RunAsync("by-example", _ => Facts.Neurons.ByExample(examples, others, Found)
                .Select(one => (one, Tokens(one.Layer, one.Index))).ToArray());
    }

    private async Task LookForTopicAsync()
    {
        var asked = (Corpus.Found, Corpus.Found?.Tokens ?? 0, State.Topic);
        if (asked == _askedTopic)
            return;
        (_askedTopic, _topics, _ofTopic) = (asked, [], []);
        if (Corpus.Found is not { } found)
            return;
        var patterns = await Session.RunAsync("by-topic", _ => (from layer in Enumerable.Range(0, Session.Config.Layers)
            from index in Enumerable.Range(0, Session.Config.FeedForwardWidth)
            let pattern = MemoryPattern.Of(found, layer, index) where pattern?.Topic is not null select (layer, index, pattern)).ToArray());
        _topics = [.. patterns.Select(one => one.pattern.Topic!).Distinct().Order(StringComparer.Ordinal)];
        _ofTopic = [.. patterns.Where(one => one.pattern.Topic == State.Topic)
            .OrderByDescending(one => one.pattern.TopicShare).ThenByDescending(one => found.Triggers(one.layer, one.index)[0].Coefficient)
            .Take(Found).Select(one => (one.layer, one.index, one.pattern.TopicShare, Tokens(one.layer, one.index)))];
    }

    // Over some lines of the corpus, each as likely as the others.
    private async Task DrawAsync()
    {
        var asked = (Corpus.Found, Corpus.Found?.Tokens ?? 0, Neuron.Layer, Neuron.Index);
        if (asked == _askedHistogram)
            return;
        (_askedHistogram, _histogram) = (asked, null);
        if (Corpus.Found is not { } found)
            return;
        var count = 0;
        int[][] texts = [.. found.Sample.Select(line => line.Tokens).TakeWhile(tokens => (count += tokens.Length) <= HistogramTokens)];
        if (texts.Length == 0)
            return;
        var histogram = await Session.RunAsync("histogram", _ =>
            ActivationHistogram.Of(Session.Gpt, texts, asked.Layer, asked.Index, Parts));
        var width = (histogram.Largest - histogram.Least) / Parts;
        (_histogram, _picture) = (histogram, Bars.Draw(T["search.tokens-by-activation", $"{asked.Layer}.{asked.Index}"],
            [.. histogram.Counts.Select((tokens, i) => new Bar(Number(histogram.Least + i * width), tokens, Note: $"{tokens}"))]));
    }

    private int[][] Texts(string texts)
    {
        int[][] read = [.. texts.Split('\n').Where(text => text.Trim().Length > 0).Select(Session.Encode)];
        return read.FirstOrDefault(text => text.Length > Session.Context) is { } longer
            ? throw new ArgumentException(T["text.the-text-has-tokens-and", longer.Length, Session.Context]) : read;
    }

    private int[] Tokens(int layer, int neuron) => [.. Facts.Neurons.ValueTokens(layer, neuron, TokensShown).Select(one => one.Token)];

    private static Intervention Change(int layer, int index, InterventionKind kind = InterventionKind.Zero, double factor = 1) =>
        new(new Component(Activation.MlpPost, layer, Neuron: index), kind, factor);

    private bool Has(int layer, int index) => State.Changes.Contains(Change(layer, index));

    private bool IsKept(int layer, int index) => Kept.Neurons.Contains((layer, index));

    private void Toggle(int layer, int index)
    {
        var change = Change(layer, index);
        Set(State with { Changes = Has(layer, index) ? [.. State.Changes.Where(other => other != change)] : [.. State.Changes, change] });
    }

    // Of each kept neuron one change; what else is changed stays.
    private void ChangeAll(InterventionKind kind)
    {
        var changes = Kept.Neurons.Select(neuron => Change(neuron.Layer, neuron.Index, kind, kind == InterventionKind.Scale ? _factor : 1))
            .ToArray();
        Set(State with { Changes = [.. State.Changes.Where(old => !changes.Any(change => change.Place == old.Place)), .. changes] });
    }

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private async Task SaveAsync() => await Js.InvokeVoidAsync("pellucid.saveText", "neurons.json", "application/json",
        JsonText.Object(json =>
    {
        json.WriteString("model", Session.ModelName);
        json.WriteStartArray("neurons");
        foreach (var (layer, index) in Kept.Neurons)
        {
            json.WriteStartObject();
            json.WriteNumber("layer", layer);
            json.WriteNumber("neuron", index);
            json.WriteStartArray("tokens");
            foreach (var token in Tokens(layer, index))
                json.WriteToken(Session.Tokenizer, token);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }));

    private string Json(ActivationHistogram histogram) => JsonText.Object(json =>
    {
        json.WriteString("corpus", Corpus.Name);
        json.WriteNumber("layer", Drawn.Item1);
        json.WriteNumber("neuron", Drawn.Item2);
        json.WriteNumber("least", histogram.Least);
        json.WriteNumber("largest", histogram.Largest);
        json.WriteNumber("above_zero", histogram.Positive);
        json.WriteNumbers("counts", histogram.Counts.Select(count => (double)count));
    });

    private void ShowMore() => InvokeAsync(() => Corpus.IsRunning ? Task.CompletedTask : TryAsync(LoadAsync));

    private void ShowKept() => InvokeAsync(StateHasChanged);

    public override void Dispose()
    {
        Corpus.Changed -= ShowMore;
        Kept.Changed -= ShowKept;
        base.Dispose();
    }
}
