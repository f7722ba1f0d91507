using Pellucid.Models;
using System.Numerics.Tensors;

namespace Pellucid.Looking;

/// <summary>What a part of the residual stream does to the logit difference by itself, past all later layers.</summary>
/// <param name="Part">The part.</param>
/// <param name="Direct">With the final LayerNorm's deviation frozen at what it was:
/// linear, and all parts add up to the logit difference.</param>
/// <param name="Removed">What the logit difference loses when the part is taken away and LayerNorm is computed anew:
/// exact, but does not add up.</param>
public sealed record Attribution(ResidualPart Part, double Direct, double Removed);

/// <summary>A logit difference taken apart.</summary>
/// <param name="LogitDifference">Right less wrong, as the model says it, before its cap where logits have one: from its forward, not
/// from the parts.</param>
/// <param name="Parts">What is added up.</param>
public sealed record AttributionResult(double LogitDifference, IReadOnlyList<Attribution> Parts)
{
    /// <summary>What the direct shares of all parts add up to: the logit difference, to rounding.</summary>
    public double Sum => Parts.Sum(part => part.Direct);
}

/// <summary>
/// Direct logit attribution (Elhage et al. 2021): the logit difference is linear in the normalised final residual, and
/// the residual is a sum. Logits count before their cap, where they have one. An approximation of what parts matter: effects through
/// later layers are not seen.
/// </summary>
public static class DirectAttribution
{
    // Of the logit difference, and at least of one logit: rounding is far below it, and what is no sum far above.
    private const double Tolerance = 1e-2;

    /// <summary>
    /// The share of each part of the final residual of a question. Where the final LayerNorm has a bias, the first entry,
    /// <c>bias of ln_f</c>, is added behind it and is no part of the residual: what it does and what is lost without it are the same.
    /// </summary>
    /// <exception cref="ArgumentException">The model normalises the stream after every layer, so that it is no sum of parts.</exception>
    /// <exception cref="InvalidDataException">The parts do not add up to what the model says.</exception>
    public static AttributionResult Of(Gpt gpt, Question question, Parts parts)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(question);
        Weights.RequireAdding(gpt.Config, "direct logit attribution");
        using var cache = ActivationCache.Record(gpt, new Prompts([question.Tokens]), (activation, layer) =>
            ResidualDecomposition.Needs(activation, layer, parts) || VariantRunner.Needs(gpt.Config, activation, layer));
        var weights = new Weights(gpt);
        var decomposition = ResidualDecomposition.Cut(weights, cache, 0, question.Tokens.Length - 1, parts, gpt.Config.Layers);

        var direction = new float[gpt.Config.Width];
        TensorPrimitives.Subtract(weights.Unembedding(question.Right), weights.Unembedding(question.Wrong), direction);
        TensorPrimitives.Multiply(direction, gpt.Config.LogitScale, direction);
        var final = new FinalLayerNorm(weights, direction, decomposition);
        var bias = new ResidualPart("bias of ln_f", gpt.Config.Layers, -1, new float[direction.Length]);
        var result = new AttributionResult(Readout.LogitDifferences(gpt, cache, [question], beforeCap: true)[0],
        [
            .. (Attribution[])(weights.FinalBias is null ? [] : [new(bias, final.Bias, final.Bias)]),
            .. decomposition.Select(part => new Attribution(part, final.Frozen(part.Vector), final.Whole - final.Without(part.Vector))),
        ]);
        return Math.Abs(result.Sum - result.LogitDifference) <= Tolerance * Math.Max(1, Math.Abs(result.LogitDifference)) ? result
            : throw new InvalidDataException(
                $"the parts add up to {result.Sum:g6}, but the model's logit difference is {result.LogitDifference:g6}");
    }

    /// <summary>The final LayerNorm and a direction in logits, as a function of the residual:
    /// with the deviation of the whole residual, or computed anew.</summary>
    private sealed class FinalLayerNorm
    {
        private readonly double[] _residual, _direction;
        private readonly bool _normalises, _takesMeansOff;
        private readonly float _epsilon;

        public FinalLayerNorm(Weights weights, float[] direction, IReadOnlyList<ResidualPart> parts)
        {
            (_normalises, _epsilon) = (weights.Config.HasFinalNorm, weights.Config.Norm.Epsilon);
            _takesMeansOff = weights.Config.Norm.Kind == NormKind.LayerNorm;
            _residual = new double[direction.Length];
            foreach (var part in parts)
                for (var c = 0; c < direction.Length; c++)
                    _residual[c] += part.Vector[c];
            var (gain, bias) = (weights.FinalGain, weights.FinalBias);
            _direction = [.. direction.Select((value, c) => (double)value * (gain?[c] ?? 1))];
            Bias = bias is null ? 0 : direction.Select((value, c) => (double)value * bias[c]).Sum();
        }

        public double Bias { get; }

        public double Whole => Of(_residual);

        public double Frozen(float[] part) => Dot([.. part.Select(value => (double)value)], Deviation(_residual));

        public double Without(float[] part) => Of([.. _residual.Select((value, c) => value - part[c])]);

        private double Of(double[] x) => Dot(x, Deviation(x)) + Bias;

        private double Dot(double[] x, double deviation)
        {
            var mean = _takesMeansOff ? x.Average() : 0;
            return x.Select((value, c) => (value - mean) * _direction[c]).Sum() / deviation;
        }

        private double Deviation(double[] x)
        {
            var mean = _takesMeansOff ? x.Average() : 0;
            return _normalises ? Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + _epsilon) : 1;
        }
    }
}
