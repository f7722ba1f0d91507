using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>
/// The linear approximation of path patching, beside which <see cref="PathPatching"/> is exact: what the sender's change
/// adds to the residual stream goes straight to the receivers, past all feed-forward layers, through LayerNorm with its
/// deviation frozen, and acts by the gradient of the logit difference at the receivers.
/// </summary>
public static class LinearPathPatching
{
    /// <summary>Estimates the paths; arguments as in <see cref="PathPatching.Run"/>.</summary>
    public static IReadOnlyList<PathEffect> Run(Gpt gpt, IReadOnlyList<PromptPair> pairs, IReadOnlyList<Sender> senders, IReadOnlyList<Receiver> receivers, IReadOnlyList<int>? positions = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(senders);
        ArgumentNullException.ThrowIfNull(receivers);
        PathPatching.Require(gpt.Config, senders, receivers);
        var (questions, sources) = (pairs.Select(pair => pair.Base).ToList(), new Prompts(pairs.Select(pair => pair.Source)));
        var paths = new Paths(gpt, questions, receivers);
        paths.Unchanged.Prompts.RequireSameLengths(sources);
        using var unchanged = paths.Unchanged;
        using var source = ActivationCache.Record(gpt, sources, (activation, _) => activation is Activation.Z or Activation.MlpOut);
        var effects = senders.Select(sender => pairs.Select((pair, prompt) =>
        {
            var position = positions?[prompt] ?? pair.Base.Tokens.Length - 1;
            var (first, last) = position < 0 ? (0, pair.Base.Tokens.Length - 1) : (position, position);
            return Enumerable.Range(first, last - first + 1).Sum(p => paths.Effect(sender, source, prompt, p));
        }).ToArray());
        return [.. senders.Zip(effects, (sender, values) => new PathEffect(sender, Estimate.Of(values), values))];
    }

    private sealed class Paths
    {
        private readonly Gpt _gpt;
        private readonly Weights _weights;
        private readonly IReadOnlyList<Receiver> _receivers;
        private readonly IReadOnlyList<Question> _questions;
        private readonly Slopes? _slopes;

        public Paths(Gpt gpt, IReadOnlyList<Question> questions, IReadOnlyList<Receiver> receivers)
        {
            (_gpt, _weights, _questions, _receivers) = (gpt, new Weights(gpt), questions, receivers);
            Unchanged = ActivationCache.Record(gpt, new Prompts(questions.Select(question => question.Tokens)),
                (activation, layer) => activation is Activation.Z or Activation.MlpOut || VariantRunner.Needs(gpt.Config, activation, layer));
            if (receivers.Count > 0)
                _slopes = Slopes.Record(gpt, questions, (activation, layer) => receivers.Any(receiver => receiver.Layer == layer && receiver.Part == activation));
        }

        public ActivationCache Unchanged { get; }

        public double Effect(Sender sender, ActivationCache source, int prompt, int position)
        {
            var change = Change(sender, source, prompt, position);
            if (_receivers.Count > 0)
                return _receivers.Where(receiver => receiver.Layer > sender.Layer).Sum(receiver => ToHead(change, receiver, prompt, position));
            if (position != Unchanged.Prompts[prompt].Length - 1)
                return 0;
            var final = Normalised(change, Unchanged.Row(Activation.ResidPost, _gpt.Config.Layers - 1, prompt, position), _weights.FinalGain);
            var right = _weights.Unembedding(_questions[prompt].Right);
            var wrong = _weights.Unembedding(_questions[prompt].Wrong);
            var effect = 0.0;
            for (var c = 0; c < final.Length; c++)
                effect += final[c] * ((double)right[c] - wrong[c]);
            return effect;
        }

        private double ToHead(float[] change, Receiver receiver, int prompt, int position)
        {
            var D = _gpt.Config.HeadWidth;
            var arriving = Normalised(change, Unchanged.Row(Activation.ResidPre, receiver.Layer, prompt, position), null);
            var input = Weights.Multiply(arriving, _weights.InputOfStream(receiver.Layer, receiver.Head, receiver.Part), D);
            var slope = _slopes!.Row(receiver.Part, receiver.Layer, Unchanged.Prompts.RowOf(prompt, position)).Slice(receiver.Head * D, D);
            return System.Numerics.Tensors.TensorPrimitives.Dot<float>(input, slope);
        }

        private float[] Change(Sender sender, ActivationCache source, int prompt, int position)
        {
            var (before, after) = (Unchanged.Row(sender.Output, sender.Layer, prompt, position), source.Row(sender.Output, sender.Layer, prompt, position));
            System.Numerics.Tensors.TensorPrimitives.Subtract(after, before, after);
            var D = _gpt.Config.HeadWidth;
            return sender.Head < 0 ? after : Weights.Multiply(after.AsSpan(sender.Head * D, D), _weights.Output(sender.Layer, sender.Head), _gpt.Config.Width);
        }

        // A change of the residual stream as LayerNorm passes it on when its deviation stays what it was.
        private float[] Normalised(float[] change, float[] residual, float[]? gain)
        {
            if (!_gpt.Config.HasFinalNorm)
                return change;
            var (mean, shift) = (residual.Average(value => (double)value), change.Average(value => (double)value));
            var deviation = Math.Sqrt(residual.Average(value => (value - mean) * (value - mean)) + _gpt.Config.Norm.Epsilon);
            return [.. change.Select((value, c) => (float)((value - shift) / deviation * (gain?[c] ?? 1)))];
        }
    }
}
