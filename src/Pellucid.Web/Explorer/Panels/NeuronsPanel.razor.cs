using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.JSInterop;
using Pellucid.Looking;
using Pellucid.Looking.Memories;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Neurons as memories: who is active here, what excites them in a corpus, and what they write.</summary>
public sealed partial class NeuronsPanel : Panel
{
    private const int Shown = 15, TokensShown = 8, PrefixShown = 24, LargestFile = 64 << 20;

    private Seen? _seen;
    private MemoryPattern? _pattern;
    private IReadOnlyList<Trigger> _triggers = [];
    private string _searched = "";
    private double _megabytes = 0.2;
    private IReadOnlyList<Found> _writers = [], _readers = [];

    /// <param name="Tokens">Of the text.</param>
    /// <param name="Position">Where neurons are active.</param>
    /// <param name="Active">The most active ones, and what they write.</param>
    /// <param name="Layer">Of the chosen neuron.</param>
    /// <param name="Index">The chosen neuron.</param>
    /// <param name="Activation">Its own, at the position.</param>
    /// <param name="For">Tokens that it speaks for.</param>
    /// <param name="Against">Tokens that it speaks against.</param>
    /// <param name="Parts">Of a gated neuron, the gate and the value: the gate, bent, times the value
    /// is the activation.</param>
    private sealed record Seen(int[] Tokens, int Position, IReadOnlyList<(ActiveNeuron Neuron, int[] Tokens)> Active, int Layer, int Index,
        double Activation, int[] For, int[] Against, (double Gate, double Value)? Parts);

