using Pellucid.Tensors;

namespace Pellucid.Tuning.Policies;

/// <summary>
/// Scores of a reward model: what its head says of the last token. Once it has seen answers of the reference, scores are less their mean,
/// divided by their deviation (Ziegler et al. 2019), so that weights of divergence and penalties mean the same with any model.
/// </summary>
internal sealed class ModelReward(string name, TuningStep model, Backend backend, int together = 8) : Reward
{
    private readonly AnswerBatch _batch = new(backend);
    private double _mean, _deviation = 1;

    public override string Name => name;

    /// <summary>Scales scores so that those of these answers have mean 0 and deviation 1.</summary>
    public void Normalise(IReadOnlyList<Rollout> reference)
    {
        var scores = Of(reference).Select(score => score * _deviation + _mean).ToArray();
        var mean = scores.Average();
        var variance = scores.Sum(score => (score - mean) * (score - mean)) / scores.Length;
        (_mean, _deviation) = (mean, variance > 0 ? Math.Sqrt(variance) : 1);
    }

    public override double[] Of(IReadOnlyList<Rollout> rollouts)
    {
        var scores = new double[rollouts.Count];
        for (var first = 0; first < scores.Length; first += together)
        {
            var count = Math.Min(together, scores.Length - first);
            _batch.Clear();
            for (var i = 0; i < count; i++)
                _batch.Add(rollouts[first + i].Example, withLast: true);
            model.Read(_batch, model.Adapter, wantsTokens: false, wantsValues: true);
            for (var i = 0; i < count; i++)
                scores[first + i] = (model.Values[_batch.Answers[i].Last] - _mean) / _deviation;
        }
        return scores;
    }

    public override void Dispose() => _batch.Dispose();
}
