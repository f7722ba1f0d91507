using Pellucid.Looking.Features;
using Pellucid.Looking.Features.Graphs;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Looking.Shapes;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking.Features.Graphs;

/// <summary>Attribution graphs on every shape of model: every edge is what plain loops forwards say, and edges add up.</summary>
public sealed class AttributionGraphTests
{
    private const int Features = 20, Right = 5, Wrong = 11;
    private const double Tolerance = 2e-4;

    public static TheoryData<string> Names => ShapedModel.Names;

    [Theory, MemberData(nameof(Names))]
    public void Edges_are_what_plain_loops_say_and_add_up_to_what_they_lead_to(string name)
    {
        using var model = new ShapedModel(name);
        var tokens = ShapedModel.Pair.Base.Tokens;
        var transcoders = Transcoders(model);
        if (!model.IsSum)
        {
            ShapedModel.AssertRefused(() => new AttributionTracer(model.Gpt, transcoders, tokens), "an attribution graph");
            return;
        }
        using var tracer = new AttributionTracer(model.Gpt, transcoders, tokens);
        var graph = tracer.Trace(Right, Wrong);
        var plain = new PlainReplacement(model, tokens, transcoders);
        Assert.Equal(model.Difference(), graph.Answer.Value, Tolerance);
        Assert.Equal(model.HasFeedForward, graph.Nodes.Any(node => node.Kind == AttributionNodeKind.Feature));
        var whole = Values(graph, plain);
        foreach (var target in graph.Nodes.Where(node => node.IsFollowed))
        {
            Near(target.Value, whole[target.Index], 1);
            Near(target.Value, graph.Sum(target.Index), 1);
        }
        foreach (var source in graph.Nodes.SkipLast(1))
        {
            var (without, passed) = Without(source, graph, plain);
            foreach (var target in graph.Nodes.Where(node => node.IsFollowed))
                Near(whole[target.Index] - without[target.Index], graph.Weight(source.Index, target.Index), 1);
            Near(whole[^1] - passed, source.Effect, 1);
        }
        AssertConstants(graph, plain);
        foreach (var transcoder in transcoders)
            transcoder.Dispose();
    }

    [Fact]
    public void Influence_is_the_answers_row_of_the_inverse_and_all_of_it_goes_back_to_something()
    {
        using var model = new ShapedModel("GPT-2");
        var transcoders = Transcoders(model);
        using var tracer = new AttributionTracer(model.Gpt, transcoders, ShapedModel.Pair.Base.Tokens);
        foreach (var follow in (int[])[1000, 7, 0])
        {
            var graph = tracer.Trace(Right, Wrong, follow);
            var reached = graph.Nodes.Count(node => node is { Kind: AttributionNodeKind.Feature, Effect: not 0 });
            Assert.Equal(Math.Min(follow, reached), graph.Nodes.Count(node => node.IsFollowed) - 1);
            var N = graph.Nodes.Count;
            var shares = new double[N, N];
            foreach (var target in graph.Nodes.Where(node => node.IsFollowed))
            {
                var all = Enumerable.Range(0, N).Sum(from => Math.Abs(graph.Weight(from, target.Index)));
                for (var from = 0; from < N; from++)
                    shares[target.Index, from] = Math.Abs(graph.Weight(from, target.Index)) / all;
            }
            // Powers of A, as many as there can be steps: their sum is (1 − A)⁻¹ less 1.
            var (row, sum) = (Enumerable.Range(0, N).Select(from => shares[N - 1, from]).ToArray(), new double[N]);
            for (var step = 0; step < 8; step++)
            {
                for (var i = 0; i < N; i++)
                    sum[i] += row[i];
                row = [.. Enumerable.Range(0, N).Select(from => Enumerable.Range(0, N).Sum(to => row[to] * shares[to, from]))];
            }
            Assert.Equal(0, row.Sum(), 1e-12);
            foreach (var node in graph.Nodes.SkipLast(1))
                Assert.Equal(sum[node.Index], node.Influence, 1e-9);
            Assert.Equal(1, graph.ShareOfTokens + graph.ShareOfErrors + graph.ShareNotFollowed, 1e-9);
            Assert.Equal(follow < 1000, graph.ShareNotFollowed > 0);
        }
        foreach (var transcoder in transcoders)
            transcoder.Dispose();
    }

