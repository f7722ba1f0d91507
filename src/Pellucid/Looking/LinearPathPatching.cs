using System.Numerics.Tensors;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>
/// Direct paths, the linear approximation beside which <see cref="PathPatching"/> is exact: what the sender's change adds to
/// the residual stream goes straight to the receivers, past all feed-forward layers, through LayerNorm with its deviation
/// frozen, and is added to their queries, keys or values; what they make of it is computed. TransformerLens calls it a patch
/// of the direct path. Where what a layer says is normalised before it joins the stream, that deviation is frozen too. To the logits,
/// where nothing comes after, it is one product, and the slope of their cap, where they have one.
/// </summary>
public static class LinearPathPatching
{
    /// <summary>Estimates the paths; arguments as in <see cref="PathPatching.Run"/>.</summary>
    /// <exception cref="ArgumentException">The model normalises the stream after every layer: nothing goes straight through it.</exception>
    public static IReadOnlyList<PathEffect> Run(Gpt gpt, IReadOnlyList<PromptPair> pairs, IReadOnlyList<Sender> senders,
        IReadOnlyList<Receiver> receivers, IReadOnlyList<int>? positions = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(senders);
        ArgumentNullException.ThrowIfNull(receivers);
        Weights.RequireAdding(gpt.Config, "a linear path");
        PathPatching.Require(gpt.Config, senders, receivers);
        using var paths = new Paths(gpt, pairs, receivers);
        var effects = senders.Select(_ => new double[pairs.Count]).ToArray();
        for (var prompt = 0; prompt < pairs.Count; prompt++)
        {
            var length = pairs[prompt].Base.Tokens.Length;
            var position = positions?[prompt] ?? length - 1;
            var (first, count) = position < 0 ? (0, length) : (position, 1);
            var values = receivers.Count == 0 ? [.. senders.Select(sender => paths.ToLogits(sender, prompt, first, count))]
                : paths.ToHeads(senders, prompt, first, count);
            for (var s = 0; s < senders.Count; s++)
                effects[s][prompt] = values[s];
        }
        return [.. senders.Zip(effects, (sender, values) => new PathEffect(sender, Estimate.Of(values), values))];
    }

    private sealed class Paths : IDisposable
    {
        private readonly Gpt _gpt;
        private readonly Weights _weights;
        private readonly IReadOnlyList<Receiver> _receivers;
        private readonly List<Question> _questions;
        private readonly ActivationCache _unchanged, _source;
        private readonly VariantRunner _runner;
        private readonly Arena _arena;
        private readonly double[] _whole;

        public Paths(Gpt gpt, IReadOnlyList<PromptPair> pairs, IReadOnlyList<Receiver> receivers)
        {
            (_gpt, _weights, _receivers, _questions) = (gpt, new Weights(gpt), receivers, [.. pairs.Select(pair => pair.Base)]);
            var (prompts, sources) = (new Prompts(_questions.Select(question => question.Tokens)),
                new Prompts(pairs.Select(pair => pair.Source)));
            prompts.RequireSameLengths(sources);
            bool Said(Activation activation) => activation is Activation.Z or Activation.MlpOut;
            _unchanged = ActivationCache.Record(gpt, prompts,
                (activation, layer) => Said(activation) || VariantRunner.Needs(gpt.Config, activation, layer)
                    || receivers.Any(receiver => (receiver.Part, receiver.Layer) == (activation, layer)));
            _source = ActivationCache.Record(gpt, sources, (activation, _) => Said(activation));
            (_runner, _arena) = (new VariantRunner(gpt, _unchanged), new Arena(gpt.Backend));
            _whole = Readout.LogitDifferences(gpt, _unchanged, _questions);
        }

        // Only what is added at the end is read there.
        public double ToLogits(Sender sender, int prompt, int first, int count)
        {
            var end = _questions[prompt].Tokens.Length - 1;
            if (first + count <= end)
                return 0;
            var final = _weights.ReadByOutput(Change(sender, prompt, end));
            var stream = _unchanged.Row(Activation.ResidPost, _gpt.Config.Layers - 1, prompt, end);
            var scale = _gpt.Config.LogitScale / _weights.Deviation(stream);
            double Effect(int token) => scale * Product(final, token) * Slope(stream, scale, token);
            return Effect(_questions[prompt].Right) - Effect(_questions[prompt].Wrong);
        }

