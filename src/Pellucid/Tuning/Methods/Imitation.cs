using Pellucid.Tensors;
using Pellucid.Tuning.Losses;

namespace Pellucid.Tuning.Methods;

/// <summary>
/// Supervised fine-tuning: −Σ log p of all learned tokens of a step, over their number. So a token counts as much in a short text as in
/// a long one: it is the mean over tokens, not a mean of means. Where tokens have weights it is their weighted mean. An item is a
/// row of one or more texts. With <paramref name="byProbability"/> a token weighs as much as it is likely, and that is no part of the
/// gradient, so that what the model would never say pulls less (dynamic fine-tuning, Wu et al. 2025).
/// </summary>
internal sealed class Imitation(TuningStep step, Backend backend, IReadOnlyList<TuningExample[]> rows, bool byProbability = false)
    : TuningMethod(step, backend)
{
    private readonly bool _isWeighed = byProbability || rows.Any(row => row.Any(text => text.Weights is not null));
    private double _learned; // what all learned tokens of the step weigh
    private float[] _gradients = [];

    public override int Count => rows.Count;

    public override int TokensOf(int item) => rows[item].Sum(text => text.Tokens.Length);

    public override bool Begin(IReadOnlyList<int> items)
    {
        _learned = items.Sum(item => rows[item].Sum(text => text.LearnedWeight));
        return _learned > 0;
    }

    public override void Learn(ReadOnlySpan<int> items, RandomStream random, Span<double> losses)
    {
        Fill(items);
        if (_isWeighed)
            LearnWeighed(random);
        else
            Step.CrossEntropy(Batch, 1f / (float)_learned, random);
        Sum(losses);
        foreach (var item in items)
            Measures.Add("learned_tokens", rows[item].Sum(text => text.LearnedCount));
    }

    public override void Evaluate(ReadOnlySpan<int> items, Span<double> losses)
    {
        Fill(items);
        Step.Read(Batch, Step.Adapter);
        Sum(losses);
    }

    private void LearnWeighed(RandomStream random)
    {
        Step.Learn(Batch, random);
        if (_gradients.Length < Batch.Rows.Count)
            _gradients = new float[Batch.Rows.Count];
        for (var row = 0; row < Batch.Rows.Count; row++)
            _gradients[row] = (float)(-WeightOf(row) / _learned);
        Step.Back(_gradients.AsSpan(0, Batch.Rows.Count));
    }

    private double WeightOf(int row) =>
        Batch.Weights[row] * (byProbability ? Elementary.Exp(Step.LogProbabilities[row]) : 1);

    private void Sum(Span<double> losses)
    {
        var starts = Batch.Starts;
        for (var item = 0; item < losses.Length; item++)
        {
            losses[item] = 0;
            for (var row = starts[item]; row < starts[item + 1]; row++)
                losses[item] -= WeightOf(row) * Step.LogProbabilities[row];
            losses[item] /= _learned;
        }
    }

    private void Fill(ReadOnlySpan<int> items)
    {
        Batch.Clear();
        foreach (var item in items)
        {
            Batch.BeginItem();
            foreach (var text in rows[item])
                Batch.Add(text);
        }
    }
}
