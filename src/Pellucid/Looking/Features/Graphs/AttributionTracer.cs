using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>Traces answers of a model to one prompt back to features, and asks the model itself whether the trace is right.</summary>
public sealed class AttributionTracer : IDisposable
{
    // Of the answer, and at least of one logit: rounding is far below it, and what is no sum far above.
    private const double Tolerance = 1e-2;

    private readonly Gpt _gpt;
    private readonly FrozenModel _model;
    private readonly int[] _firstOfLayer; // node of each layer's first feature; then the answer

    /// <param name="gpt">The model, which is not changed.</param>
    /// <param name="transcoders">Those of its feed-forward layers, at most one of each. What a layer without one says counts as
    /// error.</param>
    /// <param name="tokens">The prompt.</param>
    /// <exception cref="ArgumentException">Features are no transcoders of this model's feed-forward layers, or the model's stream is no
    /// sum of what its layers say.</exception>
    public AttributionTracer(Gpt gpt, IReadOnlyList<FeatureDictionary> transcoders, int[] tokens)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(transcoders);
        ArgumentNullException.ThrowIfNull(tokens);
        (_gpt, _model) = (gpt, new FrozenModel(gpt, tokens, transcoders));
        _firstOfLayer = new int[_model.Layers + 1];
        _firstOfLayer[0] = _model.T;
        for (var layer = 0; layer < _model.Layers; layer++)
            _firstOfLayer[layer + 1] = _firstOfLayer[layer]
                + (_model.Features[layer] is { } features ? features.Active.Count + _model.T : 0);
    }

    /// <summary>The graph of an answer.</summary>
    /// <param name="answer">The token whose logit is asked for, at the end of the prompt.</param>
    /// <param name="wrong">The token whose logit is taken off; null for the mean of all logits.</param>
    /// <param name="follow">So many features at most have edges into them: those with the largest effects.</param>
    /// <exception cref="InvalidDataException">Edges and constants do not add up to what the model says.</exception>
    public AttributionGraph Trace(int answer, int? wrong = null, int follow = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(follow);
        var direction = AnswerDirection.Of(_gpt, answer, wrong);
        var nodes = Effects(direction, AnswerDirection.Value(_gpt, _model.Unchanged, direction));
        var followed = nodes.Where(node => node.Kind == AttributionNodeKind.Feature && node.Effect != 0)
            .OrderByDescending(node => Math.Abs(node.Effect)).Take(follow).Select(node => node.Index).ToHashSet();
        var (incoming, constants) = Edges(direction, nodes, followed);
        foreach (var (node, constant) in constants)
            nodes[node] = nodes[node] with { Constant = constant };
        var graph = new AttributionGraph(_model.Unchanged.Prompts[0], answer, wrong, nodes, incoming);
        var (sum, said) = (graph.Sum(graph.Answer.Index), graph.Answer.Value);
        return Math.Abs(sum - said) <= Tolerance * Math.Max(1, Math.Abs(said)) ? graph
            : throw new InvalidDataException($"edges into the answer add up to {sum:g6}, but the model says {said:g6}");
    }

    /// <summary>
    /// Takes what features write away from the model as it is, feed-forward layers and all, each set of them by itself: once where
    /// attention looks anew and normalisations divide anew, and once where both are as they were.
    /// </summary>
    /// <param name="graph">A graph of this tracer.</param>
    /// <param name="sets">Nodes of features.</param>
    public IReadOnlyList<Suppression> Suppress(AttributionGraph graph, IReadOnlyList<IReadOnlyList<int>> sets)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(sets);
        using var suppressions = new Suppressions(_gpt, _model.Unchanged, AnswerDirection.Of(_gpt, graph.Right, graph.Wrong));
        var (whole, written) = (graph.Answer.Value, sets.Select(set => set.Select(node => Written(graph.Nodes[node])).ToList()).ToList());
        var (values, held) = (suppressions.Of(written), suppressions.Held(_model, written));
        return [.. sets.Select((set, i) => new Suppression(set, -set.Sum(node => graph.Nodes[node].Effect), values[i] - whole,
            held[i]))];
    }

    /// <summary>What the model says at the end of the prompt.</summary>
    public Distribution Said()
    {
        using var pass = new ForwardPass(_gpt);
        return new Distribution(pass.Logits(_model.Unchanged[Activation.ResidPost, _model.Layers - 1].RowRange(_model.T - 1, 1)));
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _model.Dispose();

    private (int Layer, int Position, float[] Written) Written(AttributionNode node)
    {
        if (node.Kind != AttributionNodeKind.Feature)
            throw new ArgumentException($"node {node.Index} is no feature");
        var feature = _model.Features[node.Layer]!.Active[node.Index - _firstOfLayer[node.Layer]];
        var written = new float[feature.Direction.Length];
        TensorPrimitives.Multiply(feature.Direction, (float)feature.Activation, written);
        return (node.Layer, node.Position, written);
    }

    // All nodes, and how far the answer moves with each by all paths: one gradient, which passes through features as it comes by.
    private AttributionNode[] Effects(float[] direction, double value)
    {
        var (T, C, nodes) = (_model.T, _model.C, new AttributionNode[_firstOfLayer[^1] + 1]);
        nodes[^1] = new AttributionNode(nodes.Length - 1, AttributionNodeKind.Answer, _model.Layers, T - 1, -1, value, value);
        var gradients = new FrozenGradients(1, T, C);
        _model.SeedAnswer(direction, gradients, gradients.Add());
        double Along(ReadOnlySpan<float> written, int position) => TensorPrimitives.Dot(gradients[0, position], written);
        for (var layer = _model.Layers - 1; layer >= 0; layer--)
        {
            if (_model.Features[layer] is { } features)
            {
                var slopes = features.Active.Select(feature => Along(feature.Direction, feature.Position)).ToArray();
                var index = _firstOfLayer[layer];
                for (var i = 0; i < slopes.Length; i++, index++)
                    nodes[index] = new AttributionNode(index, AttributionNodeKind.Feature, layer, features.Active[i].Position,
                        features.Active[i].Feature, features.Active[i].Activation, slopes[i] * features.Active[i].Activation);
                for (var position = 0; position < T; position++, index++)
                    nodes[index] = new AttributionNode(index, AttributionNodeKind.Error, layer, position, -1, 1,
                        Along(features.Errors.AsSpan(position * C, C), position));
                _model.PassFeedForward(layer, gradients);
                for (var i = 0; i < slopes.Length; i++)
                    features.Seed(features.Active[i], slopes[i], gradients[0, features.Active[i].Position]);
            }
            _model.PassAttention(layer, gradients);
        }
        for (var position = 0; position < T; position++)
            nodes[position] = new AttributionNode(position, AttributionNodeKind.Token, -1, position, -1, 1,
                Along(_model.Embeddings.AsSpan(position * C, C), position));
        return nodes;
    }

    // Gradients of the answer and of followed features, which stop at features on their way.
    private (Dictionary<int, float[]> Incoming, Dictionary<int, double> Constants) Edges(float[] direction,
        IReadOnlyList<AttributionNode> nodes, HashSet<int> followed)
    {
        var (T, C) = (_model.T, _model.C);
        var (targets, incoming) = (new List<int> { nodes.Count - 1 }, new Dictionary<int, float[]>());
        var gradients = new FrozenGradients(1 + followed.Count, T, C);
        _model.SeedAnswer(direction, gradients, gradients.Add());
        incoming[nodes.Count - 1] = new float[nodes.Count];
        void Reads(int source, ReadOnlySpan<float> written, double times)
        {
            for (var number = 0; number < targets.Count; number++)
                incoming[targets[number]][source] =
                    (float)(TensorPrimitives.Dot(gradients[number, nodes[source].Position], written) * times);
        }
        for (var layer = _model.Layers - 1; layer >= 0; layer--)
        {
            if (_model.Features[layer] is { } features)
            {
                var (first, count) = (_firstOfLayer[layer], features.Active.Count);
                for (var i = 0; i < count; i++)
                    Reads(first + i, features.Active[i].Direction, features.Active[i].Activation);
                for (var position = 0; position < T; position++)
                    Reads(first + count + position, features.Errors.AsSpan(position * C, C), 1);
                _model.PassFeedForward(layer, gradients);
                for (var i = 0; i < count; i++)
                {
                    if (!followed.Contains(first + i))
                        continue;
                    var number = gradients.Add();
                    targets.Add(first + i);
                    incoming[first + i] = new float[nodes.Count];
                    gradients.Constant(number) += features.Seed(features.Active[i], 1, gradients[number, features.Active[i].Position]);
                }
            }
            _model.PassAttention(layer, gradients);
        }
        for (var position = 0; position < T; position++)
            Reads(position, _model.Embeddings.AsSpan(position * C, C), 1);
        return (incoming, targets.Select((node, number) => (node, number)).ToDictionary(one => one.node,
            one => gradients.Constant(one.number)));
    }
}
