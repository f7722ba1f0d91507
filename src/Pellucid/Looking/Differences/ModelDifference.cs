using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Differences;

/// <summary>
/// What tells two models of one shape apart, such as one before and after it was tuned: weights, activations and what heads do, layer by
/// layer, and what is said in the end, over the same texts.
/// </summary>
public sealed class ModelDifference
{
    private ModelDifference(IReadOnlyList<LayerDifference> layers, IReadOnlyList<HeadDifference> heads) =>
        (Layers, Heads) = (layers, heads);

    /// <summary>By layer.</summary>
    public IReadOnlyList<LayerDifference> Layers { get; }

    /// <summary>By head, layer after layer.</summary>
    public IReadOnlyList<HeadDifference> Heads { get; }

    /// <summary>By token, text after text.</summary>
    public IReadOnlyList<TokenDifference> Tokens { get; private init; } = [];

    /// <summary>Mean KL(first ‖ second) of what follows, in nats, over all rows.</summary>
    public double Divergence { get; private init; }

    /// <summary>Share of rows whose likeliest next token is another one.</summary>
    public double Changed { get; private init; }

    /// <summary>Mean −ln P of the texts' tokens by both; not a number where no text has two.</summary>
    public (double Before, double After) Loss { get; private init; }

    /// <summary>Compares two models.</summary>
    /// <exception cref="ArgumentException">They have not the same shape; the message says in what.</exception>
    public static ModelDifference Of(Gpt before, Gpt after, Prompts texts)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(texts);
        RequireSameShape(before.Config, after.Config);
        using var first = Record(before, texts);
        using var second = Record(after, texts);
        var lens = new LensComparison(before, after, texts);
        var layers = Enumerable.Range(0, before.Config.Layers).Select(layer => new LayerDifference(layer, OfWeights(before, after, layer),
            Between(before.Backend, first, second, Activation.AttnOut, layer),
            Activation.MlpOut.Exists(before.Config) ? Between(before.Backend, first, second, Activation.MlpOut, layer) : double.NaN,
            Between(before.Backend, first, second, Activation.ResidPost, layer),
            lens.Compare(first[Activation.ResidPost, layer], second[Activation.ResidPost, layer]).Divergence)).ToArray();
        var (last, other) = (first[Activation.ResidPost, before.Config.Layers - 1], second[Activation.ResidPost, before.Config.Layers - 1]);
        var tokens = lens.Rows(last, other).ToArray();
        var (divergence, changed, loss) = LensComparison.Means(tokens);
        return new(layers, [.. Compare(before, after, first, second)])
        {
            Divergence = divergence, Changed = changed, Loss = loss, Tokens = tokens,
        };
    }

    /// <summary>What two models of the same tokens say after each token of some texts, whatever their shapes.</summary>
    /// <exception cref="ArgumentException">They have not as many tokens.</exception>
    public static IReadOnlyList<TokenDifference> OfTokens(Gpt before, Gpt after, Prompts texts)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(texts);
        if (before.Config.VocabularySize != after.Config.VocabularySize)
            throw new ArgumentException($"the first model has {before.Config.VocabularySize} tokens, the second "
                + $"{after.Config.VocabularySize}; only models of the same tokens are compared token by token");
        static ActivationCache Last(Gpt gpt, Prompts texts) => ActivationCache.Record(gpt, texts,
            (activation, layer) => activation == Activation.ResidPost && layer == gpt.Config.Layers - 1);
        using var first = Last(before, texts);
        using var second = Last(after, texts);
        return [.. new LensComparison(before, after, texts).Rows(first[Activation.ResidPost, before.Config.Layers - 1],
            second[Activation.ResidPost, after.Config.Layers - 1])];
    }

    private static ActivationCache Record(Gpt gpt, Prompts texts) => ActivationCache.Record(gpt, texts, static (activation, _) => activation
        is Activation.AttnOut or Activation.MlpOut or Activation.ResidPost or Activation.Pattern or Activation.Z);

    private static void RequireSameShape(GptConfig before, GptConfig after)
    {
        foreach (var (what, one, other) in (ReadOnlySpan<(string, int, int)>)[("layers", before.Layers, after.Layers),
            ("heads", before.Heads, after.Heads), ("a width of", before.Width, after.Width),
            ("tokens", before.VocabularySize, after.VocabularySize),
            ("a feed-forward width of", before.FeedForwardWidth, after.FeedForwardWidth)])
            if (one != other)
                throw new ArgumentException(what.EndsWith(" of", StringComparison.Ordinal)
                    ? $"the first model has {what} {one}, the second of {other}; only models of one shape are compared layer by layer"
                    : $"the first model has {one} {what}, the second {other}; only models of one shape are compared layer by layer");
    }

    private static double OfWeights(Gpt before, Gpt after, int layer)
    {
        var (apart, whole) = (0.0, 0.0);
        foreach (var parameter in before.Layout.Where(parameter => parameter.Layer == layer && parameter.Shape.Rank > 1))
        {
            var (one, other) = (Values(before, parameter), Values(after, parameter));
            (apart, whole) = (apart + SquaredDistance(one, other), whole + SquaredLength(one));
        }
        return Math.Sqrt(apart / whole);
    }

    private static double Between(Backend backend, ActivationCache first, ActivationCache second, Activation activation, int layer)
    {
        var (one, other) = (Values(backend, first[activation, layer]), Values(backend, second[activation, layer]));
        return Math.Sqrt(SquaredDistance(one, other) / SquaredLength(one));
    }

    private static IEnumerable<HeadDifference> Compare(Gpt before, Gpt after, ActivationCache first, ActivationCache second)
    {
        var (one, other) = (HeadSummary.Of(before, first), HeadSummary.Of(after, second));
        for (var i = 0; i < one.Count; i++)
            yield return new HeadDifference(Patterns(first, second, one[i]), Outputs(before, first, second, one[i]), one[i], other[i]);
    }

    private static double Patterns(ActivationCache first, ActivationCache second, HeadSummary head)
    {
        var (sum, rows) = (0.0, 0);
        for (var prompt = 0; prompt < first.Prompts.Count; prompt++)
        {
            var (one, other) = (first.Pattern(Activation.Pattern, head.Layer, head.Head, prompt),
                second.Pattern(Activation.Pattern, head.Layer, head.Head, prompt));
            foreach (var (a, b) in one.Cast<float>().Zip(other.Cast<float>()))
                sum += Math.Abs((double)a - b) / 2;
            rows += one.GetLength(0);
        }
        return sum / rows;
    }

    private static double Outputs(Gpt gpt, ActivationCache first, ActivationCache second, HeadSummary head)
    {
        var (one, other) = (Values(gpt.Backend, first[Activation.Z, head.Layer]), Values(gpt.Backend, second[Activation.Z, head.Layer]));
        var (width, columns, apart, whole) = (gpt.Config.Block(head.Layer).Attention.HeadWidth,
            first[Activation.Z, head.Layer].Columns, 0.0, 0.0);
        for (var start = head.Head * width; start < one.Length; start += columns)
        {
            apart += SquaredDistance(one.AsSpan(start, width), other.AsSpan(start, width));
            whole += SquaredLength(one.AsSpan(start, width));
        }
        return Math.Sqrt(apart / whole);
    }

    private static float[] Values(Gpt gpt, Parameter parameter)
    {
        var values = new float[parameter.Shape.Count];
        gpt.Parameters.Read(gpt.IndexOf(parameter.Role, parameter.Layer, parameter.Expert), values);
        return values;
    }

    private static float[] Values(Backend backend, Tensor tensor)
    {
        var values = new float[tensor.Count];
        backend.Read(tensor, values);
        return values;
    }

    private static double SquaredDistance(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
            sum += ((double)one[i] - other[i]) * ((double)one[i] - other[i]);
        return sum;
    }

    private static double SquaredLength(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += (double)value * value;
        return sum;
    }
}