    [Fact]
    public void A_pruned_graph_has_the_share_that_is_asked_for_and_no_loose_ends()
    {
        using var model = new ShapedModel("Llama");
        var transcoders = Transcoders(model);
        using var tracer = new AttributionTracer(model.Gpt, transcoders, ShapedModel.Pair.Base.Tokens);
        var graph = tracer.Trace(Right, Wrong);
        var (all, half) = (graph.Prune(1, 1), graph.Prune(0.5, 0.9));
        Assert.InRange(all.ShareOfNodes, 0.999, 1);
        Assert.InRange(half.Nodes.Count, 3, all.Nodes.Count - 1);
        Assert.Equal(graph.Answer.Index, half.Nodes[^1]);
        foreach (var node in half.Nodes)
        {
            Assert.True(node == graph.Answer.Index || half.Edges.Any(edge => edge.From == node));
            Assert.True(graph.Nodes[node].Kind != AttributionNodeKind.Feature || half.Edges.Any(edge => edge.To == node));
        }
        Assert.All(half.Edges, edge => Assert.Equal(graph.Weight(edge.From, edge.To), edge.Weight));
        Assert.InRange(graph.Prune(0.9, 1, most: 4).Nodes.Count, 1, 5);
        foreach (var transcoder in transcoders)
            transcoder.Dispose();
    }

    [Theory, InlineData("GPT-2"), InlineData("Llama"), InlineData("windows"), InlineData("no norms")]
    public void What_is_lost_without_features_is_what_whole_forwards_say(string name)
    {
        using var model = new ShapedModel(name);
        using var arena = new Arena(model.Gpt.Backend);
        var (transcoders, tokens) = (Transcoders(model), ShapedModel.Pair.Base.Tokens);
        using var tracer = new AttributionTracer(model.Gpt, transcoders, tokens);
        var graph = tracer.Trace(Right, Wrong);
        AttributionNode Of(int layer, int position) => graph.Nodes.First(node =>
            node.Kind == AttributionNodeKind.Feature && (node.Layer, node.Position) == (layer, position));
        AttributionNode[][] sets = [[Of(0, 2)], [Of(2, 5)], [Of(0, 2), Of(0, 3), Of(2, 5)]];
        var patterns = Enumerable.Range(0, 3).Select(layer => new TapEdit(Activation.Pattern, layer, EditOperation.Replace,
            PlainRun.Keep(model.Small, arena, tokens, Activation.Pattern, layer))).ToArray();
        foreach (var (set, found) in sets.Zip(tracer.Suppress(graph, [.. sets.Select(set => set.Select(node => node.Index).ToList())])))
        {
            var edits = set.Select(node => new TapEdit(Activation.MlpOut, node.Layer, EditOperation.Add, model.Rows(arena, tokens.Length,
                position => transcoders.Single(one => one.Config.Reads.Layer == node.Layer).Direction(node.Feature)
                    .Select(value => position == node.Position ? -value * node.Value : 0)))).ToArray();
            Assert.Equal(model.Difference(edits) - model.Difference(), found.Measured, Tolerance);
            // Without normalisations only attention is held, which forwards can do; with them, the last layer has nothing else above it.
            if (!model.Config.Norm.Exists)
                Assert.Equal(model.Difference([.. edits, .. patterns]) - model.Difference(), found.MeasuredHeld, Tolerance);
            else if (set.All(node => node.Layer == 2))
                Assert.Equal(found.Predicted, found.MeasuredHeld, Tolerance);
            else
                Assert.NotEqual(found.Measured, found.MeasuredHeld, 1e-6);
            Assert.Equal(-set.Sum(node => node.Effect), found.Predicted, 1e-9);
            Assert.NotEqual(0, found.Measured);
        }
        foreach (var transcoder in transcoders)
            transcoder.Dispose();
    }

    [Fact]
    public void A_logit_alone_is_taken_against_the_mean_of_all()
    {
        using var model = new ShapedModel("GPT-2");
        using var tracer = new AttributionTracer(model.Gpt, [], ShapedModel.Pair.Base.Tokens);
        var logits = model.Small.Logits(rows => rows.Add(ShapedModel.Pair.Base.Tokens))[^1];
        Assert.Equal(logits[Right] - logits.Average(), tracer.Trace(Right).Answer.Value, Tolerance);
        Assert.Throws<ArgumentOutOfRangeException>(() => tracer.Trace(model.Config.VocabularySize));
    }

