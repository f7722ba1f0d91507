using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>AdamW (Loshchilov and Hutter 2019) on all that trains, after clipping the gradient by its norm.</summary>
internal sealed class Optimizer
{
    private readonly ParameterSet _parameters;
    private readonly Backend _backend;
    private readonly TrainingOptions _options;
    private readonly Func<int, bool> _decays;

    public Optimizer(Gpt gpt, TrainingOptions options)
    {
        (_parameters, _backend, _options, _decays) = (gpt.Parameters, gpt.Backend, options, gpt.Decays);
        _parameters.PrepareTraining();
    }

    /// <summary>Norm of all gradients together.</summary>
    public double GradientNorm() => Math.Sqrt(_backend.SquaredNorm(_parameters.AllGradients));

    /// <summary>The parameter, nearest to the loss, whose gradient is not all numbers; null if there is none.</summary>
    public string? FirstOverflow()
    {
        for (var index = _parameters.Count - 1; index >= 0; index--)
            if (_parameters.Trains(index) && !double.IsFinite(_backend.SquaredNorm(_parameters.Gradient(_parameters[index]))))
                return _parameters.NameOf(index);
        return null;
    }

    /// <summary>The update of a step, from 1, by gradients of that norm; tells the learning rate.</summary>
    public float Update(int step, double gradientNorm)
    {
        var scale = _options.Clip > 0 && gradientNorm > _options.Clip ? (float)(_options.Clip / gradientNorm) : 1;
        var rate = LearningRate.At(step, _options);
        var adamW = new AdamWStep(rate, _options.Beta1, _options.Beta2, _options.Epsilon, _options.WeightDecay, step);
        _parameters.Update(adamW, scale, _decays);
        return rate;
    }
}