    private sealed record Found(int Layer, int Index, double Figure, int[] Tokens);

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    internal CorpusReading Corpus { get; set; } = null!;

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Corpus.Changed += ShowMore;
    }

    protected override async Task LoadAsync()
    {
        if (Session.Config.FeedForwardWidth == 0)
            return;
        var chosen = Chosen();
        _seen = await Session.AskAsync("neurons", runs =>
        {
            var position = PositionIn(runs.After.Tokens.Length);
            var active = Facts.Neurons.MostActive(runs.After, position, Shown);
            var (layer, index) = chosen ?? (active[0].Layer, active[0].Index);
            return new Seen(runs.After.Tokens, position, [.. active.Select(neuron => (neuron, Tokens(neuron.Layer, neuron.Index)))], layer,
                index, runs.After.Neurons(layer, position)[index], Tokens(layer, index), Tokens(layer, index, against: true),
                Parts(runs.After, layer, index, position));
        });
        await LookUpAsync();
        if (State.Word != _searched)
            await SearchAsync();
    }

    private (double Gate, double Value)? Parts(ExperimentRun run, int layer, int index, int position)
    {
        if (!Session.Config.Gated)
            return null;
        double At(Activation activation)
        {
            var (values, shape) = run.Values(activation, layer);
            return values[position * shape[1] + index];
        }
        return (At(Activation.MlpGate), At(Activation.MlpUp));
    }

    // What the address says, if the model has it.
    private (int Layer, int Index)? Chosen() => State.Neuron.Split('.') is [var layer, var neuron]
        && int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out var l)
        && int.TryParse(neuron, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
        && l < Session.Config.Layers && n < Session.Config.FeedForwardWidth ? (l, n) : null;

    private int[] Tokens(int layer, int neuron, bool against = false) =>
        [.. Facts.Neurons.ValueTokens(layer, neuron, TokensShown, against).Select(one => one.Token)];

    // On the engine, between two batches that add to what was found.
    private async Task LookUpAsync()
    {
        if (_seen is { } seen && Corpus.Found is { } found)
            (_triggers, _pattern) = await Session.RunAsync("triggers", _ =>
                ((IReadOnlyList<Trigger>)[.. found.Triggers(seen.Layer, seen.Index)], MemoryPattern.Of(found, seen.Layer, seen.Index)));
    }

    private void ShowMore() => InvokeAsync(() =>
    {
        if (Corpus.IsRunning)
            return TryAsync(LookUpAsync);
        StateHasChanged();
        return Task.CompletedTask;
    });

    private Task ReadWorldAsync()
    {
        var characters = (long)(Math.Clamp(_megabytes, 0.01, 100) * 1e6);
        return ReadAsync($"micro-world, {_megabytes.ToString("0.##", CultureInfo.InvariantCulture)} MB",
            CorpusLine.MicroWorld(MicroWorld.UsualSeed, characters), characters);
    }

    private Task ReadFileAsync(IBrowserFile? file) => file is null ? Task.CompletedTask : TryAsync(async () =>
    {
        if (file.Size > LargestFile)
            throw new ArgumentException(
                T["neurons.is-larger-than-mb", file.Name, LargestFile >> 20]);
        await using var stream = file.OpenReadStream(LargestFile);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        bytes.Position = 0;
        await ReadAsync(file.Name, CorpusLine.Read(bytes, file.Name).Select(line => (line, (string?)null)), bytes.Length);
    });

    private Task ReadAsync(string name, IEnumerable<(string, string?)> lines, long characters) => TryAsync(async () =>
    {
        await Corpus.ReadAsync(name, lines, characters);
        await LookUpAsync();
        await SearchAsync();
    });

    private async Task SearchAsync()
    {
        (_writers, _readers, _searched) = ([], [], State.Word);
        if (_searched is not { Length: > 0 } word)
            return;
        // As written, or with the space that words begin with in a text.
        var token = ((string[])[word, " " + word]).Select(Session.Tokenizer.Encode).FirstOrDefault(tokens => tokens.Length == 1)?[0]
            ?? throw new ArgumentException(T["neurons.is-more-than-one-token", word]);
        (_writers, _readers) = await Session.RunAsync("search", _ => (
            (IReadOnlyList<Found>)[.. Facts.Neurons.Search(token, Shown)
                .Select(one => new Found(one.Layer, one.Index, one.Cosine, Tokens(one.Layer, one.Index)))],
            Corpus.Found is { } found ? Readers(found, token) : []));
    }

    private IReadOnlyList<Found> Readers(NeuronMemories found, int token) =>
        [.. (from layer in Enumerable.Range(0, Session.Config.Layers) from index in Enumerable.Range(0, Session.Config.FeedForwardWidth)
            where found.IsKey(layer, index, token)
             let triggers = found.Triggers(layer, index) orderby (double)triggers.Count(trigger => trigger.Prefix[^1] == token)
                 / triggers.Count descending, triggers[0].Coefficient descending
             select (layer, index, share: (double)triggers.Count(trigger => trigger.Prefix[^1] == token) / triggers.Count)).Take(Shown)
             .Select(one => new Found(one.layer, one.index, one.share, Tokens(one.layer, one.index)))];

    private async Task SaveAsync() => await SaveAsync("neurons.json", json =>
    {
        json.WriteNumber("position", _seen!.Position);
        json.WriteStartArray("neurons");
        foreach (var (neuron, tokens) in _seen.Active)
        {
            json.WriteStartObject();
            json.WriteNumber("layer", neuron.Layer);
            json.WriteNumber("neuron", neuron.Index);
            json.WriteNumber("activation", neuron.Activation);
            json.WriteNumber("length", neuron.Length);
            json.WriteStartArray("tokens");
            foreach (var token in tokens)
                json.WriteToken(Session.Tokenizer, token);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private async Task SaveTriggersAsync() => await SaveAsync($"neuron-{_seen!.Layer}-{_seen.Index}.json", json =>
    {
        json.WriteString("corpus", Corpus.Name);
        json.WriteNumber("corpus_tokens", Corpus.Found!.Tokens);
        json.WriteNumber("layer", _seen.Layer);
        json.WriteNumber("neuron", _seen.Index);
        json.WriteStartArray("triggers");
        foreach (var trigger in _triggers)
        {
            json.WriteStartObject();
            json.WriteNumber("coefficient", trigger.Coefficient);
            json.WriteString("prefix", Session.Tokenizer.Decode(trigger.Prefix));
            json.WriteString("next", Session.Tokenizer.Decode([trigger.Next]));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private async Task SaveAsync(string name, Action<Utf8JsonWriter> write) =>
        await Js.InvokeVoidAsync("pellucid.saveText", name, "application/json", JsonText.Object(json =>
    {
        State.Experiment.WriteFields(json);
        write(json);
    }));

    public override void Dispose()
    {
        Corpus.Changed -= ShowMore;
        base.Dispose();
    }
}
