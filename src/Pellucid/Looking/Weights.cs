using System.Numerics.Tensors;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>Weights of a model in host memory, cut by head and neuron, for the arithmetic that an instrument does by itself.</summary>
internal sealed class Weights(Gpt gpt)
{
    private const string NormalisesStream =
        "normalises the residual stream after every layer, so that it is no sum of what layers write";

    private readonly Dictionary<(ParameterRole, int), float[]> _read = [];

    private int C => gpt.Config.Width;

    public GptConfig Config { get; } = gpt.Config;

    /// <summary>W_Q, W_K or W_V of a head, (C, D); heads are counted as the part has them: of keys and values there may be fewer.</summary>
    public float[] Input(int layer, int head, Activation part)
    {
        var (shape, own) = (gpt.Config.Block(layer).Attention, new float[C * gpt.Config.HeadWidth]);
        var (all, D, first) = (this[ParameterRole.AttentionInput, layer], shape.HeadWidth, FirstColumn(shape, head, part));
        for (var c = 0; c < C; c++)
            all.AsSpan(c * shape.InputWidth + first, D).CopyTo(own.AsSpan(c * D));
        return own;
    }

    /// <summary>
    /// The same as it acts on the residual stream, up to the deviation: where a LayerNorm stands before attention its gain is
    /// folded in, and the mean that it takes off a vector is taken off the weights instead, over the width.
    /// </summary>
    public float[] InputOfStream(int layer, int head, Activation part)
    {
        var (own, D) = (Input(layer, head, part), gpt.Config.HeadWidth);
        if (!NormalisesInputs)
            return own;
        var (gain, mean) = (this[ParameterRole.AttentionNormGain, layer], new float[D]);
        for (var c = 0; c < C; c++)
        {
            TensorPrimitives.Multiply(own.AsSpan(c * D, D), gain[c], own.AsSpan(c * D, D));
            TensorPrimitives.MultiplyAdd(own.AsSpan(c * D, D), 1f / C, mean, mean);
        }
        for (var c = 0; c < C && TakesMeansOff; c++)
            TensorPrimitives.Subtract(own.AsSpan(c * D, D), mean, own.AsSpan(c * D, D));
        return own;
    }

    /// <summary>The bias of a head's queries, keys or values, (D); zeros where there is none. Heads as in <see cref="Input"/>.</summary>
    public float[] InputBias(int layer, int head, Activation part)
    {
        var (shape, D) = (gpt.Config.Block(layer).Attention, gpt.Config.HeadWidth);
        return Find(ParameterRole.AttentionInputBias, layer) is { } all ? all.AsSpan(FirstColumn(shape, head, part), D).ToArray()
            : new float[D];
    }

    /// <summary>W_O of a head, (D, C).</summary>
    public ReadOnlySpan<float> Output(int layer, int head)
    {
        var D = gpt.Config.HeadWidth;
        return this[ParameterRole.AttentionOutput, layer].AsSpan(head * D * C, D * C);
    }

    /// <summary>W_O of a head as later layers read it, (D, C):
    /// without the mean of what it writes, where LayerNorm takes that off.</summary>
    public float[] OutputToStream(int layer, int head)
    {
        var own = Output(layer, head).ToArray();
        for (var d = 0; d < gpt.Config.HeadWidth; d++)
            Centre(own.AsSpan(d * C, C));
        return own;
    }

    /// <summary>The bias that attention adds to the residual stream, (C), or null.</summary>
    public float[]? OutputBias(int layer) => Find(ParameterRole.AttentionOutputBias, layer);

    /// <summary>What a neuron writes where it says 1, (C): before what its layer says is normalised, where it is.</summary>
    /// <exception cref="ArgumentException">The model has no neurons, or experts that have some each.</exception>
    public ReadOnlySpan<float> Neuron(int layer, int neuron)
    {
        ActivationCache.RequirePlace(Config, Activation.MlpPost, layer);
        return this[ParameterRole.FeedForwardOutput, layer].AsSpan(neuron * C, C);
    }

    /// <summary>The same as it joins the stream, up to the deviation: with the gain of a normalisation of what the layer says.</summary>
    public float[] NeuronToStream(int layer, int neuron)
    {
        var own = Neuron(layer, neuron).ToArray();
        if (Find(ParameterRole.FeedForwardOutputNormGain, layer) is { } gain)
            TensorPrimitives.Multiply(own, gain, own);
        return own;
    }

