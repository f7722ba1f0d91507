namespace Pellucid.Training;

/// <summary>A loss far above those before it, and the batch that caused it.</summary>
/// <param name="Deviations">How many standard deviations of the last losses above their mean it is.</param>
/// <param name="Sequence">The sequence of the batch with the greatest loss, from 0.</param>
/// <param name="SequenceLoss">Its mean loss, in nats.</param>
/// <param name="Places">Where each sequence of the batch begins, in tokens of the training part.</param>
public sealed record LossSpike(double Deviations, int Sequence, double SequenceLoss, IReadOnlyList<long> Places);

/// <summary>Tells a loss that is far above the ones before it.</summary>
internal sealed class LossSpikes
{
    private const int Window = 64, Fewest = 20;
    private const double Threshold = 6;

    private readonly Queue<double> _losses = new(Window);

    /// <summary>Takes a loss in; how many standard deviations above the mean of those before it is, if that is too many.</summary>
    public double? Take(double loss)
    {
        double? deviations = null;
        if (_losses.Count >= Fewest)
        {
            var mean = _losses.Average();
            var deviation = Math.Sqrt(_losses.Average(other => (other - mean) * (other - mean)));
            if (loss > mean + Threshold * deviation && loss > mean)
                deviations = (loss - mean) / Math.Max(deviation, 1e-12);
        }
        if (_losses.Count == Window)
            _losses.Dequeue();
        _losses.Enqueue(loss);
        return deviations;
    }
}
