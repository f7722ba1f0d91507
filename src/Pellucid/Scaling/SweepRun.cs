using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Training;

namespace Pellucid.Scaling;

/// <summary>A training of a sweep: a shape and how long it learns.</summary>
/// <param name="Shape">The shape.</param>
/// <param name="Steps">Updates.</param>
/// <param name="Batch">Sequences of an update, of the shape's whole context.</param>
public sealed record SweepRun(GptConfig Shape, int Steps, int Batch)
{
    private const int WarmupShare = 10, EvaluateBatches = 20;

    /// <summary>Of one shape and length; so it is known again.</summary>
    public string Name => $"{Shape.Width}x{Shape.Layers} {Steps}";

    /// <summary>Tokens that it learns from, D.</summary>
    public long Tokens => (long)Steps * Batch * Shape.Context;

    /// <summary>Numbers of the model, N.</summary>
    public long Parameters => Shape.Parameters;

    /// <summary>Operations that it takes, 6 N D.</summary>
    public double Flop => 6.0 * Parameters * Tokens;

    /// <summary>
    /// How it is trained: a cosine that ends with the run, as a law wants it, from the rate of Kaplan et al. (2020, D.6).
    /// </summary>
    public TrainingOptions Options(ulong seed)
    {
        var rate = (float)(0.003239 - 0.0001395 * Math.Log(Parameters));
        return new TrainingOptions
        {
            Steps = Steps, Batch = Batch, Seed = seed, LearningRate = rate, MinLearningRate = rate / 10, Warmup = Steps / WarmupShare,
            EvaluateEvery = int.MaxValue, EvaluateBatches = EvaluateBatches, SaveEvery = int.MaxValue,
        };
    }

    /// <summary>Trains, and gives the validation loss at the end, in nats a token.</summary>
    /// <exception cref="TrainingDivergedException">It has come apart.</exception>
    public double Train(TokenStream stream, Backend backend, ulong seed, Action<int> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(progress);
        using var gpt = new Gpt(Shape, backend);
        gpt.Initialize(seed);
        using var trainer = new Trainer(gpt, stream, Options(seed));
        var loss = double.NaN;
        trainer.Run(report =>
        {
            loss = report.ValidationLoss ?? loss;
            progress(report.Step);
        }, cancellation);
        return loss;
    }

    /// <summary>Tokens a second that this shape learns from here, by some steps that leave nothing.</summary>
    public double Rate(TokenStream stream, Backend backend, TimeSpan patience)
    {
        const int slow = 3; // the first steps make room
        using var gpt = new Gpt(Shape, backend);
        gpt.Initialize(1);
        using var trainer = new Trainer(gpt, stream, Options(1) with { Steps = int.MaxValue, Warmup = 0 });
        var (clock, steps) = (new System.Diagnostics.Stopwatch(), -slow);
        while (steps < 1 || clock.Elapsed < patience)
        {
            trainer.TrainStep();
            if (++steps == 0)
                clock.Start();
        }
        return steps * Batch * (double)Shape.Context / clock.Elapsed.TotalSeconds;
    }
}
