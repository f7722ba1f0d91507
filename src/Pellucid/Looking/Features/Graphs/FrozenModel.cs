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
    private readonly Gpt _gpt;
    private readonly Weights _weights;
    private readonly FrozenAttention[] _attention;
    private readonly FrozenNorm[] _feedForwardNorms;
    private readonly FrozenNorm _finalNorm;
    private readonly Arena _arena;

    public FrozenModel(Gpt gpt, int[] tokens, IReadOnlyList<FeatureDictionary> transcoders)
    {
        var byLayer = TranscoderSet.ByLayer(gpt.Config, transcoders);
        (_gpt, _weights, T) = (gpt, new Weights(gpt), tokens.Length);
        Unchanged = ActivationCache.Record(gpt, new Prompts([tokens]), (activation, layer) => activation is Activation.Pattern
            or Activation.MlpOut || VariantRunner.Needs(gpt.Config, activation, layer)
            || activation is Activation.ResidMid or Activation.Ln2);
        _arena = new Arena(gpt.Backend);
        try
        {
            _attention = [.. Enumerable.Range(0, Layers).Select(layer => new FrozenAttention(gpt, _weights, Unchanged, layer,
                FrozenNorm.OfModel(_weights, ParameterRole.AttentionNormGain, ParameterRole.AttentionNormBias, layer,
                    Rows(Activation.ResidPre, layer)), _arena))];
            _feedForwardNorms = [.. Enumerable.Range(0, gpt.Config.FeedForwardWidth > 0 ? Layers : 0).Select(layer => FrozenNorm.OfModel(
                _weights, ParameterRole.FeedForwardNormGain, ParameterRole.FeedForwardNormBias, layer, Rows(Activation.ResidMid, layer)))];
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
    public void PassAttention(int layer, FrozenGradients gradients) => _attention[layer].Back(gradients);

    /// <summary>
    /// How the answer changes where something is added to what feed-forward layers say, attention and normalisations being as they were,
    /// and feed-forward layers the model's own: changes of the stream go up, and each layer is asked what it makes of them.
    /// </summary>
    /// <param name="direction">The answer.</param>
    /// <param name="added">Of each layer, (copies · T, C); null where nothing is.</param>
    /// <param name="copies">How many copies of the prompt there are, each with changes of its own.</param>
    public double[] ChangesOfAnswer(float[] direction, float[]?[] added, int copies)
    {
        var changes = new float[copies * T * C];
        using var pass = new ForwardPass(_gpt);
        for (var layer = 0; layer < Layers; layer++)
        {
            _attention[layer].Add(changes, copies);
            if (layer < _feedForwardNorms.Length && changes.AsSpan().ContainsAnyExcept(0f))
                TensorPrimitives.Add(changes, ChangesOfSaid(layer, changes, copies, pass), changes);
            if (added[layer] is { } here)
                TensorPrimitives.Add(changes, here, changes);
        }
        return [.. Enumerable.Range(0, copies).Select(copy =>
        {
            var end = changes.AsSpan(((copy + 1) * T - 1) * C, C);
            _finalNorm.Apply(end, T - 1);
            return (double)TensorPrimitives.Dot<float>(end, direction);
        })];
    }

    public void Dispose()
    {
        _arena.Dispose();
        Unchanged.Dispose();
    }

    // What a feed-forward layer says of rows that differ so from those of the prompt, less what it said.
    private float[] ChangesOfSaid(int layer, float[] changes, int copies, ForwardPass pass)
    {
        var (read, said) = (Rows(Activation.Ln2, layer), Rows(Activation.MlpOut, layer));
        var rows = changes.AsSpan().ToArray();
        for (var row = 0; row < copies * T; row++)
        {
            var own = rows.AsSpan(row * C, C);
            _feedForwardNorms[layer].Apply(own, row % T);
            TensorPrimitives.Add(own, read.AsSpan(row % T * C, C), own);
        }
        var run = pass.NewRun();
        var source = run.Operations.Arena.Allocate(new Shape(copies * T, C), _gpt.Parameters.Type);
        _gpt.Backend.Write(rows, source);
        run.Taps = new Taps().Edit(new TapEdit(Activation.Ln2, layer, EditOperation.Replace, source)).Read(Activation.MlpOut, layer);
        (run.FirstLayer, run.LastLayer, run.Residual) = (layer, layer + 1, source); // whatever the stream is: the layer reads the source
        pass.Rows.Clear();
        new Prompts(Enumerable.Repeat(Unchanged.Prompts[0], copies)).AddTo(pass.Rows);
        _gpt.Forward(pass.Rows, run);
        var now = run.Taps[Activation.MlpOut, layer].ToArray(_gpt.Backend);
        for (var row = 0; row < copies * T; row++)
            TensorPrimitives.Subtract(now.AsSpan(row * C, C), said.AsSpan(row % T * C, C), now.AsSpan(row * C, C));
        return now;
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

    private float[] Rows(Activation activation, int layer)
    {
        var tensor = Unchanged[activation, layer];
        var values = new float[tensor.Count];
        _gpt.Backend.Read(tensor, values);
        return values;
    }
}
