using System.Numerics.Tensors;
using Pellucid.Tensors;
using Tensor = Pellucid.Tensors.Tensor;

namespace Pellucid.Looking.Features;

/// <summary>Rows that features read, and what they should write: the same, unless it is a transcoder.</summary>
internal sealed record FeatureBatch(float[] Read, float[] Target);

/// <summary>A step of learning.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Loss">Square of what was not reconstructed, over that of the step's rows less their mean.</param>
/// <param name="Active">Features that fired on a row, mean.</param>
/// <param name="Dead">Features that have not fired for long.</param>
public sealed record FeatureStep(int Step, double Loss, double Active, int Dead);

/// <summary>
/// Learns features of rows, whatever they are of. What the encoder says goes to the host, which decides what fires; both linear maps,
/// their gradients and AdamW are the engine's. Directions keep length 1, and gradients along them are taken off (Bricken et al. 2023).
/// </summary>
internal sealed class FeatureLearner : IDisposable
{
    private const uint DirectionPurpose = 0x64697265, EncoderPurpose = 0x656e636f;
    private const float Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f, Clip = 1;
    private const double AuxiliaryWeight = 1.0 / 32; // Gao et al. 2024, appendix A.2

    private readonly FeatureTrainingOptions _options;
    private readonly FeatureConfig _config;
    private readonly Backend _backend;
    private readonly Arena _arena;
    private readonly Tape _encoding, _decoding;
    private readonly Operations _encoder, _decoder;
    private readonly DataUnits _in, _out;
    private float[] _said = [], _fired = [], _gradient = [], _revived = []; // (rows, features) each, of the step before

    /// <param name="config">The shape.</param>
    /// <param name="options">How it is learned.</param>
    /// <param name="units">Rows that tell mean and size of what comes.</param>
    /// <param name="backend">Where it is computed.</param>
    public FeatureLearner(FeatureConfig config, FeatureTrainingOptions options, FeatureBatch units, Backend backend)
    {
        (_config, _options, _backend, _arena) = (config, options, backend, new Arena(backend));
        (_encoding, _decoding) = (new Tape(backend), new Tape(backend));
        (_encoder, _decoder) = (new Operations(backend, _arena, _encoding), new Operations(backend, _arena, _decoding));
        (_in, _out) = (DataUnits.Of(units.Read, config.Width), DataUnits.Of(units.Target, config.OutputWidth));
        Learned = new FeatureDictionary(config, backend);
        Silent = new int[config.Features];
        Learned.Parameters.PrepareTraining();
        Begin();
    }

    /// <summary>The dictionary in the units of learning.</summary>
    public FeatureDictionary Learned { get; }

    /// <summary>Rows since a feature has fired.</summary>
    public int[] Silent { get; }

    /// <summary>One step, from 1.</summary>
    public FeatureStep Step(int step, FeatureBatch batch)
    {
        var (loss, active) = Gradients(batch);
        var gradients = Learned.Parameters.AllGradients;
        KeepLengths();
        var norm = Math.Sqrt(_backend.SquaredNorm(gradients));
        if (!double.IsFinite(norm))
            throw new InvalidDataException($"step {step}: the gradient is not all numbers; a smaller learning rate may help");
        Learned.Parameters.Update(new AdamWStep(_options.RateAt(step), Beta1, Beta2, Epsilon, 0, step),
            norm > Clip ? (float)(Clip / norm) : 1, _ => false);
        Normalise();
        return new FeatureStep(step, loss, active, Silent.Count(rows => rows >= _options.DeadAfter));
    }

