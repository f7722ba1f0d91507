using Pellucid.Looking.Features;
using Pellucid.Looking.Features.Graphs;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Looking.Features.Graphs;

/// <summary>
/// A model written by hand, whose neurons are its features: one knows Poland, a head brings what it says to where the capital is asked
/// for, another makes Warsaw of it; beside them neurons fire that nobody reads. The graph is found to the number.
/// </summary>
public sealed class PlantedGraphTests : IDisposable
{
    private const int Poland = 0, France = 1, Junk = 2, Ask = 3, Warsaw = 4, Paris = 5, Neurons = 4, Width = 16;

    // Columns of the residual stream.
    private const int OfPoland = 0, OfFrance = 1, OfJunk = 2, OfAsk = 3, KnowsPoland = 4, KnowsFrance = 5, SaysJunk = 6, MovedPoland = 7,
        MovedFrance = 8, SaysWarsaw = 9, SaysParis = 10, MoreJunk = 11;

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly ModelByHand _model;
    private readonly List<FeatureDictionary> _transcoders;

    public PlantedGraphTests()
    {
        _model = new ModelByHand(_backend, new GptConfig
        {
            VocabularySize = 6, Context = 4, Layers = 2, Heads = 2, Width = Width, Nonlinearity = Nonlinearity.Relu,
        }, Neurons);
        _model.Token(Poland, OfPoland).Token(France, OfFrance).Token(Junk, OfJunk).Token(Ask, OfAsk)
            .Token(Warsaw, SaysWarsaw).Token(Paris, SaysParis);
        _model.Neuron(0, 0, OfPoland, 2, KnowsPoland, 1.5f).Biased(0, 0, -0.5f) // 2 · 1 − 0.5 = 1.5, which writes 2.25
            .Neuron(0, 1, OfFrance, 2, KnowsFrance, 1.5f).Biased(0, 1, -0.5f)
            .Neuron(0, 2, OfJunk, 3, SaysJunk, 1);
        _model.Reads(1, 0, 0, OfAsk, 0, 1).Reads(1, 0, 1, KnowsPoland, 0, 60).Reads(1, 0, 1, KnowsFrance, 0, 60)
            .Reads(1, 0, 2, KnowsPoland, 1, 1).Reads(1, 0, 2, KnowsFrance, 2, 1)
            .Writes(1, 0, 1, MovedPoland, 2).Writes(1, 0, 2, MovedFrance, 2); // 4.5 arrives
        _model.Neuron(1, 0, MovedPoland, 1, SaysWarsaw, 4).Neuron(1, 0, OfAsk, 0.5f, SaysWarsaw, 0).Biased(1, 0, -0.25f)
            .Neuron(1, 1, MovedFrance, 1, SaysParis, 4).Neuron(1, 1, OfAsk, 0.5f, SaysParis, 0).Biased(1, 1, -0.25f)
            .Neuron(1, 2, SaysJunk, 1, MoreJunk, 2);
        _model.Finish();
        _transcoders = [.. Enumerable.Range(0, 2).Select(Neuronwise)];
    }

    [Fact]
    public void The_circuit_that_was_planted_is_found_to_the_number_and_nothing_else()
    {
        using var tracer = new AttributionTracer(_model.Gpt, _transcoders, [Poland, Junk, Ask]);
        var graph = tracer.Trace(Warsaw, Paris);
        Assert.Equal((1, 0), (Math.Round(graph.ShareOfTokens, 12), graph.ShareOfErrors));
        // Junk fires in both layers, Warsaw's neuron wherever Poland is looked at, and Paris's by its share of what is asked.
        Assert.Equal(["0.0.0", "0.1.2", "1.0.0", "1.1.0", "1.1.2", "1.2.0", "1.2.1"],
            graph.Nodes.Where(node => node.Kind == AttributionNodeKind.Feature).Select(Name).Order());
        var kept = graph.Prune(1, 1);
        var edges = kept.Edges.ToDictionary(edge => $"{Name(graph.Nodes[edge.From])} to {Name(graph.Nodes[edge.To])}", edge => edge.Weight);
        var expected = new Dictionary<string, double>
        {
            ["token 0 to 0.0.0"] = 2, ["0.0.0 to 1.2.0"] = 4.5, ["token 2 to 1.2.0"] = 0.5, ["token 2 to 1.2.1"] = 0.5,
            ["1.2.0 to answer"] = 19, ["1.2.1 to answer"] = -1,
        };
        Assert.Equal(expected.Keys.Order(), edges.Keys.Order());
        foreach (var (edge, weight) in expected)
            Assert.Equal(weight, edges[edge], 1e-4);
        Assert.Equal(18, graph.Answer.Value, 1e-4);
        var effects = graph.Nodes.ToDictionary(Name, node => node.Effect);
        Assert.Equal((18, 19, -1, 0), (Math.Round(effects["0.0.0"], 3), Math.Round(effects["1.2.0"], 3), Math.Round(effects["1.2.1"], 3),
            effects["0.1.2"]));
    }

    [Fact]
    public void What_the_graph_predicts_is_what_the_model_does_without_a_feature_or_some()
    {
        using var tracer = new AttributionTracer(_model.Gpt, _transcoders, [Poland, Junk, Ask]);
        var graph = tracer.Trace(Warsaw, Paris);
        int Node(string name) => graph.Nodes.Single(node => Name(node) == name).Index;
        var sets = (int[][])[[Node("0.0.0")], [Node("0.1.2")], [Node("1.2.0")], [Node("1.2.1")], [Node("1.2.0"), Node("1.2.1")],
            [Node("0.1.2"), Node("1.2.1")]];
        foreach (var (one, expected) in tracer.Suppress(graph, sets).Zip([-18.0, 0, -19, 1, -18, 1]))
        {
            Assert.Equal(expected, one.Predicted, 1e-3);
            Assert.Equal(expected, one.Measured, 1e-3);
            Assert.Equal(expected, one.MeasuredHeld, 1e-3);
        }
        Assert.Contains("no feature", Assert.Throws<ArgumentException>(() => tracer.Suppress(graph, [[0]])).Message,
            StringComparison.Ordinal);
    }

    // The model's own neurons as a transcoder.
    private FeatureDictionary Neuronwise(int layer)
    {
        var dictionary = new FeatureDictionary(new FeatureConfig
        {
            Architecture = FeatureArchitecture.Standard, Width = Width, OutputWidth = Width, Features = Neurons,
            Reads = new(Activation.ResidMid, layer), Writes = new(Activation.MlpOut, layer),
        }, _backend);
        foreach (var (role, name) in ((ParameterRole, string)[])[(ParameterRole.FeedForwardInput, "W_enc"),
            (ParameterRole.FeedForwardInputBias, "b_enc"), (ParameterRole.FeedForwardOutput, "W_dec"),
            (ParameterRole.FeedForwardOutputBias, "b_dec")])
        {
            var values = new float[_model.Gpt[role, layer].Count];
            _backend.Read(_model.Gpt[role, layer], values);
            dictionary.Set(name, values);
        }
        return dictionary;
    }

    private static string Name(AttributionNode node) => node.Kind switch
    {
        AttributionNodeKind.Feature => $"{node.Layer}.{node.Position}.{node.Feature}",
        AttributionNodeKind.Token => $"token {node.Position}",
        AttributionNodeKind.Error => $"error {node.Layer}.{node.Position}",
        _ => "answer",
    };

    public void Dispose()
    {
        _transcoders.ForEach(one => one.Dispose());
        _model.Dispose();
        _backend.Dispose();
    }
}
