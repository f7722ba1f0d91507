using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Where heads look: all of them small, one of them large.
/// Small ones are pooled here, and the large one goes to its canvas as one array of bytes.</summary>
public sealed partial class AttentionPanel : Panel
{
    private const int Thumbnail = 32, ArcsShown = 40, LargestDrawn = 96, MostNamed = 24;

    // As much of its attention as a head must spend on what it is named after.
    private const double LabelShare = 0.4;

    private readonly DotNetObjectReference<AttentionPanel> _self;
    private ElementReference _grid, _canvas, _surface, _text;
    private Seen? _seen, _onPage;
    private IReadOnlyList<HeadSummary> _detected = [];
    private byte[] _thumbnails = [];
    private bool _isDrawn, _isReversed;
    private (string Text, string Changes) _of;

    public AttentionPanel() => _self = DotNetObjectReference.Create(this);

    /// <param name="Tokens">Of the text.</param>
    /// <param name="Layer">Of the large head.</param>
    /// <param name="Head">The large head.</param>
    /// <param name="Together">Heads that are seen together; one where it is the large one alone.</param>
    /// <param name="Pattern">Their attention, (T, T): the mean or the sum.</param>
    /// <param name="Largest">As much as a number of the pattern can be.</param>
    /// <param name="Query">The chosen row.</param>
    /// <param name="Key">The chosen column.</param>
    /// <param name="Detail">Of the two.</param>
    private sealed record Seen(int[] Tokens, int Layer, int Head, IReadOnlyList<(int Layer, int Head)> Together, float[] Pattern,
        int Largest, int Query, int Key, AttentionDetail Detail)
    {
        public float[] Row { get; } = Pattern.AsSpan(Query * Tokens.Length, Tokens.Length).ToArray();
    }

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    protected override async Task LoadAsync()
    {
        var state = State;
        var (layer, head) = (Math.Clamp(state.Layer, 0, Session.Config.Layers - 1), Math.Clamp(state.Head, 0, Session.Config.Heads - 1));
        var together = Together(state);
        var of = (state.Text, string.Join(' ', state.Changes) + state.Source);
        if (_detected.Count == 0)
            _detected = await Session.RunAsync("detectors", _ => Facts.Heads);
        if (_of != of)
            _thumbnails = await Session.AskAsync("heads", runs => Thumbnails(runs.After));
        _of = of;
        var seen = await Session.AskAsync("attention", runs =>
        {
            var T = runs.After.Tokens.Length;
            var pattern = together.Count > 0 ? Combined(runs.After, together, state.Sum)
                : runs.After.Patterns(layer).AsSpan(head * T * T, T * T).ToArray();
            var query = PositionIn(T);
            var key = state.Key >= 0 && state.Key <= query ? state.Key
                : Enumerable.Range(0, query + 1).MaxBy(key => pattern[query * T + key]);
            return new Seen(runs.After.Tokens, layer, head, together, pattern, state.Sum ? Math.Max(1, together.Count) : 1, query, key,
                runs.After.Detail(layer, head, query, key));
        });
        await LoadAcrossAsync(of, head);
        (_seen, _isDrawn) = (seen, false);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // A slow browser is sent nothing new for a while: until it is, what is seen has no canvas on the page.
        if (_isDrawn || _onPage is not { } seen || seen != _seen)
            return;
        _isDrawn = true;
        await Js.InvokeVoidAsync("pellucid.drawHeads", _grid, _thumbnails, ThumbnailSide(seen.Tokens.Length), Session.IsDark);
        if (IsGone)
            return;
        await Js.InvokeVoidAsync("pellucid.drawMatrix", _canvas, seen.Pattern.Select(weight => Byte(weight / seen.Largest)).ToArray(),
            seen.Tokens.Select(Show).ToArray(), Session.IsDark, seen.Query, seen.Key, seen.Largest, _text, _isReversed, _self);
    }

    /// <summary>A query and a key were chosen on the canvas.</summary>
    [JSInvokable]
    public Task PickAsync(int query, int key)
    {
        Set(State with { Position = query == _seen!.Tokens.Length - 1 ? -1 : query, Key = key });
        return Task.CompletedTask;
    }

