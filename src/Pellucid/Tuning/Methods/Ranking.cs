using Pellucid.Tensors;
using Pellucid.Tuning.Losses;

namespace Pellucid.Tuning.Methods;

/// <summary>
/// A reward model: the head's value of the row of a text's last token is its score, and the loss that of ranked scores
/// (<see cref="RankingLoss"/>), its mean over Pairs.
/// </summary>
internal sealed class Ranking(TuningStep step, Backend backend, IReadOnlyList<PreferencePair> pairs, RankingLoss loss,
    IReadOnlyList<double>? margins = null) : PairMethod(step, backend, pairs)
{
    private float[] _gradients = [];

    public override double Learn(ReadOnlySpan<int> items, RandomStream random)
    {
        Fill(items);
        Step.Learn(Batch, random, wantsTokens: false, wantsValues: true);
        var sum = Judge(items);
        Step.Back(default, _gradients.AsSpan(0, Batch.Rows.Count));
        return sum;
    }

    public override double Evaluate(ReadOnlySpan<int> items)
    {
        Fill(items);
        Step.Read(Batch, Step.Adapter, wantsTokens: false, wantsValues: true);
        return Judge(items);
    }

    private void Fill(ReadOnlySpan<int> items)
    {
        Batch.Clear();
        foreach (var item in items)
        {
            Batch.Add(Pairs[item].Chosen, withLast: true);
            Batch.Add(Pairs[item].Rejected, withLast: true);
        }
        if (_gradients.Length < Batch.Rows.Count)
            _gradients = new float[Batch.Rows.Count];
    }

    private double Judge(ReadOnlySpan<int> items)
    {
        var (sum, derivatives) = (0.0, new double[2]);
        _gradients.AsSpan(0, Batch.Rows.Count).Clear();
        for (var i = 0; i < items.Length; i++)
        {
            var (better, worse) = (Batch.Answers[2 * i].Last, Batch.Answers[2 * i + 1].Last);
            var (high, low) = (Step.Values[better], Step.Values[worse]);
            sum += (margins is null ? loss : loss with { Margin = margins[items[i]] }).Of([high, low], derivatives);
            (_gradients[better], _gradients[worse]) = ((float)(derivatives[0] / PairsOfStep), (float)(derivatives[1] / PairsOfStep));
            Measures.Add("accuracy", high > low ? 1 : 0);
            Measures.Add("margin", high - low);
            Measures.Add("reward", (high + low) / 2);
        }
        return sum / PairsOfStep;
    }
}
