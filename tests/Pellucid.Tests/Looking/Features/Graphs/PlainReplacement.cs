using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tests.Looking.Shapes;

namespace Pellucid.Tests.Looking.Features.Graphs;

/// <summary>
/// A model with features in the place of feed-forward layers, forwards, in plain loops of double precision: attention looks where it
/// looked, and normalisations divide by what they divided by.
/// </summary>
internal sealed class PlainReplacement
{
    private readonly ShapedModel _model;
    private readonly Dictionary<int, FeatureDictionary> _transcoders;
    private readonly double[][][] _pre, _mid; // of each layer and position, as they were
    private readonly float[][][] _patterns;
    private readonly double[] _final;

    public PlainReplacement(ShapedModel model, int[] tokens, IReadOnlyList<FeatureDictionary> transcoders)
    {
        (_model, T) = (model, tokens.Length);
        _transcoders = transcoders.ToDictionary(transcoder => transcoder.Config.Reads.Layer);
        double[][] Rows(Activation activation, int layer) => [.. model.Read(tokens, activation, layer).Select(Wide)];
        _pre = [.. Enumerable.Range(0, Layers).Select(layer => Rows(Activation.ResidPre, layer))];
        _mid = [.. Enumerable.Range(0, Layers).Select(layer => model.HasFeedForward ? Rows(Activation.ResidMid, layer) : [])];
        _patterns = [.. Enumerable.Range(0, Layers).Select(layer => model.Read(tokens, Activation.Pattern, layer))];
        _final = Rows(Activation.ResidPost, Layers - 1)[^1];
        Embeddings = _pre[0];
        Activations = new double[Layers][][];
        Errors = new double[Layers][][];
        for (var layer = 0; layer < Layers && model.HasFeedForward; layer++)
        {
            Errors[layer] = Rows(Activation.MlpOut, layer);
            Activations[layer] = [.. Errors[layer].Select(_ => Array.Empty<double>())];
            if (!_transcoders.TryGetValue(layer, out var transcoder))
                continue;
            var (read, S) = (model.Read(tokens, transcoder.Config.Reads.Activation, layer), transcoder.Config.Features);
            for (var position = 0; position < T; position++)
            {
                var said = transcoder.Read(read[position]);
                Activations[layer][position] = [.. said.Activations.Select(value => (double)value)];
                Errors[layer][position] = [.. Errors[layer][position].Zip(said.Reconstruction, (all, some) => all - some)];
            }
        }
    }

    public int T { get; }

    public double[][] Embeddings { get; set; }

    /// <summary>Of each layer and position, (features).</summary>
    public double[][][] Activations { get; }

    /// <summary>Of each layer and position, (C).</summary>
    public double[][][] Errors { get; }

    private int Layers => _model.Config.Layers;

    /// <summary>What the encoders say of each layer, position and feature, and the end of the stream, where features are as active as
    /// <see cref="Activations"/> say; with <paramref name="passes"/> as active as comes of what is below them, where they fired.</summary>
    public (double[][][] Said, double[] End) Forward(bool passes = false)
    {
        var (x, said) = (Embeddings.Select(row => row.ToArray()).ToArray(), new double[Layers][][]);
        for (var layer = 0; layer < Layers; layer++)
        {
            AddAttention(layer, x);
            said[layer] = [.. x.Select(_ => Array.Empty<double>())];
            for (var position = 0; position < T && _model.HasFeedForward; position++)
            {
                var written = (double[])Errors[layer][position].Clone();
                if (_transcoders.TryGetValue(layer, out var transcoder))
                {
                    var read = Read(transcoder, layer, position, x[position]);
                    said[layer][position] = Encode(transcoder, layer, position, read);
                    Write(transcoder, [.. Activations[layer][position].Select((value, feature) =>
                        passes && value != 0 ? said[layer][position][feature] : value)], read, written);
                }
                x[position] = [.. x[position].Zip(written, (a, b) => a + b)];
            }
        }
        return (said, x[^1]);
    }

    /// <summary>A logit less another.</summary>
    public double Difference(double[] end, int right, int wrong)
    {
        var logits = _model.Output(end, _model.Deviation(_final));
        return logits[right] - logits[wrong];
    }

    private void AddAttention(int layer, double[][] x)
    {
        var (config, shape) = (_model.Config, _model.Config.Block(layer).Attention);
        var (input, bias) = (_model.Values(ParameterRole.AttentionInput, layer)!, _model.Values(ParameterRole.AttentionInputBias, layer));
        var (output, D) = (_model.Values(ParameterRole.AttentionOutput, layer)!, shape.HeadWidth);
        var values = x.Select((row, position) =>
        {
            var read = config.Norm.Exists ? _model.Normalised(row, _model.Values(ParameterRole.AttentionNormGain, layer),
                _model.Values(ParameterRole.AttentionNormBias, layer), _model.Deviation(_pre[layer][position])) : row;
            return Enumerable.Range(shape.QueryWidth + shape.KeyValueWidth, shape.KeyValueWidth).Select(column =>
                (bias?[column] ?? 0) + read.Select((value, c) => value * input[c * shape.InputWidth + column]).Sum()).ToArray();
        }).ToArray();
        var outputBias = _model.Values(ParameterRole.AttentionOutputBias, layer);
        for (var query = 0; query < T; query++)
            for (var c = 0; c < config.Width; c++)
            {
                x[query][c] += outputBias?[c] ?? 0;
                for (var head = 0; head < shape.Heads; head++)
                for (var key = 0; key <= query; key++)
                for (var d = 0; d < D; d++)
                    x[query][c] += _patterns[layer][head * T + query][key] * values[key][head / (shape.Heads / shape.KeyValueHeads) * D + d]
                        * output[(head * D + d) * config.Width + c];
            }
    }

    private double[] Read(FeatureDictionary transcoder, int layer, int position, double[] x) =>
        transcoder.Config.Reads.Activation == Activation.ResidMid || !_model.Config.Norm.Exists ? x
            : _model.Normalised(x, _model.Values(ParameterRole.FeedForwardNormGain, layer),
                _model.Values(ParameterRole.FeedForwardNormBias, layer), _model.Deviation(_mid[layer][position]));

    private double[] Encode(FeatureDictionary transcoder, int layer, int position, double[] read)
    {
        if (transcoder.Config.Normalization == FeatureNormalization.LayerNorm) // of resid_mid alone, here
        {
            var (was, mean) = (_mid[layer][position], _mid[layer][position].Average());
            var deviation = Math.Sqrt(was.Sum(value => (value - mean) * (value - mean)) / (was.Length - 1)) + 1e-5;
            read = [.. read.Select(value => (value - read.Average()) / deviation)];
        }
        var (encoder, bias) = (transcoder.Values("W_enc"), transcoder.Values("b_enc"));
        return [.. bias.Select((start, feature) =>
            start + read.Select((value, i) => value * encoder[i * bias.Length + feature]).Sum())];
    }

    private static void Write(FeatureDictionary transcoder, double[] activations, double[] read, double[] written)
    {
        var (decoder, bias) = (transcoder.Values("W_dec"), transcoder.Values("b_dec"));
        var skip = transcoder.Config.HasSkip ? transcoder.Values("W_skip") : null;
        for (var c = 0; c < written.Length; c++)
            written[c] += bias[c] + activations.Select((value, feature) => value * decoder[feature * written.Length + c]).Sum()
                + (skip is null ? 0 : read.Select((value, i) => value * skip[c * read.Length + i]).Sum());
    }

    private static double[] Wide(IEnumerable<float> values) => [.. values.Select(value => (double)value)];
}