    private void Ask(Seen seen, int position) =>
        Set(State with { Position = position == seen.Tokens.Length - 1 ? -1 : position, Key = -1 });

    private void Reverse(bool isReversed) => (_isReversed, _isDrawn) = (isReversed, false);

    public override void Dispose()
    {
        _self.Dispose();
        base.Dispose();
    }

    // Of a long text every second, third, … token is named, so that no name covers another.
    private static IEnumerable<int> Named(int count)
    {
        var step = (count + MostNamed - 1) / MostNamed;
        return Enumerable.Range(0, (count + step - 1) / step).Select(i => i * step);
    }

    private static string Middle(int position, int count) =>
        (100 * (position + 0.5) / count).ToString("0.##", CultureInfo.InvariantCulture) + "%";

    private static int ThumbnailSide(int count) => Math.Min(Thumbnail, count);

    // The largest attention of each part, so that a single bright cell is not lost.
    private byte[] Thumbnails(ExperimentRun run)
    {
        var (T, side, heads) = (run.Tokens.Length, ThumbnailSide(run.Tokens.Length), Session.Config.Heads);
        var bytes = new byte[Session.Config.Layers * heads * side * side];
        for (var layer = 0; layer < Session.Config.Layers; layer++)
        {
            var patterns = run.Patterns(layer);
            for (var head = 0; head < heads; head++)
            for (var row = 0; row < T; row++)
            for (var column = 0; column <= row; column++)
            {
                ref var pooled = ref bytes[((layer * heads + head) * side + row * side / T) * side + column * side / T];
                pooled = Math.Max(pooled, Byte(patterns[(head * T + row) * T + column]));
            }
        }
        return bytes;
    }

    private static byte Byte(float weight) => (byte)Math.Clamp(MathF.Round(255 * weight), 0, 255);

    private bool IsOff(int layer, int head) =>
        State.Changes.Any(change => change.Kind == InterventionKind.Zero && change.Place == new Component(Activation.Z, layer, head));

    private void Switch(int layer, int head)
    {
        var off = new Intervention(new Component(Activation.Z, layer, head), InterventionKind.Zero);
        Set(State with { Changes = IsOff(layer, head) ? [.. State.Changes.Where(change => change != off)] : [.. State.Changes, off] });
    }

    // What a head does most with random tokens, and how much of its attention that takes.
    private (string Name, double Share, bool IsLabel) Job(int layer, int head)
    {
        var summary = Summary(layer, head);
        (string Name, double Share)[] jobs =
        [
            (T["attention.induction"], summary.Induction), (T["attention.previous"], summary.PreviousToken),
            (T["attention.duplicate"], summary.DuplicateToken), (T["attention.first"], summary.First),
            (T["attention.itself"], summary.Self),
        ];
        var named = summary.Label switch { "induction" => 0, "previous token" => 1, "duplicate token" => 2, _ => -1 };
        var (name, share) = named >= 0 ? jobs[named] : jobs.MaxBy(job => double.IsNaN(job.Share) ? -1 : job.Share);
        return (name, share, named >= 0 || share >= LabelShare);
    }

    private string Label(int layer, int head) => Job(layer, head) is { IsLabel: true } job ? job.Name : "";

    // Heads that ask with queries of their own but share keys and values, where the model has such.
    private string Groups(int layer)
    {
        var shape = Session.Config.Block(layer).Attention;
        return shape.KeyValueHeads == shape.Heads ? ""
            : T["attention.in-groups-of-heads-share", shape.Heads / shape.KeyValueHeads, layer, shape.Heads, shape.KeyValueHeads];
    }

    private string Group(int layer, int head)
    {
        var shape = Session.Config.Block(layer).Attention;
        return shape.KeyValueHeads == shape.Heads ? "" : $" · kv {shape.KeyValueHeadOf(head)}";
    }

    private static string Short(double share) => double.IsNaN(share) ? "" : share.ToString("0.00", CultureInfo.InvariantCulture);

    private string Describe(int layer, int head)
    {
        var summary = Summary(layer, head);
        return T["attention.on-repeated-random-tokens-previous", Number(summary.PreviousToken), Number(summary.DuplicateToken),
            Number(summary.Induction)];
    }