    /// <summary>The bias that the feed-forward layer adds to the residual stream, (C), or null.</summary>
    public float[]? NeuronsBias(int layer) => Find(ParameterRole.FeedForwardOutputBias, layer);

    /// <summary>A row of the token table: what a token begins as.</summary>
    public ReadOnlySpan<float> Embedding(int token) => this[ParameterRole.TokenTable].AsSpan(token * C, C);

    /// <summary>A row of the output table: what the final residual is compared with.</summary>
    public ReadOnlySpan<float> Unembedding(int token) => OutputTable.AsSpan(token * C, C);

    /// <summary>The output table, (V, C).</summary>
    public float[] OutputTable => this[gpt.Config.TiedOutput ? ParameterRole.TokenTable : ParameterRole.OutputTable];

    /// <summary>
    /// A vector of the residual stream as the output table compares it, up to the deviation and the bias of the last
    /// normalisation: its mean taken off and the gain applied, where there is one.
    /// </summary>
    public float[] ReadByOutput(ReadOnlySpan<float> x)
    {
        var read = x.ToArray();
        Centre(read);
        if (FinalGain is { } gain)
            TensorPrimitives.Multiply(read, gain, read);
        return read;
    }

    /// <summary>Products of a vector of the residual stream with the output table, (V), after the mean and gain of the last
    /// normalisation.</summary>
    public float[] ScoresOf(ReadOnlySpan<float> x)
    {
        var (read, table, scores) = (ReadByOutput(x), OutputTable, new float[Config.VocabularySize]);
        for (var token = 0; token < scores.Length; token++)
            scores[token] = TensorPrimitives.Dot<float>(read, table.AsSpan(token * C, C));
        return scores;
    }

    /// <summary>What attention of a layer reads of a vector of the residual stream.</summary>
    public float[] Normalised(int layer, ReadOnlySpan<float> x) => NormalisesInputs
        ? Normalised(x, Find(ParameterRole.AttentionNormGain, layer), Find(ParameterRole.AttentionNormBias, layer)) : x.ToArray();

    /// <summary>A vector brought to mean 0 and deviation 1, where the model does so with what layers read.</summary>
    public float[] Standardised(ReadOnlySpan<float> x) =>
        NormalisesInputs ? Normalised(x, null, null) : x.ToArray();

    /// <summary>The gain of the normalisation before the output, (C), or null.</summary>
    public float[]? FinalGain => Find(ParameterRole.FinalNormGain, -1);

    /// <summary>Its bias, (C), or null.</summary>
    public float[]? FinalBias => Find(ParameterRole.FinalNormBias, -1);

    /// <summary>y = x · W for W (x.Length, columns).</summary>
    public static float[] Multiply(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, int columns)
    {
        var y = new float[columns];
        for (var i = 0; i < x.Length; i++)
            TensorPrimitives.MultiplyAdd(weight.Slice(i * columns, columns), x[i], y, y);
        return y;
    }

    /// <summary>
    /// By what a part of what a layer says is multiplied as it joins the stream, (C): the gain of the normalisation of what layers say,
    /// over the deviation of the whole, and the scale of layers. Null where there is neither.
    /// </summary>
    /// <param name="gain">The gain's role.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="parts">All that the layer says, in parts, (C) each.</param>
    public float[]? Joining(ParameterRole gain, int layer, IEnumerable<float[]> parts)
    {
        var (own, scale) = (Find(gain, layer), (double)Config.ResidualScale);
        if (own is null)
            return scale == 1 ? null : [.. Enumerable.Repeat((float)scale, C)];
        var whole = new double[C];
        foreach (var part in parts)
            for (var c = 0; c < C; c++)
                whole[c] += part[c];
        var deviation = Math.Sqrt(whole.Average(value => value * value) + Config.Norm.Epsilon);
        return [.. own.Select(value => (float)(value * scale / deviation))];
    }

    /// <summary>The same of heads, from all that they mixed, (H · D).</summary>
    public float[]? JoiningOfHeads(int layer, float[] z)
    {
        IEnumerable<float[]> Parts()
        {
            yield return Multiply(z, this[ParameterRole.AttentionOutput, layer], C);
            if (OutputBias(layer) is { } bias)
                yield return bias;
        }
        return Joining(ParameterRole.AttentionOutputNormGain, layer, Parts());
    }

    /// <summary>Refuses a model whose stream is no sum: one that normalises it after every layer.</summary>
    /// <exception cref="ArgumentException">One line says so.</exception>
    public static void RequireAdding(GptConfig config, string instrument) => Refuse(instrument,
        config.Norm is { Exists: true, Place: NormPlace.Stream } ? NormalisesStream : null);

