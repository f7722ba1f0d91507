using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tuning.Losses;

namespace Pellucid.Tuning.Methods;

/// <summary>An answer that is called desirable or not.</summary>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Answer">Tokens of the answer, which alone is learned.</param>
/// <param name="IsDesirable">What it is called.</param>
internal sealed record LabelledAnswer(int[] Prompt, int[] Answer, bool IsDesirable);

/// <summary>
/// KTO (Ethayarajh et al. 2024): the mean over answers of a <see cref="DesirabilityLoss"/>. Gains are measured from those of answers
/// that belong to the prompt before in the same step, the first one's to the last prompt; so a step needs two prompts at least.
/// </summary>
internal sealed class Desirability(TuningStep step, Backend backend, IReadOnlyList<LabelledAnswer> answers, DesirabilityLoss loss,
    TuningStep? reference = null) : TuningMethod(step, backend)
{
    private float[] _gradients = [];
    private int _answers;
    private double _baseline;

    public override int Count => answers.Count;

    public override int TokensOf(int item) => answers[item].Prompt.Length + answers[item].Answer.Length;

    public override bool Begin(IReadOnlyList<int> items)
    {
        _answers = items.Count;
        _baseline = DesirabilityLoss.Baseline([.. Enumerable.Range(0, items.Count).Chunk(Together).SelectMany(some =>
        {
            Batch.Clear();
            foreach (var i in some)
                Batch.Add(TuningExample.Of(answers[items[i]].Prompt, answers[items[(i + items.Count - 1) % items.Count]].Answer));
            var then = Sums(reference?.Adapter, reference ?? Step);
            return Sums(Step.Adapter, Step).Zip(then, (after, before) => after - before);
        })]);
        Measures.Add("kl", _baseline);
        return true;
    }

    public override void Learn(ReadOnlySpan<int> items, RandomStream random, Span<double> losses)
    {
        var then = Prepare(items);
        Step.Learn(Batch, random);
        Judge(items, then, losses);
        Step.Back(_gradients.AsSpan(0, Batch.Rows.Count));
    }

    public override void Evaluate(ReadOnlySpan<int> items, Span<double> losses)
    {
        var then = Prepare(items);
        Step.Read(Batch, Step.Adapter);
        Judge(items, then, losses);
    }

    // What the reference says of the answers.
    private double[] Prepare(ReadOnlySpan<int> items)
    {
        Batch.Clear();
        foreach (var item in items)
        {
            Batch.BeginItem();
            Batch.Add(TuningExample.Of(answers[item].Prompt, answers[item].Answer));
        }
        if (_gradients.Length < Batch.Rows.Count)
            _gradients = new float[Batch.Rows.Count];
        return Sums(reference?.Adapter, reference ?? Step);
    }

    private double[] Sums(Adapter? adapter, TuningStep with)
    {
        with.Read(Batch, adapter);
        var sums = new double[Batch.Answers.Length];
        for (var i = 0; i < sums.Length; i++)
            sums[i] = Batch.Answers[i].Sum(with.LogProbabilities);
        return sums;
    }

    private void Judge(ReadOnlySpan<int> items, double[] then, Span<double> losses)
    {
        for (var i = 0; i < items.Length; i++)
        {
            var (rows, desirable) = (Batch.Answers[i], answers[items[i]].IsDesirable);
            var gain = rows.Sum(Step.LogProbabilities) - then[i];
            var (value, byToken) = loss.Of(gain, desirable, _baseline);
            losses[i] = value / _answers;
            _gradients.AsSpan(rows.First, rows.Count).Fill((float)(byToken / _answers));
            Measures.Add(desirable ? "rewards_desirable" : "rewards_undesirable", loss.Beta * gain);
        }
    }
}
