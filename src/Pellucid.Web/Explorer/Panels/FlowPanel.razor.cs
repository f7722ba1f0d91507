using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Pellucid.Looking;
using Pellucid.Pictures;
using Pellucid.Tokens;
using Pellucid.Web.Explorer.Flow;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>The way of one text through the model, from its tokens to the next word, stage by stage.</summary>
public sealed partial class FlowPanel : Panel
{
    // As long as it takes to read what a stage says.
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    private ElementReference _flow;
    private FlowReading? _seen, _onPage;
    private FlowStage _stage = FlowStage.Whole, _revealed = FlowStage.Whole;
    private CancellationTokenSource? _playing;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    private int At => Place(_seen!.Stages, _stage);

    protected override async Task LoadAsync()
    {
        var (state, config) = (State, Session.Config);
        var asked = FlowStage.TryParse(state.Stage) is { } named && named.Layer < config.Layers ? named : FlowStage.Whole;
        var isWithin = asked.Layer > 0 && asked.Layer < config.Layers - 1 && asked.Part != FlowPart.Blocks;
        var stages = FlowStage.Drawn(config, isWithin ? asked.Layer : Math.Clamp(state.Layer, 0, config.Layers - 1));
        var stage = Place(stages, asked) < 0 ? FlowStage.Whole : asked;
        var head = Math.Clamp(state.Head, 0, config.Heads - 1);
        _seen = await Session.AskAsync("flow", runs => FlowReading.Of(Session.Gpt, runs.After, PositionIn(runs.After.Tokens.Length), stages,
            stage, head, state.Key, Facts.Neurons));
        _stage = stage;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // A slow browser is sent nothing new for a while: until it is, what is seen does not stand on the page.
        if (_onPage is null || _onPage != _seen || _revealed == _stage)
            return;
        _revealed = _stage;
        await Js.InvokeVoidAsync("pellucid.reveal", _flow);
    }

    public override void Dispose()
    {
        Pause();
        base.Dispose();
    }

    private static int Place(IReadOnlyList<FlowStage> stages, FlowStage stage)
    {
        for (var place = 0; place < stages.Count; place++)
            if (stages[place] == stage)
                return place;
        return -1;
    }

    private void Go(FlowStage stage) => Set(State with { Stage = stage.ToString() });

    private void Stop(FlowStage stage)
    {
        Pause();
        Go(stage);
    }

    private void Step(int steps)
    {
        Pause();
        Go(At + steps < 0 ? FlowStage.Whole : _seen!.Stages[At + steps]);
    }

    private void Open(int layer) => Set(State with { Layer = layer, Stage = new FlowStage(FlowPart.Attention, layer).ToString() });

    private void Follow(int position) => Set(State with { Position = position == _seen!.Tokens.Length - 1 ? -1 : position, Key = -1 });

    private void Pause()
    {
        _playing?.Cancel();
        _playing = null;
    }

    // One stage after another until the last, from the first again when that has been reached.
    private async Task PlayAsync()
    {
        if (_playing is not null)
        {
            Pause();
            return;
        }
        var playing = _playing = new CancellationTokenSource();
        try
        {
            for (var place = At == _seen!.Stages.Count - 1 ? 0 : At + 1; place < _seen.Stages.Count; place = At + 1)
            {
                Go(_seen.Stages[place]);
                await Task.Delay(Pace, playing.Token);
            }
            Pause();
        }
        catch (OperationCanceledException)
        {
            return; // somebody took over
        }
    }

    private static string Width(FlowStage stage) => $"flex:0 0 {FlowDrawing.Width(stage.Part)}px";

    private static string Share(double share) => "--share:" + share.ToString("0.###", CultureInfo.InvariantCulture);

    private string Name(FlowStage stage) => T[stage.Part switch
    {
        FlowPart.Tokens => "flow.tokens",
        FlowPart.Embedding => "flow.embedding",
        FlowPart.Attention => "flow.attention",
        FlowPart.FeedForward => "flow.feed-forward",
        FlowPart.Blocks => "flow.more-blocks",
        FlowPart.Norm => "flow.norm",
        FlowPart.Next => "flow.next-word",
        _ => "flow.the-whole",
    }];