    /// <summary>
    /// Refuses a model whose stream is no plain sum of what heads and neurons write: one that normalises the stream itself after
    /// every layer, or what a layer says, or that scales it.
    /// </summary>
    /// <exception cref="ArgumentException">One line says so.</exception>
    public static void RequireSum(GptConfig config, string instrument) => Refuse(instrument, config switch
    {
        { Norm: { Exists: true, Place: NormPlace.Stream } } => NormalisesStream,
        { Norm: { Exists: true, Place: not NormPlace.Input } } =>
            "normalises what a layer says before it joins the residual stream, so that it is no sum of what heads write",
        { ResidualScale: not 1 } =>
            $"multiplies what a layer says by {config.ResidualScale}, so that the residual stream is no sum of what heads write",
        _ => null,
    });

    /// <summary>Refuses a model whose scores are no product of what stands at two places alone.</summary>
    /// <exception cref="ArgumentException">One line says so.</exception>
    public static void RequirePlainScores(GptConfig config, string instrument) => Refuse(instrument, config switch
    {
        { HeadNorm: not HeadNorm.None } => "normalises queries and keys",
        { ScoreCap: not 0 } => $"caps its scores at {config.ScoreCap}",
        _ when config.Rotary.Values.Any(rotary => rotary is not null) => "turns queries and keys by their positions",
        _ => null,
    });

    /// <summary>Refuses a model whose logits are not linear in what the output table reads.</summary>
    /// <exception cref="ArgumentException">One line says so.</exception>
    public static void RequireLinearLogits(GptConfig config, string instrument) =>
        Refuse(instrument, config.LogitCap == 0 ? null : $"caps its logits at {config.LogitCap}");

    /// <summary>What a normalisation divides a vector by; 1 where the model has none.</summary>
    public double Deviation(ReadOnlySpan<float> x)
    {
        if (!gpt.Config.Norm.Exists)
            return 1;
        var (mean, squares) = (MeanOf(x), 0.0);
        foreach (var value in x)
            squares += (value - mean) * (value - mean);
        return Math.Sqrt(squares / x.Length + gpt.Config.Norm.Epsilon);
    }

    private static void Refuse(string instrument, string? why)
    {
        if (why is not null)
            throw new ArgumentException($"this model {why}: {instrument} would not be true of it");
    }

    private bool NormalisesInputs => gpt.Config.Norm.OfInput;

    private bool TakesMeansOff => gpt.Config.Norm is { Kind: NormKind.LayerNorm, Place: not NormPlace.Stream };

    private double MeanOf(ReadOnlySpan<float> x)
    {
        var sum = 0.0;
        foreach (var value in x)
            sum += value;
        return gpt.Config.Norm.Kind == NormKind.LayerNorm ? sum / x.Length : 0;
    }

    private float[] this[ParameterRole role, int layer = -1] =>
        Find(role, layer) ?? throw new KeyNotFoundException($"the model has no {role}{(layer < 0 ? "" : $" in layer {layer}")}");

    /// <summary>A parameter, row by row; null where the model has none.</summary>
    public float[]? Find(ParameterRole role, int layer)
    {
        if (_read.TryGetValue((role, layer), out var values))
            return values;
        if (gpt.Find(role, layer) is not { IsEmpty: false } parameter)
            return null;
        values = new float[parameter.Count];
        gpt.Backend.Read(parameter, values);
        return _read[(role, layer)] = values;
    }

    private void Centre(Span<float> x)
    {
        if (TakesMeansOff)
            TensorPrimitives.Subtract(x, TensorPrimitives.Sum<float>(x) / x.Length, x);
    }

    private float[] Normalised(ReadOnlySpan<float> x, float[]? gain, float[]? bias)
    {
        var (mean, deviation, y) = (MeanOf(x), Deviation(x), new float[x.Length]);
        for (var c = 0; c < y.Length; c++)
            y[c] = (float)((x[c] - mean) / deviation * (gain?[c] ?? 1) + (bias?[c] ?? 0));
        return y;
    }

    // Of keys and values the head is one that has them.
    private static int FirstColumn(AttentionShape shape, int head, Activation part) => part switch
    {
        Activation.Q => shape.QueryColumn(head),
        Activation.K => shape.KeyColumn(head),
        Activation.V => shape.ValueColumn(head),
        _ => throw new ArgumentException($"{part.Name()} is not what a head reads"),
    };
}
