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
/// that belong to the prompt before in the same leaf, the first one's to the last prompt; so a leaf needs two prompts at least.
/// </summary>
internal sealed class Desirability(TuningStep step, Backend backend, IReadOnlyList<LabelledAnswer> answers, DesirabilityLoss loss,
    TuningStep? reference = null) : TuningMethod(step, backend)
{
    private float[] _gradients = [];
    private int _answers;

    public override int Count => answers.Count;

    public override int TokensOf(int item) => answers[item].Prompt.Length + answers[item].Answer.Length;

    public override bool Begin(IReadOnlyList<int> items)
    {
        _answers = items.Count;
        return true;
    }

    public override double Learn(ReadOnlySpan<int> items, RandomStream random)
    {
        var (baseline, then) = Prepare(items);
        Step.Learn(Batch, random);
        var sum = Judge(items, baseline, then);
        Step.Back(_gradients.AsSpan(0, Batch.Rows.Count));
        return sum;
    }

    public override double Evaluate(ReadOnlySpan<int> items)
    {
        var (baseline, then) = Prepare(items);
        Step.Read(Batch, Step.Adapter);
        return Judge(items, baseline, then);
    }

    private (double Baseline, double[] Then) Prepare(ReadOnlySpan<int> items)
    {
        Fill(items, shift: 1);
        var (then, now) = (Sums(reference?.Adapter, reference ?? Step), Sums(Step.Adapter, Step));
        var baseline = DesirabilityLoss.Baseline([.. now.Zip(then, (a, b) => a - b)]);
        Fill(items, shift: 0);
        if (_gradients.Length < Batch.Rows.Count)
            _gradients = new float[Batch.Rows.Count];
        Measures.Add("kl", baseline);
        return (baseline, Sums(reference?.Adapter, reference ?? Step));
    }

    // Each prompt with an answer: its own, or that of another before it.
    private void Fill(ReadOnlySpan<int> items, int shift)
    {
        Batch.Clear();
        for (var i = 0; i < items.Length; i++)
            Batch.Add(TuningExample.Of(answers[items[i]].Prompt, answers[items[(i + items.Length - shift) % items.Length]].Answer));
    }

    private double[] Sums(Adapter? adapter, TuningStep with)
    {
        with.Read(Batch, adapter);
        var sums = new double[Batch.Answers.Length];
        for (var i = 0; i < sums.Length; i++)
            sums[i] = Batch.Answers[i].Sum(with.LogProbabilities);
        return sums;
    }

    private double Judge(ReadOnlySpan<int> items, double baseline, double[] then)
    {
        var sum = 0.0;
        for (var i = 0; i < items.Length; i++)
        {
            var (rows, desirable) = (Batch.Answers[i], answers[items[i]].IsDesirable);
            var gain = rows.Sum(Step.LogProbabilities) - then[i];
            var (value, byToken) = loss.Of(gain, desirable, baseline);
            sum += value;
            _gradients.AsSpan(rows.First, rows.Count).Fill((float)(byToken / _answers));
            Measures.Add(desirable ? "rewards_desirable" : "rewards_undesirable", loss.Beta * gain);
        }
        return sum / _answers;
    }
}
