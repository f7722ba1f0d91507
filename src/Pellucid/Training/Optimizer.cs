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

    public Optimizer(Gpt gpt, TrainingOptions options) : this(gpt.Parameters, gpt.Backend, options, gpt.Decays)
    {
    }

    /// <summary>Of any parameters, of which some decay.</summary>
    public Optimizer(ParameterSet parameters, Backend backend, TrainingOptions options, Func<int, bool> decays)
    {
        (_parameters, _backend, _options, _decays) = (parameters, backend, options, decays);
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
        var rate = LearningRate.At(step, _options);
        Update(step, gradientNorm, rate);
        return rate;
    }

    /// <summary>The same with a learning rate that somebody else has chosen.</summary>
    public void Update(int step, double gradientNorm, float rate)
    {
        var scale = _options.Clip > 0 && gradientNorm > _options.Clip ? (float)(_options.Clip / gradientNorm) : 1;
        var adamW = new AdamWStep(rate, _options.Beta1, _options.Beta2, _options.Epsilon, _options.WeightDecay, step);
        _parameters.Update(adamW, scale, _decays);
    }
}