    /// <summary>Loss and active features of a batch, whose gradients are left in the parameters.</summary>
    public (double Loss, double Active) Gradients(FeatureBatch batch)
    {
        var (parameters, S, width) = (Learned.Parameters, _config.Features, _config.OutputWidth);
        var rows = batch.Read.Length / _config.Width;
        var target = _out.Apply([.. batch.Target]);
        parameters.ClearGradients();
        _encoder.Reset();
        _decoding.Clear();
        var encoded = _encoder.Linear(Device(_in.Apply([.. batch.Read]), rows), parameters[FeatureDictionary.Encoder],
            parameters[FeatureDictionary.EncoderBias]);
        var (h, f) = (Host(encoded, ref _said), Zeros(ref _fired, rows * S));
        var dead = Silent.Select(silent => silent >= _options.DeadAfter).ToArray();
        var firing = Firing(dead, rows);
        for (var row = 0; row < rows; row++)
            firing.Fire(h.AsSpan(row * S, S), f.AsSpan(row * S, S));

        var fired = _decoding.Watch(Device(f, rows));
        var written = _decoder.Linear(fired, parameters[FeatureDictionary.Decoder], parameters[FeatureDictionary.DecoderBias]);
        var error = Host(written);
        TensorPrimitives.Subtract(error, target, error); // (rows, width)
        var scale = 1.0 / ((double)rows * width); // of rows whose mean square is 1
        var revived = Revive(h, error, dead, rows);
        _decoding.Seed(written, Device(Scaled(error, 2 * scale), rows));
        _decoding.Backward();

        var gradient = Host(_decoding.GradientOf(fired), ref _gradient);
        for (var row = 0; row < rows; row++)
            firing.Backward(h.AsSpan(row * S, S), f.AsSpan(row * S, S), gradient.AsSpan(row * S, S));
        if (!revived.Node.IsEmpty)
            AddWhereFired(gradient, revived.Activations, Host(_decoding.GradientOf(revived.Node)));
        _encoding.Seed(encoded, Device(gradient, rows));
        _encoding.Backward();
        if (firing is JumpReluFiring jump)
            _backend.Write(jump.ThresholdGradient, parameters.Gradient(parameters[FeatureDictionary.Threshold]));
        var active = Count(f, rows);
        return (TensorPrimitives.SumOfSquares<float>(error) / DataUnits.SquaresAroundMean(target, width), (double)active / rows);
    }

    /// <summary>The dictionary in the units of what it reads and writes, with directions of length 1.</summary>
    public FeatureDictionary ToDictionary()
    {
        var (finished, S) = (new FeatureDictionary(_config, _backend), _config.Features);
        foreach (var name in Learned.Parameters.Names)
            finished.Set(name, Learned.Values(name));
        var (encoder, bias) = (finished.Values(FeatureDictionary.Encoder), finished.Values(FeatureDictionary.EncoderBias));
        TensorPrimitives.Divide(encoder, _in.Scale, encoder);
        for (var i = 0; i < _config.Width; i++)
            TensorPrimitives.MultiplyAdd(encoder.AsSpan(i * S, S), -_in.Mean[i], bias, bias);
        var (decoder, decoderBias) = (finished.Values(FeatureDictionary.Decoder), finished.Values(FeatureDictionary.DecoderBias));
        TensorPrimitives.Multiply(decoder, _out.Scale, decoder);
        TensorPrimitives.MultiplyAdd(decoderBias, _out.Scale, _out.Mean, decoderBias);
        finished.Set(FeatureDictionary.Encoder, encoder);
        finished.Set(FeatureDictionary.EncoderBias, bias);
        finished.Set(FeatureDictionary.Decoder, decoder);
        finished.Set(FeatureDictionary.DecoderBias, decoderBias);
        FoldedDecoder.Rescale(finished, [.. Enumerable.Repeat(_out.Scale, S)]);
        return finished;
    }

    public void Dispose()
    {
        Learned.Dispose();
        _encoding.Dispose();
        _decoding.Dispose();
        _arena.Dispose();
    }

    // Directions at random; an autoencoder's encoder is their transpose at first, as in Gao et al. 2024.
    private void Begin()
    {
        var (S, width, inner) = (_config.Features, _config.OutputWidth, _config.Width);
        var decoder = Directions.Random(_options.Seed, DirectionPurpose, S, width);
        var reading = _config.Writes is null ? decoder : Directions.Random(_options.Seed, EncoderPurpose, S, inner);
        var encoder = new float[inner * S];
        for (var i = 0; i < encoder.Length; i++)
            encoder[i] = reading[i % S * inner + i / S];
        Learned.Set(FeatureDictionary.Decoder, decoder);
        Learned.Set(FeatureDictionary.Encoder, encoder);
        if (_config.Architecture == FeatureArchitecture.JumpRelu)
            _backend.Fill(Learned.Parameters[FeatureDictionary.Threshold], JumpReluFiring.FirstThreshold);
    }

