using Pellucid.Tensors;

namespace Pellucid.Tuning.Methods;

/// <summary>
/// Supervised fine-tuning: −Σ log p of all learned tokens of a step, over their number. So a step's loss does not depend on how it is
/// cut into leaves: it is the mean over tokens, not a mean of means. Where tokens have weights it is their weighted mean. An item is a
/// row of one or more texts.
/// </summary>
internal sealed class Imitation(TuningStep step, Backend backend, IReadOnlyList<TuningExample[]> rows) : TuningMethod(step, backend)
{
    private readonly bool _isWeighed = rows.Any(row => row.Any(text => text.Weights is not null));
    private double _learned; // what all learned tokens of the step weigh
    private float[] _gradients = [];

    public override int Count => rows.Count;

    public override int TokensOf(int item) => rows[item].Sum(text => text.Tokens.Length);

    public override bool Begin(IReadOnlyList<int> items)
    {
        _learned = items.Sum(item => rows[item].Sum(text => text.LearnedWeight));
        return _learned > 0;
    }

    public override double Learn(ReadOnlySpan<int> items, RandomStream random)
    {
        Fill(items);
        var loss = _isWeighed ? Weighed(random) : Step.CrossEntropy(Batch, 1f / (float)_learned, random) / _learned;
        Measures.Add("learned_tokens", Batch.Answers.ToArray().Sum(answer => answer.Learned));
        return loss;
    }

    public override double Evaluate(ReadOnlySpan<int> items)
    {
        Fill(items);
        Step.Read(Batch, Step.Adapter);
        return Sum() / _learned;
    }

    private double Weighed(RandomStream random)
    {
        Step.Learn(Batch, random);
        if (_gradients.Length < Batch.Rows.Count)
            _gradients = new float[Batch.Rows.Count];
        for (var row = 0; row < Batch.Rows.Count; row++)
            _gradients[row] = (float)(-Batch.Weights[row] / _learned);
        var loss = Sum() / _learned;
        Step.Back(_gradients.AsSpan(0, Batch.Rows.Count));
        return loss;
    }

    private double Sum()
    {
        var sum = 0.0;
        for (var row = 0; row < Batch.Rows.Count; row++)
            sum -= Batch.Weights[row] * (double)Step.LogProbabilities[row];
        return sum;
    }

    private void Fill(ReadOnlySpan<int> items)
    {
        Batch.Clear();
        foreach (var item in items)
            foreach (var text in rows[item])
                Batch.Add(text);
    }
}
