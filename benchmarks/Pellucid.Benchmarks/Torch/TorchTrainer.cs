using System.Runtime.InteropServices;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Training;
using static TorchSharp.torch;

namespace Pellucid.Benchmarks.Torch;

/// <summary>Our steps in libtorch: the same sequences, rates, clipping and update.</summary>
/// <param name="gpt">What is trained, with the weights to begin with.</param>
/// <param name="sequences">Those of a step, from 1: each its tokens and the one that follows.</param>
/// <param name="rate">The learning rate of a step.</param>
/// <param name="options">The rest of it.</param>
internal sealed class TorchTrainer(TorchGpt gpt, Func<int, IReadOnlyList<ReadOnlyMemory<int>>> sequences, Func<int, float> rate,
    TrainingOptions options)
{
    private readonly TorchSharp.Modules.Parameter[] _parameters = [.. gpt.parameters().Where(parameter => parameter.requires_grad)];
    private FusedAdamW? _optimizer;
    private int _step;

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
        _optimizer ??= new FusedAdamW(_parameters);
        using var scope = NewDisposeScope();
        var drawn = sequences(++_step);
        var (B, T) = (drawn.Count, drawn[0].Length - 1);
        var tokens = tensor([.. drawn.SelectMany(sequence => Array.ConvertAll(sequence.ToArray(), token => (long)token))], [B, T + 1]);
        var loss = gpt.forward(tokens[.., ..T], tokens[.., 1..]);
        loss.backward();
        nn.utils.clip_grad_norm_(_parameters, options.Clip);
        _optimizer.Step(new AdamWStep(rate(_step), options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay, _step));
        foreach (var parameter in _parameters)
            parameter.grad = null;
        return loss.item<float>();
    }
}