    [Fact]
    public void Features_of_something_else_are_refused_in_a_line()
    {
        using var model = new ShapedModel("GPT-2");
        var (config, tokens) = (model.Config, ShapedModel.Pair.Base.Tokens);
        void Refused(string why, params FeatureConfig[] configs)
        {
            var dictionaries = configs.Select(one => new FeatureDictionary(one, model.Gpt.Backend)).ToList();
            ShapedModel.AssertRefused(() => new AttributionTracer(model.Gpt, dictionaries, tokens), why);
            dictionaries.ForEach(one => one.Dispose());
        }
        var good = Config(model, 1);
        Refused("no feed-forward layer", good with { Writes = null });
        Refused("no feed-forward layer", good with { Writes = new FeaturePlace(Activation.MlpOut, 2) });
        Refused("of another model", good with { Width = 8 });
        Refused("two transcoders", good, good);
        Refused("layers 0 to 2", good with { Reads = new(Activation.ResidMid, 3), Writes = new(Activation.MlpOut, 3) });
    }

    // One of the stream, normalised by itself, and one of what the layer reads, with a linear map beside it. Layer 1 has none.
    private static List<FeatureDictionary> Transcoders(ShapedModel model) => !model.HasFeedForward ? [] :
    [
        Random(model, Config(model, 0) with
        {
            Architecture = FeatureArchitecture.JumpRelu, Normalization = FeatureNormalization.LayerNorm,
        }),
        Random(model, Config(model, 2) with { Reads = new(Activation.Ln2, 2), HasSkip = true }),
    ];

    private static FeatureConfig Config(ShapedModel model, int layer) => new()
    {
        Architecture = FeatureArchitecture.Standard, Width = model.Config.Width, OutputWidth = model.Config.Width, Features = Features,
        Reads = new(Activation.ResidMid, layer), Writes = new(Activation.MlpOut, layer),
    };

    private static FeatureDictionary Random(ShapedModel model, FeatureConfig config)
    {
        var dictionary = new FeatureDictionary(config, model.Gpt.Backend);
        foreach (var (name, index) in dictionary.Parameters.Names.Select((name, index) => (name, index)))
            dictionary.Set(name, [.. Enumerable.Range(0, (int)dictionary.Parameters[name].Count).Select(i =>
                0.3f * CounterRandom.Normal(5, (uint)index, (ulong)config.Reads.Layer, (ulong)i))]);
        return dictionary;
    }

    // What each node's value is: of features what their encoders say, of the answer the logits.
    private static double[] Values(AttributionGraph graph, PlainReplacement plain)
    {
        var (said, end) = plain.Forward();
        return [.. graph.Nodes.Select(node => node.Kind switch
        {
            AttributionNodeKind.Feature => said[node.Layer][node.Position][node.Feature],
            AttributionNodeKind.Answer => plain.Difference(end, Right, Wrong),
            _ => 1,
        })];
    }

    private static (double[] Direct, double Passed) Without(AttributionNode node, AttributionGraph graph, PlainReplacement plain)
    {
        ref var row = ref node.Kind == AttributionNodeKind.Token ? ref plain.Embeddings[node.Position]
            : ref node.Kind == AttributionNodeKind.Error ? ref plain.Errors[node.Layer][node.Position]
            : ref plain.Activations[node.Layer][node.Position];
        var kept = row;
        row = [.. row.Select((value, i) => node.Kind == AttributionNodeKind.Feature && i != node.Feature ? value : 0)];
        var values = (Values(graph, plain), plain.Difference(plain.Forward(passes: true).End, Right, Wrong));
        row = kept;
        return values;
    }

    private static void AssertConstants(AttributionGraph graph, PlainReplacement plain)
    {
        foreach (var rows in ((double[][])[.. plain.Embeddings, .. plain.Errors.Where(rows => rows is not null).SelectMany(rows => rows),
            .. plain.Activations.Where(rows => rows is not null).SelectMany(rows => rows)]))
            Array.Clear(rows);
        var constants = Values(graph, plain);
        foreach (var target in graph.Nodes.Where(node => node.IsFollowed))
            Near(constants[target.Index], target.Constant, 1);
    }

    private static void Near(double expected, double actual, double least) =>
        Assert.Equal(expected, actual, Tolerance * Math.Max(least, Math.Abs(expected)));
}
