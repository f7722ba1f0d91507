using System.Globalization;
using Pellucid.Looking.Features;
using Pellucid.Looking.Features.Graphs;
using Pellucid.Pictures;
using Pellucid.Tokens;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Which features, tokens and errors made what the model says next, and what the model says to that.</summary>
public sealed partial class AnswerGraph : Panel
{
    // Of what can be told side by side; shares and features that are taken away are those of the command.
    private const int MostDrawn = 40, MostTold = 30, Suppressed = 50;
    private const double Share = 0.8, EdgeShare = 0.98;

    private AttributionGraph? _of;
    private Picture? _drawn;
    private IReadOnlyList<AttributionNode> _nodes = [];
    private string _language = "";

    private List<ExploredFeatures> Transcoders => [.. Facts.Features.Where(one => one.IsTranscoder)];

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Reading.Changed += ShowMore;
    }

    protected override Task LoadAsync()
    {
        Draw();
        return Task.CompletedTask;
    }

    private Task TraceAsync() => TryAsync(async () =>
    {
        int? Token(string word) => word.Length == 0 ? null : Words.OneToken(word) is { } one ? Session.Tokenizer.Encode(one)[0]
            : throw new ArgumentException(T["experiments.answer-is-not-one-token", word]);
        var (answer, wrong) = (Token(State.Answer), Token(State.Wrong));
        await Reading.TraceAsync([.. Transcoders.Select(one => one.Dictionary!)], State.Text, answer, wrong, Suppressed);
        Draw();
    });

    private void Draw()
    {
        if (Reading.Traced?.Graph is not { } graph || (graph == _of && _language == T.Language.Code))
            return;
        (_of, _language) = (graph, T.Language.Code);
        var kept = graph.Prune(Share, EdgeShare, MostDrawn);
        _drawn = kept.Draw(T["features.what-made", Show(graph.Right)], [.. graph.Tokens.Select(Show)], Show(graph.Right),
            T["features.unsaid"], Tip);
        _nodes = [.. kept.Nodes.SkipLast(1).Select(node => graph.Nodes[node]).OrderByDescending(node => node.Influence).Take(MostTold)];
    }

    private string Name(AttributionNode node) => node.Kind switch
    {
        AttributionNodeKind.Token => T["features.token"],
        AttributionNodeKind.Feature => $"{node.Layer}: {node.Feature}",
        AttributionNodeKind.Error => $"{node.Layer}: {T["features.unsaid"]}",
        _ => Show(_of!.Right),
    };

    private string Tip(AttributionNode node) => T["features.node-at", Name(node), node.Position, Show(_of!.Tokens[node.Position]),
        Number(node.Effect), Percent(node.Influence)];

    private static double? Measured(TracedAnswer traced, AttributionNode node) =>
        traced.Check?.Each.FirstOrDefault(one => one.Nodes[0] == node.Index)?.Measured;

    private void Choose(AttributionNode node)
    {
        var folder = Transcoders.First(one => one.Dictionary!.Config.Reads.Layer == node.Layer).Name;
        Set(State with { Features = folder, Feature = node.Feature, Position = node.Position });
    }

    private string Json(TracedAnswer traced) => JsonText.Object(json =>
    {
        var graph = traced.Graph;
        json.WriteString("model", Session.ModelName);
        json.WriteString("text", traced.Text);
        json.WritePropertyName("answer");
        json.WriteToken(Session.Tokenizer, graph.Right);
        json.WriteNumber("value", graph.Answer.Value);
        json.WriteStartArray("nodes");
        var kept = graph.Prune(Share, EdgeShare);
        foreach (var node in kept.Nodes.Select(node => graph.Nodes[node]))
        {
            json.WriteStartObject();
            json.WriteNumber("node", node.Index);
            json.WriteString("kind", node.Kind.ToString().ToLowerInvariant());
            json.WriteNumber("layer", node.Layer);
            json.WriteNumber("position", node.Position);
            json.WriteNumber("feature", node.Feature);
            json.WriteNumber("value", node.Value);
            json.WriteNumber("effect", node.Effect);
            json.WriteNumber("influence", node.Influence);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("edges");
        foreach (var edge in kept.Edges)
        {
            json.WriteStartObject();
            json.WriteNumber("from", edge.From);
            json.WriteNumber("to", edge.To);
            json.WriteNumber("weight", edge.Weight);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private void ShowMore() => InvokeAsync(() =>
    {
        Draw();
        StateHasChanged();
    });

    public override void Dispose()
    {
        Reading.Changed -= ShowMore;
        base.Dispose();
    }
}
