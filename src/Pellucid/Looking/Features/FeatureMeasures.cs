using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking.Features;

/// <summary>How well features stand for an activation, on text that they were not learned from.</summary>
/// <param name="Rows">Rows that were read.</param>
/// <param name="Loss">The model's mean loss as it is, in nats.</param>
/// <param name="LossWithFeatures">With what features write in the place of the activation, at all positions.</param>
/// <param name="LossAtZero">With zeros there.</param>
/// <param name="LossAtMean">With the activation's mean there.</param>
/// <param name="Active">Features that fire on a row, mean: L0.</param>
/// <param name="Features">How many there are.</param>
/// <param name="Dead">Those that fired on no row.</param>
/// <param name="ExplainedVariance">1 less the squares of what is missing over those of the activation less its mean.</param>
public sealed record FeatureMeasures(long Rows, double Loss, double LossWithFeatures, double LossAtZero, double LossAtMean, double Active,
    int Features, int Dead, double ExplainedVariance)
{
    private const int RowsAtATime = 2048;

    /// <summary>How much of what zeros would cost is not lost: 1 where the loss is the model's own.</summary>
    public double LossRecovered => (LossAtZero - LossWithFeatures) / (LossAtZero - Loss);

    /// <summary>The same against the mean, which is asked more.</summary>
    public double LossRecoveredOfMean => (LossAtMean - LossWithFeatures) / (LossAtMean - Loss);

    /// <summary>Measures features of a model on the last tenth of a text.</summary>
    /// <param name="gpt">The model, which is not changed.</param>
    /// <param name="dictionary">Its features.</param>
    /// <param name="windows">The text.</param>
    /// <param name="most">Windows at most.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArgumentException">The features are not of such a model.</exception>
    public static FeatureMeasures Of(Gpt gpt, FeatureDictionary dictionary, TokenWindows windows, int most = 200,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(dictionary);
        ArgumentNullException.ThrowIfNull(windows);
        using var splice = new FeatureSplice(gpt, dictionary.Config);
        var (S, width, fired) = (dictionary.Config.Features, dictionary.Config.OutputWidth, new bool[dictionary.Config.Features]);
        var (sum, squares, missing, rows, active) = (new double[width], 0.0, 0.0, 0L, 0L);
        var (losses, with, zero, mean) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var batches = windows.HeldOut(Math.Max(1, RowsAtATime / windows.Length), most).ToList();
        foreach (var prompts in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            var (read, target, asItIs) = splice.Record(prompts);
            var reading = dictionary.Read(read);
            losses.AddRange(asItIs);
            with.AddRange(splice.With(prompts, reading.Reconstruction));
            zero.AddRange(splice.With(prompts, null));
            for (var i = 0; i < reading.Activations.Length; i++)
                if (reading.Activations[i] > 0)
                {
                    fired[i % S] = true;
                    active++;
                }
            for (var i = 0; i < target.Length; i++)
            {
                sum[i % width] += target[i];
                squares += (double)target[i] * target[i];
            }
            missing += Math.Pow(TensorPrimitives.Distance<float>(target, reading.Reconstruction), 2);
            rows += prompts.Rows;
        }
        var average = sum.Select(value => (float)(value / rows)).ToArray();
        foreach (var prompts in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            mean.AddRange(splice.With(prompts, [.. Enumerable.Range(0, prompts.Rows).SelectMany(_ => average)]));
        }
        return new FeatureMeasures(rows, losses.Average(), with.Average(), zero.Average(), mean.Average(), (double)active / rows, S,
            fired.Count(one => !one), 1 - missing / (squares - sum.Sum(value => value * value) / rows));
    }
}
