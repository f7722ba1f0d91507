using Pellucid.Tensors;
using Pellucid.Tuning.Losses;

namespace Pellucid.Tuning.Methods;

/// <summary>Answers to one prompt, best first.</summary>
/// <param name="Texts">The prompt with each of them; two at least.</param>
/// <param name="Margin">By how much better ones are to be scored above worse ones; null for the loss's own.</param>
internal sealed record RankedAnswers(TuningExample[] Texts, double? Margin = null);

/// <summary>
/// A reward model: the head's value of the row of a text's last token is its score, and the loss that of ranked scores
/// (<see cref="RankingLoss"/>), over all pairs of a prompt's answers, its mean over prompts.
/// </summary>
internal sealed class Ranking(TuningStep step, Backend backend, IReadOnlyList<RankedAnswers> lists, RankingLoss loss)
    : TuningMethod(step, backend)
{
    private float[] _gradients = [];
    private int _listsOfStep;

    /// <summary>Of pairs.</summary>
    public Ranking(TuningStep step, Backend backend, IReadOnlyList<PreferencePair> pairs, RankingLoss loss)
        : this(step, backend, [.. pairs.Select(pair => new RankedAnswers([pair.Chosen, pair.Rejected]))], loss)
    {
    }

    public override int Count => lists.Count;

    public override int TokensOf(int item) => lists[item].Texts.Sum(text => text.Tokens.Length);

    public override bool Begin(IReadOnlyList<int> items)
    {
        _listsOfStep = items.Count;
        return true;
    }

    public override void Learn(ReadOnlySpan<int> items, RandomStream random, Span<double> losses)
    {
        Fill(items);
        Step.Learn(Batch, random, wantsTokens: false, wantsValues: true);
        Judge(items, losses);
        Step.Back(default, _gradients.AsSpan(0, Batch.Rows.Count));
    }

    public override void Evaluate(ReadOnlySpan<int> items, Span<double> losses)
    {
        Fill(items);
        Step.Read(Batch, Step.Adapter, wantsTokens: false, wantsValues: true);
        Judge(items, losses);
    }

    private void Fill(ReadOnlySpan<int> items)
    {
        Batch.Clear();
        foreach (var item in items)
        {
            Batch.BeginItem();
            foreach (var text in lists[item].Texts)
                Batch.Add(text, withLast: true);
        }
        if (_gradients.Length < Batch.Rows.Count)
            _gradients = new float[Batch.Rows.Count];
    }

    private void Judge(ReadOnlySpan<int> items, Span<double> losses)
    {
        var next = 0;
        _gradients.AsSpan(0, Batch.Rows.Count).Clear();
        for (var item = 0; item < items.Length; item++)
        {
            var (count, margin) = (lists[items[item]].Texts.Length, lists[items[item]].Margin);
            var (scores, derivatives) = (new double[count], new double[count]);
            for (var i = 0; i < count; i++)
                scores[i] = Step.Values[Batch.Answers[next + i].Last];
            losses[item] = (margin is { } own ? loss with { Margin = own } : loss).Of(scores, derivatives) / _listsOfStep;
            for (var i = 0; i < count; i++)
                _gradients[Batch.Answers[next + i].Last] = (float)(derivatives[i] / _listsOfStep);
            Measure(scores);
            next += count;
        }
    }

    private void Measure(double[] scores)
    {
        for (var better = 0; better < scores.Length; better++)
            for (var worse = better + 1; worse < scores.Length; worse++)
            {
                Measures.Add("accuracy", scores[better] > scores[worse] ? 1 : 0);
                Measures.Add("margin", scores[better] - scores[worse]);
            }
        foreach (var score in scores)
            Measures.Add("reward", score);
    }
}
