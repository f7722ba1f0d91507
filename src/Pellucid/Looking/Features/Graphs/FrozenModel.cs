using System.Numerics.Tensors;
using Pellucid.Models;
using Pellucid.Tensors;
using Tensor = Pellucid.Tensors.Tensor;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>
/// A model as it is linear on one prompt (Ameisen et al. 2025, the local replacement model): attention looks where it looked,
/// normalisations divide by what they divided by, and features and what they leave unsaid stand in the place of feed-forward layers.
/// </summary>
internal sealed class FrozenModel : IDisposable
{
    private const int RowsAtATime = 512;

    private readonly Gpt _gpt;
    private readonly Weights _weights;
    private readonly FrozenNorm[] _attentionNorms;
    private readonly float[][] _patterns; // of each layer (H, T, T)
    private readonly FrozenNorm _finalNorm;
    private readonly Arena _arena;

    public FrozenModel(Gpt gpt, int[] tokens, IReadOnlyList<FeatureDictionary> transcoders)
    {
        var byLayer = TranscoderSet.ByLayer(gpt.Config, transcoders);
        (_gpt, _weights, T) = (gpt, new Weights(gpt), tokens.Length);
        Unchanged = ActivationCache.Record(gpt, new Prompts([tokens]), (activation, layer) => activation is Activation.Pattern
            or Activation.MlpOut || VariantRunner.Needs(gpt.Config, activation, layer)
            || (byLayer.ContainsKey(layer) && activation is Activation.ResidMid or Activation.Ln2));
        _arena = new Arena(gpt.Backend);
        try
        {
            _attentionNorms = [.. Enumerable.Range(0, Layers).Select(layer => FrozenNorm.OfModel(_weights,
                ParameterRole.AttentionNormGain, ParameterRole.AttentionNormBias, layer, Rows(Activation.ResidPre, layer)))];
            _patterns = [.. Enumerable.Range(0, Layers).Select(Pattern)];
            _finalNorm = FrozenNorm.OfModel(_weights, ParameterRole.FinalNormGain, ParameterRole.FinalNormBias, -1,
                Rows(Activation.ResidPost, Layers - 1));
            Features = [.. Enumerable.Range(0, Layers).Select(layer => FeaturesOf(layer, byLayer.GetValueOrDefault(layer)))];
            Embeddings = Rows(Activation.ResidPre, 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Positions of the prompt.</summary>
    public int T { get; }

    public int Layers => _gpt.Config.Layers;

    public int C => _gpt.Config.Width;

    /// <summary>Of each layer; null where it has no feed-forward layer.</summary>
    public IReadOnlyList<FrozenFeatures?> Features { get; }

    /// <summary>(T, C): what the stream begins with, tokens and positions.</summary>
    public float[] Embeddings { get; }

    /// <summary>The prompt as it went through the model.</summary>
    public ActivationCache Unchanged { get; }

    /// <summary>Seeds the gradient of an answer at the end of the prompt with respect to the stream behind the last layer.</summary>
    public void SeedAnswer(float[] direction, FrozenGradients gradients, int number)
    {
        var own = direction.AsSpan().ToArray();
        gradients.Constant(number) += _finalNorm.Back(own, T - 1);
        TensorPrimitives.Add(gradients[number, T - 1], own, gradients[number, T - 1]);
    }

    /// <summary>Takes gradients from behind a feed-forward layer to before it, past all features.</summary>
    public void PassFeedForward(int layer, FrozenGradients gradients)
    {
        if (Features[layer] is not { } features)
            return;
        for (var number = 0; number < gradients.Count; number++)
            for (var position = 0; position < T; position++)
                gradients.Constant(number) += features.Back(gradients[number, position], position);
    }

    /// <summary>Takes gradients from behind attention to before it: the stream itself, and what heads moved where they looked.</summary>
    public void PassAttention(int layer, FrozenGradients gradients)
    {
        var atATime = Math.Max(1, RowsAtATime / T);
        for (var first = 0; first < gradients.Count; first += atATime)
            PassAttention(layer, gradients, first, Math.Min(atATime, gradients.Count - first));
    }

    public void Dispose()
    {
        _arena.Dispose();
        Unchanged.Dispose();
    }

    private void PassAttention(int layer, FrozenGradients gradients, int first, int count)
    {
        var (shape, rows) = (_gpt.Config.Block(layer).Attention, count * T);
        _arena.Reset();
        var mixed = ThroughWeight(Device(gradients.Of(first, count), rows, C), ParameterRole.AttentionOutput, layer, shape.QueryWidth);
        var values = new float[rows * shape.InputWidth];
        for (var number = 0; number < count; number++)
            Unmix(layer, shape, mixed.AsSpan(number * T * shape.QueryWidth), values.AsSpan(number * T * shape.InputWidth));
        var read = ThroughWeight(Device(values, rows, shape.InputWidth), ParameterRole.AttentionInput, layer, C);
        var (outputBias, inputBias) = (_weights.OutputBias(layer), _weights.Find(ParameterRole.AttentionInputBias, layer));
        for (var row = 0; row < rows; row++)
        {
            var stream = gradients[first + row / T, row % T];
            var own = read.AsSpan(row * C, C);
            ref var constant = ref gradients.Constant(first + row / T);
            if (outputBias is not null)
                constant += TensorPrimitives.Dot<float>(stream, outputBias);
            if (inputBias is not null)
                constant += TensorPrimitives.Dot<float>(values.AsSpan(row * shape.InputWidth, shape.InputWidth), inputBias);
            constant += _attentionNorms[layer].Back(own, row % T);
            TensorPrimitives.Add(stream, own, stream);
        }
    }

    // From what heads mixed, (T, H · D), to the values that it was mixed of, in rows (T, (H + 2K) · D) of queries, keys and values.
    private void Unmix(int layer, AttentionShape shape, ReadOnlySpan<float> mixed, Span<float> values)
    {
        var (D, pattern) = (shape.HeadWidth, _patterns[layer]);
        for (var head = 0; head < shape.Heads; head++)
        {
            var column = shape.ValueColumn(shape.KeyValueHeadOf(head));
            for (var query = 0; query < T; query++)
            {
                var from = mixed.Slice(query * shape.QueryWidth + head * D, D);
                for (var key = 0; key <= query; key++)
                    if (pattern[(head * T + query) * T + key] is not 0 and var share)
                    {
                        var to = values.Slice(key * shape.InputWidth + column, D);
                        TensorPrimitives.MultiplyAdd(from, share, to, to);
                    }
            }
        }
    }

    private FrozenFeatures? FeaturesOf(int layer, FeatureDictionary? transcoder)
    {
        if (_gpt.Config.Block(layer).FeedForward is null)
            return null;
        var said = Rows(Activation.MlpOut, layer);
        if (transcoder is null)
            return new FrozenFeatures(said);
        var norm = transcoder.Config.Reads.Activation == Activation.ResidMid ? null : FrozenNorm.OfModel(_weights,
            ParameterRole.FeedForwardNormGain, ParameterRole.FeedForwardNormBias, layer, Rows(Activation.ResidMid, layer));
        return new FrozenFeatures(transcoder, Rows(transcoder.Config.Reads.Activation, layer), said, norm);
    }

    private float[] Pattern(int layer)
    {
        var pattern = new float[_gpt.Config.Heads * T * T];
        for (var head = 0; head < _gpt.Config.Heads; head++)
        {
            var own = Unchanged.Pattern(Activation.Pattern, layer, head, 0);
            for (var query = 0; query < T; query++)
                for (var key = 0; key <= query; key++)
                    pattern[(head * T + query) * T + key] = own[query, key];
        }
        return pattern;
    }

    private float[] ThroughWeight(Tensor gradient, ParameterRole role, int layer, int columns)
    {
        var result = _arena.Allocate(new Shape(gradient.Rows, columns), gradient.Type);
        _gpt.Backend.LinearBackwardInput(gradient, _gpt[role, layer], false, result, accumulate: false);
        var values = new float[gradient.Rows * columns];
        _gpt.Backend.Read(result, values);
        return values;
    }

    private Tensor Device(ReadOnlySpan<float> values, int rows, int columns)
    {
        var tensor = _arena.Allocate(new Shape(rows, columns), _gpt.Parameters.Type);
        _gpt.Backend.Write(values, tensor);
        return tensor;
    }

    private float[] Rows(Activation activation, int layer)
    {
        var tensor = Unchanged[activation, layer];
        var values = new float[tensor.Count];
        _gpt.Backend.Read(tensor, values);
        return values;
    }
}