    private string Place(FlowStage stage) => stage.Part switch
    {
        FlowPart.Blocks when FlowStage.LastOf(stage, _seen!.Stages) is var last && last > stage.Layer => $"{stage.Layer}–{last}",
        FlowPart.Blocks => $"{stage.Layer}",
        _ when stage.Layer >= 0 => T["flow.block", stage.Layer],
        _ => "\u00A0",
    };

    private string Heading(FlowStage stage) => stage.Layer < 0 ? Name(stage) : T["flow.name-and-place", Name(stage), Place(stage)];

    // What a drawn column shows, for who hears it.
    private string Title(FlowStage stage)
    {
        var row = _seen!.Position - _seen.First;
        return stage.Part switch
        {
            FlowPart.Attention when _seen.Blocks[stage.Layer] is { } block && block.Looks[row] is var looks => T["flow.column-of-attention",
                Heading(stage), block.Head < 0 ? T["flow.mean-of-heads"] : T["attention.head", stage.Layer, block.Head],
                string.Join(", ", Enumerable.Range(1, looks.Length - 1).OrderByDescending(key => looks[key]).Take(3)
                    .Select(key => $"{Show(_seen.Tokens[_seen.First + key - 1])} {Percent(looks[key])}"))],
            FlowPart.Next => T["flow.column-of-words", string.Join(", ", _seen.Next.Take(3)
                .Select(word => $"{Show(word.Token)} {Percent(word.Probability)}"))],
            FlowPart.FeedForward => T["flow.column-of-neurons", Heading(stage)],
            _ => Heading(stage),
        };
    }

    private string Says(FlowStage stage) => stage.Part switch
    {
        FlowPart.Tokens => T["flow.tokens-says", _seen!.Tokens.Length, Session.Config.VocabularySize],
        FlowPart.Embedding => T[Session.Config.LearnedPositions ? "flow.embedding-says" : "flow.embedding-says-turned",
            Session.Config.Width, Show(_seen!.Tokens[_seen.Position])],
        FlowPart.Attention => T["flow.attention-says", Session.Config.Heads],
        FlowPart.FeedForward => T["flow.feed-forward-says"],
        FlowPart.Blocks => T["flow.blocks-says", FlowStage.LastOf(stage, _seen!.Stages) - stage.Layer + 1],
        FlowPart.Norm => T["flow.norm-says"],
        FlowPart.Next => T["flow.next-says", Session.Config.VocabularySize],
        _ => T["flow.whole-says", Show(_seen!.Tokens[_seen.Position]), _seen.Stages.Count],
    };

    private IReadOnlyList<(string, float[])> Embedding(EmbeddingDetail detail)
    {
        var rows = new List<(string, float[])>
        {
            (detail.Scale == 1 ? T["flow.row-of-token", detail.Token] : T["flow.row-of-token-scaled", detail.Token, detail.Scale],
                detail.TokenRow),
        };
        if (detail.PositionRow is { } position)
            rows.Add((T["flow.row-of-position", _seen!.Position], position));
        rows.Add((T["flow.what-the-first-block-reads"], detail.Stream));
        return rows;
    }

    private Picture Whole(FlowDrawing drawing) => Picture.Beside(
        [.. _seen!.Stages.Select(stage => Picture.Stack([Header(stage), drawing.Draw(stage, Title(stage))]))]) with
    {
        Title = T["flow.title"],
    };

    private Picture Header(FlowStage stage)
    {
        var width = FlowDrawing.Width(stage.Part);
        return new Picture(width, 44, "", [new Label(width / 2.0, 16, Place(stage), 10, Align.Middle, Ink.Muted),
            new Label(width / 2.0, 32, Name(stage), 12, Align.Middle)]);
    }

    private string Json(FlowReading seen) => JsonText.Object(json =>
    {
        State.Experiment.WriteFields(json);
        json.WriteNumber("position", seen.Position);
        json.WriteNumber("first_drawn", seen.First);
        json.WriteStartArray("blocks");
        foreach (var (layer, block) in seen.Blocks)
        {
            json.WriteStartObject();
            json.WriteNumber("layer", layer);
            json.WriteString("heads", block.Head < 0 ? "mean" : $"{layer}.{block.Head}");
            json.WriteNumbers("attention_before_and_on_each_drawn",
                block.Looks[seen.Position - seen.First].Select(weight => (double)weight));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("next");
        foreach (var word in seen.Next)
            json.WriteToken(Session.Tokenizer, word.Token, word.Probability);
        json.WriteEndArray();
    });
}