    private LearnedFiring Firing(bool[] dead, int rows) => _config.Architecture == FeatureArchitecture.TopK ? new TopKFiring(_config.K)
        : new JumpReluFiring(Learned.Values(FeatureDictionary.Threshold), dead, _options.Active, rows);

    // The auxiliary loss of Gao et al. 2024: the dead features that are nearest to firing learn what the others leave. They write
    // what the encoder says of them, be it below 0, so that one comes back from however far.
    private (Tensor Node, float[] Activations) Revive(float[] h, float[] error, bool[] dead, int rows)
    {
        var (S, width) = (_config.Features, _config.OutputWidth);
        if (_config.Architecture != FeatureArchitecture.TopK || !dead.Contains(true))
            return (default, []);
        var (top, f) = (new TopOfRow(Math.Max(1, width / 2), float.NegativeInfinity),
            Zeros(ref _revived, rows * S));
        for (var row = 0; row < rows; row++)
            foreach (var feature in top.Find(h.AsSpan(row * S, S), dead))
                f[row * S + feature] = h[row * S + feature];
        var fired = _decoding.Watch(Device(f, rows));
        var written = _decoder.Linear(fired, Learned.Parameters[FeatureDictionary.Decoder]);
        var left = Host(written);
        TensorPrimitives.Add(left, error, left); // what they write less what is missing
        _decoding.Seed(written, Device(Scaled(left, 2 * AuxiliaryWeight / TensorPrimitives.SumOfSquares<float>(error)), rows));
        return (fired, f);
    }

    private void AddWhereFired(float[] gradient, float[] activations, float[] more)
    {
        for (var i = 0; i < gradient.Length; i++)
            if (activations[i] != 0)
                gradient[i] += more[i];
    }

    private int Count(float[] f, int rows)
    {
        var (S, all) = (_config.Features, 0);
        for (var feature = 0; feature < S; feature++)
            Silent[feature] = Math.Min(Silent[feature] + rows, int.MaxValue / 2);
        for (var i = 0; i < f.Length; i++)
            if (f[i] > 0)
            {
                Silent[i % S] = 0;
                all++;
            }
        return all;
    }

    // The part of a direction's gradient along it would only change its length.
    private void KeepLengths()
    {
        var (parameter, width) = (Learned.Parameters[FeatureDictionary.Decoder], _config.OutputWidth);
        var gradients = Host(Learned.Parameters.Gradient(parameter));
        Directions.TakeOffLengthwise(Learned.Values(FeatureDictionary.Decoder), gradients, width);
        _backend.Write(gradients, Learned.Parameters.Gradient(parameter));
    }

    private void Normalise()
    {
        var directions = Learned.Values(FeatureDictionary.Decoder);
        Directions.ToLengthOne(directions, _config.OutputWidth);
        Learned.Set(FeatureDictionary.Decoder, directions);
        if (_config.Architecture != FeatureArchitecture.JumpRelu)
            return;
        var thresholds = Learned.Values(FeatureDictionary.Threshold);
        TensorPrimitives.Max(thresholds, 0, thresholds);
        Learned.Set(FeatureDictionary.Threshold, thresholds);
    }

    private static float[] Scaled(float[] values, double factor)
    {
        var scaled = new float[values.Length];
        TensorPrimitives.Multiply(values, (float)factor, scaled);
        return scaled;
    }

    private Tensor Device(float[] values, int rows)
    {
        var tensor = _arena.Allocate(new Shape(rows, values.Length / rows), Learned.Parameters.Type);
        _backend.Write(values, tensor);
        return tensor;
    }

    private float[] Host(Tensor tensor)
    {
        float[] values = [];
        return Host(tensor, ref values);
    }

    private float[] Host(Tensor tensor, ref float[] values)
    {
        if (values.Length != tensor.Count)
            values = GC.AllocateUninitializedArray<float>(checked((int)tensor.Count));
        _backend.Read(tensor, values);
        return values;
    }

    private static float[] Zeros(ref float[] values, int count)
    {
        if (values.Length != count)
            values = new float[count];
        else
            Array.Clear(values);
        return values;
    }
}
