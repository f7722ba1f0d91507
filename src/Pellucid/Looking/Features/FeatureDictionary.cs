using System.Numerics.Tensors;
using Pellucid.Models;
using Pellucid.Tensors;
using Tensor = Pellucid.Tensors.Tensor;

namespace Pellucid.Looking.Features;

/// <summary>What features say of some rows.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Activations">(rows, features): how strongly each fires, 0 where it does not.</param>
/// <param name="Reconstruction">(rows, output width): what they write together.</param>
public sealed record FeatureReading(int Rows, float[] Activations, float[] Reconstruction);

/// <summary>
/// A sparse autoencoder or transcoder: many directions of an activation, of which few are needed at a time
/// (Cunningham et al. 2023, Bricken et al. 2023). It has SAELens's parameters under SAELens's names.
/// </summary>
public sealed class FeatureDictionary : IDisposable
{
    internal const string Encoder = "W_enc", EncoderBias = "b_enc", Decoder = "W_dec", DecoderBias = "b_dec", Threshold = "threshold",
        GateBias = "b_gate", MagnitudeBias = "b_mag", MagnitudeScale = "r_mag", Skip = "W_skip";

    private readonly Backend _backend;
    private readonly Arena _arena;
    private readonly Operations _operations;

    internal FeatureDictionary(FeatureConfig config, Backend backend)
    {
        (Config, _backend, _arena) = (config, backend, new Arena(backend));
        _operations = new Operations(backend, _arena);
        Parameters = new ParameterSet(backend, Shapes(config));
    }

    /// <summary>Its shape.</summary>
    public FeatureConfig Config { get; }

    internal ParameterSet Parameters { get; }

    /// <summary>What features say of rows, which are read one after another.</summary>
    /// <param name="rows">(rows, width).</param>
    /// <exception cref="ArgumentException">The numbers are no whole rows.</exception>
    public FeatureReading Read(ReadOnlySpan<float> rows)
    {
        var activations = Encode(rows);
        return new FeatureReading(rows.Length / Config.Width, activations, Decode(activations, rows));
    }

    /// <summary>The direction (output width) that a feature writes.</summary>
    public float[] Direction(int feature)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)feature, (uint)Config.Features);
        var direction = new float[Config.OutputWidth];
        _backend.Read(Parameters[Decoder].RowRange(feature, 1), direction);
        return direction;
    }

    /// <summary>Refuses a model that they cannot be of: without the places that they read and write, or with other numbers there.</summary>
    /// <exception cref="ArgumentException">One line says what differs.</exception>
    public void RequireFit(Gpt gpt)
    {
        using var splice = new FeatureSplice(gpt, Config);
        _ = splice.Record(new Prompts([[0, 0]]));
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Parameters.Dispose();
        _arena.Dispose();
    }

    internal static IEnumerable<ParameterShape> Shapes(FeatureConfig config)
    {
        var features = new Shape(config.Features);
        yield return new(Encoder, new Shape(config.Width, config.Features), WeightForm.InOut);
        if (config.Architecture == FeatureArchitecture.Gated)
        {
            yield return new(GateBias, features);
            yield return new(MagnitudeBias, features);
            yield return new(MagnitudeScale, features);
        }
        else
            yield return new(EncoderBias, features);
        if (config.Architecture == FeatureArchitecture.JumpRelu)
            yield return new(Threshold, features);
        yield return new(Decoder, new Shape(config.Features, config.OutputWidth), WeightForm.InOut);
        yield return new(DecoderBias, new Shape(config.OutputWidth));
        if (config.HasSkip)
            yield return new(Skip, new Shape(config.OutputWidth, config.Width), WeightForm.OutIn);
    }

    internal float[] Values(string name)
    {
        var values = new float[Parameters[name].Count];
        _backend.Read(Parameters[name], values);
        return values;
    }

    internal void Set(string name, ReadOnlySpan<float> values) => _backend.Write(values, Parameters[name]);

    /// <summary>Lengths of what features write at an activation of 1.</summary>
    internal float[] DecoderNorms()
    {
        var (decoder, width) = (Values(Decoder), Config.OutputWidth);
        return [.. Enumerable.Range(0, Config.Features)
            .Select(feature => TensorPrimitives.Norm<float>(decoder.AsSpan(feature * width, width)))];
    }

    /// <summary>(rows, features) of rows (rows, width).</summary>
    internal float[] Encode(ReadOnlySpan<float> rows)
    {
        var (count, S) = (Count(rows), Config.Features);
        var normalized = new RowNormalization(Config, rows).Rows;
        if (Config.SubtractsDecoderBias)
        {
            var bias = Values(DecoderBias);
            for (var row = 0; row < count; row++)
                TensorPrimitives.Subtract(normalized.AsSpan(row * bias.Length, bias.Length), bias,
                    normalized.AsSpan(row * bias.Length, bias.Length));
        }
        _operations.Reset();
        var gated = Config.Architecture == FeatureArchitecture.Gated;
        var x = Device(normalized, count, Config.Width);
        var h = Host(_operations.Linear(x, Parameters[Encoder], gated ? default : Parameters[EncoderBias]));
        var rule = new FiringRule(this);
        for (var row = 0; row < count; row++)
            rule.Apply(h.AsSpan(row * S, S));
        return h;
    }

    /// <summary>What features write together, with what depends on the rows that they were read of.</summary>
    internal float[] Decode(float[] activations, ReadOnlySpan<float> rows)
    {
        var count = Count(rows);
        if (Config.RescalesByDecoderNorm)
        {
            var norms = DecoderNorms();
            activations = [.. activations];
            for (var row = 0; row < count; row++)
                TensorPrimitives.Divide(activations.AsSpan(row * norms.Length, norms.Length), norms,
                    activations.AsSpan(row * norms.Length, norms.Length));
        }
        _operations.Reset();
        var y = _operations.Linear(Device(activations, count, Config.Features), Parameters[Decoder], Parameters[DecoderBias]);
        if (Config.HasSkip)
            y = _operations.Add(y, _operations.Linear(Device(rows, count, Config.Width), Parameters[Skip], transposed: true));
        var written = Host(y);
        if (Config.Writes is null)
            new RowNormalization(Config, rows).Undo(written);
        return written;
    }

    /// <summary>By what a feature's activation and direction are multiplied in what is written in the place of each row.</summary>
    internal float[] ScalesOfWriting(int feature, ReadOnlySpan<float> rows)
    {
        var (scales, normalization) = (new float[Count(rows)], new RowNormalization(Config, rows));
        Array.Fill(scales, Config.RescalesByDecoderNorm ? 1 / DecoderNorms()[feature] : 1);
        for (var row = 0; row < scales.Length && Config.Writes is null; row++)
            scales[row] *= normalization.ScaleOf(row);
        return scales;
    }

    private int Count(ReadOnlySpan<float> rows) => rows.Length % Config.Width == 0 ? rows.Length / Config.Width
        : throw new ArgumentException($"{rows.Length} numbers are no whole rows of {Config.Width}");

    private Tensor Device(ReadOnlySpan<float> values, int rows, int columns)
    {
        var tensor = _arena.Allocate(new Shape(rows, columns), Parameters.Type);
        _backend.Write(values, tensor);
        return tensor;
    }

    private float[] Host(Tensor tensor)
    {
        var values = GC.AllocateUninitializedArray<float>(checked((int)tensor.Count));
        _backend.Read(tensor, values);
        return values;
    }
}