    private HeadSummary Summary(int layer, int head) => _detected[layer * Session.Config.Heads + head];

    private string HeadTip(int layer, int head) => T["attention.head", layer, head]
        + Group(layer, head) + (Label(layer, head) is { Length: > 0 } label ? $": {label}" : "")
        + (IsOff(layer, head) ? T["attention.switched-off"] : "");

    private Picture Products(Seen seen)
    {
        const int most = 12;
        var strongest = seen.Detail.Products
            .Select((value, column) => (value, column))
            .OrderByDescending(one => Math.Abs(one.value)).Take(most).ToList();
        return Bars.Draw(T["attention.the-strongest-of-columns", seen.Detail.Products.Length],
            [.. strongest.Select(one => new Bar($"{one.column}", one.value,
                Note: $"{Number(one.value)} (q {Number(seen.Detail.Asks[one.column])}, k {Number(seen.Detail.Has[one.column])})"))]);
    }

    // The last words around the chosen query.
    private Picture DrawArcs(Seen seen)
    {
        var T = seen.Tokens.Length;
        var first = Math.Clamp(seen.Query - ArcsShown + 1, 0, Math.Max(0, T - ArcsShown));
        return Arcs.Draw(Title(seen),
            [.. seen.Tokens[first..Math.Min(T, first + ArcsShown)].Select(Show)], Matrix(seen, first, Math.Min(ArcsShown, T - first)));
    }

    private static double[,] Matrix(Seen seen, int first, int count)
    {
        var values = new double[count, count];
        for (var row = 0; row < count; row++)
        for (var column = 0; column < count; column++)
            values[row, column] = column > row ? double.NaN
                : seen.Pattern[(first + row) * seen.Tokens.Length + first + column] / (double)seen.Largest;
        return values;
    }

    // Rectangles, for as many tokens as a drawing can bear; of more the canvas itself is saved.
    private Picture Draw(Seen seen)
    {
        var names = seen.Tokens.Select(Show).ToArray();
        return HeatMap.Draw(seen.Together.Count > 0 ? Title(seen) : T["attention.head-each-rows-attention", seen.Layer, seen.Head], names,
            names, Matrix(seen, 0, names.Length));
    }

    // All heads as they are seen: the largest attention of each part of rows and columns, in 255ths.
    private string HeadsJson(Seen seen) => JsonText.Object(json =>
    {
        State.Experiment.WriteFields(json);
        var side = ThumbnailSide(seen.Tokens.Length);
        json.WriteNumber("parts", side);
        json.WriteStartArray("heads");
        for (var i = 0; i < Session.Config.Layers * Session.Config.Heads; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("layer", i / Session.Config.Heads);
            json.WriteNumber("head", i % Session.Config.Heads);
            json.WriteNumbers("largest", Enumerable.Range(0, side * side).Select(cell => _thumbnails[i * side * side + cell] / 255.0));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private string Json(Seen seen) => JsonText.Object(json =>
    {
        State.Experiment.WriteFields(json);
        json.WriteNumber("layer", seen.Layer);
        json.WriteNumber("head", seen.Head);
        if (seen.Together.Count > 0)
            json.WriteString(State.Sum ? "sum_of" : "mean_of", State.Heads);
        json.WriteStartArray("pattern");
        for (var row = 0; row < seen.Tokens.Length; row++)
        {
            json.WriteStartArray();
            for (var column = 0; column <= row; column++)
                json.WriteNumberValue(seen.Pattern[row * seen.Tokens.Length + column]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    });

    private string DetailJson(Seen seen) => JsonText.Object(json =>
    {
        State.Experiment.WriteFields(json);
        (string, int)[] places = [("layer", seen.Layer), ("head", seen.Head), ("query", seen.Query), ("key", seen.Key)];
        foreach (var (name, value) in places)
            json.WriteNumber(name, value);
        json.WriteNumber("score", seen.Detail.Score);
        json.WriteNumber("attention", seen.Detail.Weight);
        json.WriteNumbers("products", seen.Detail.Products.Select(value => (double)value));
        json.WriteNumbers("q", seen.Detail.Asks.Select(value => (double)value));
        json.WriteNumbers("k", seen.Detail.Has.Select(value => (double)value));
    });
}
