using System.Runtime.InteropServices;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Training;
using static TorchSharp.torch;

namespace Pellucid.Benchmarks.Torch;

/// <summary>Our <see cref="Trainer"/>'s step in libtorch: the same sequences, rates, clipping and update.</summary>
internal sealed class TorchTrainer : IDisposable
{
    private readonly TorchGpt _gpt;
    private readonly TorchSharp.Modules.Parameter[] _parameters;
    private readonly FusedAdamW _optimizer;
    private readonly TokenStream _stream;
    private readonly TrainingOptions _options;
    private int _step;

    public TorchTrainer(Gpt gpt, TokenStream stream, TrainingOptions options)
    {
        (_gpt, _stream, _options) = (new TorchGpt(gpt.Config), stream, options);
        _gpt.CopyFrom(gpt);
        _parameters = [.. _gpt.parameters()];
        _optimizer = new FusedAdamW(_parameters);
    }

    /// <summary>Loads libtorch and sets its threads.</summary>
    /// <exception cref="NotSupportedException">It does not load here; one line says why.</exception>
    public static void Load(int threads)
    {
        try
        {
            NativeLibrary.Load("torch_cpu", typeof(TorchTrainer).Assembly, null);
            NativeLibrary.Load("LibTorchSharp", typeof(TorchTrainer).Assembly, null);
        }
        catch (DllNotFoundException error)
        {
            // The loader lists every place it tried; what a library lacks is told where one was found.
            var lines = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            throw new NotSupportedException("libtorch does not load here: "
                + $"{lines.FirstOrDefault(line => line.Contains("not found (required by", StringComparison.Ordinal)) ?? lines[0]}", error);
        }
        set_num_threads(threads);
    }

    /// <summary>One update; the loss before it.</summary>
    public double TrainStep()
    {
        using var scope = NewDisposeScope();
        var (B, T, step) = (_options.Batch, _stream.SequenceLength, ++_step);
        long[] sequences = [.. Enumerable.Range(0, B)
            .SelectMany(i => Array.ConvertAll(_stream.Draw(_options.Seed, step, i).ToArray(), token => (long)token))];
        var tokens = tensor(sequences, [B, T + 1]);
        var loss = _gpt.forward(tokens[.., ..T], tokens[.., 1..]);
        loss.backward();
        nn.utils.clip_grad_norm_(_parameters, _options.Clip);
        _optimizer.Step(new AdamWStep(LearningRate.At(step, _options), _options.Beta1, _options.Beta2, _options.Epsilon,
            _options.WeightDecay, step));
        foreach (var parameter in _parameters)
            parameter.grad = null;
        return loss.item<float>();
    }

    public void Dispose() => _gpt.Dispose();
}
