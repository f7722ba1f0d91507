using Pellucid.Tensors;

namespace Pellucid.Tuning.Methods;

/// <summary>
/// Supervised fine-tuning: −Σ log p of all learned tokens of a step, over their number. So a step's loss does not depend on how it is
/// cut into leaves: it is the mean over tokens, not a mean of means. An item is a row of one or more texts.
/// </summary>
internal sealed class Imitation(TuningStep step, Backend backend, IReadOnlyList<TuningExample[]> rows) : TuningMethod(step, backend)
{
    private long _learned;

    public override int Count => rows.Count;

    public override int TokensOf(int item) => rows[item].Sum(text => text.Tokens.Length);

    public override bool Begin(IReadOnlyList<int> items)
    {
        _learned = items.Sum(item => rows[item].Sum(text => (long)text.LearnedCount));
        return _learned > 0;
    }

    public override double Learn(ReadOnlySpan<int> items, RandomStream random)
    {
        Fill(items);
        var loss = Step.CrossEntropy(Batch, 1f / _learned, random) / _learned;
        Measures.Add("learned_tokens", Batch.Answers.ToArray().Sum(answer => answer.Learned));
        return loss;
    }

    public override double Evaluate(ReadOnlySpan<int> items)
    {
        Fill(items);
        Step.Read(Batch, Step.Adapter);
        var sum = 0.0;
        foreach (var answer in Batch.Answers)
            sum -= answer.Sum(Step.LogProbabilities);
        return sum / _learned;
    }

    private void Fill(ReadOnlySpan<int> items)
    {
        Batch.Clear();
        foreach (var item in items)
            foreach (var text in rows[item])
                Batch.Add(text);
    }
}