        // Of the cap of logits where it stands.
        private double Slope(float[] stream, double scale, int token)
        {
            if (_gpt.Config.LogitCap == 0)
                return 1;
            var logit = scale * Product(_weights.ReadByOutput(stream), token)
                + _gpt.Config.LogitScale * (_weights.FinalBias is { } bias ? Product(bias, token) : 0);
            var capped = Math.Tanh(logit / _gpt.Config.LogitCap);
            return 1 - capped * capped;
        }

        private double Product(float[] x, int token)
        {
            var row = _weights.Unembedding(token);
            var product = 0.0;
            for (var c = 0; c < x.Length; c++)
                product += (double)x[c] * row[c];
            return product;
        }

        public double[] ToHeads(IReadOnlyList<Sender> senders, int prompt, int first, int count)
        {
            _arena.Reset();
            var variants = senders.Select(sender => new Variant(prompt, [.. Edits(sender, prompt, first, count)])).ToArray();
            return [.. _runner.LogitDifferences(variants, _questions).Select(value => value - _whole[prompt])];
        }

        // What receivers above the sender read from the first changed position on: there with what arrives, later as it was.
        private IEnumerable<VariantEdit> Edits(Sender sender, int prompt, int first, int count)
        {
            var changes = Enumerable.Range(first, count).Select(position => Change(sender, prompt, position)).ToArray();
            foreach (var place in _receivers.Where(receiver => receiver.Layer > sender.Layer)
                .GroupBy(receiver => (receiver.Layer, receiver.Part)))
            {
                var length = _questions[prompt].Tokens.Length - first;
                var rows = Enumerable.Range(first, length)
                    .Select(position => _unchanged.Row(place.Key.Part, place.Key.Layer, prompt, position)).ToArray();
                foreach (var receiver in place)
                    for (var i = 0; i < count; i++)
                        Add(Arriving(changes[i], receiver, prompt, first + i), rows[i].AsSpan(receiver.Head * _gpt.Config.HeadWidth));
                var tensor = _arena.Allocate(new Shape(length, rows[0].Length), _gpt.Parameters.Type);
                _gpt.Backend.Write([.. rows.SelectMany(row => row)], tensor);
                foreach (var receiver in place)
                    yield return new VariantEdit(receiver.Part, receiver.Layer, first, length, receiver.Head, -1, tensor, 0);
            }
        }

        private static void Add(float[] change, Span<float> row) =>
            TensorPrimitives.Add(row[..change.Length], change, row[..change.Length]);

        // (D): what a change of the residual stream is to a head's queries, keys or values.
        private float[] Arriving(float[] change, Receiver receiver, int prompt, int position)
        {
            var weight = _weights.InputOfStream(receiver.Layer, receiver.Head, receiver.Part);
            var arriving = Weights.Multiply(change, weight, _gpt.Config.HeadWidth);
            if (!_gpt.Config.Norm.OfInput)
                return arriving;
            var deviation = _weights.Deviation(_unchanged.Row(Activation.ResidPre, receiver.Layer, prompt, position));
            TensorPrimitives.Divide(arriving, (float)deviation, arriving);
            return arriving;
        }

        // (C): what the source run adds to the residual stream instead.
        private float[] Change(Sender sender, int prompt, int position)
        {
            var after = _source.Row(sender.Output, sender.Layer, prompt, position);
            var before = _unchanged.Row(sender.Output, sender.Layer, prompt, position);
            TensorPrimitives.Subtract(after, before, after);
            var D = _gpt.Config.HeadWidth;
            if (sender.Head < 0)
                return after;
            var change = Weights.Multiply(after.AsSpan(sender.Head * D, D), _weights.Output(sender.Layer, sender.Head), _gpt.Config.Width);
            if (_weights.JoiningOfHeads(sender.Layer, before) is { } factors)
                TensorPrimitives.Multiply(change, factors, change);
            return change;
        }

        public void Dispose()
        {
            _arena.Dispose();
            _runner.Dispose();
            _source.Dispose();
            _unchanged.Dispose();
        }
    }
}
