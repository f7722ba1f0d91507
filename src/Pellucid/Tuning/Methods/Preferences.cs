using Pellucid.Tensors;
using Pellucid.Tuning.Losses;

namespace Pellucid.Tuning.Methods;

/// <summary>Two answers to one prompt, the first preferred.</summary>
/// <param name="Chosen">The prompt and the preferred answer, which alone is learned.</param>
/// <param name="Rejected">The prompt and the other one.</param>
internal sealed record PreferencePair(TuningExample Chosen, TuningExample Rejected);

/// <summary>
/// DPO and its relatives: the mean over pairs of a <see cref="PreferenceLoss"/>, and, where a weight says so, of the preferred answer's
/// likelihood a token (RPO, Pang et al. 2024; the first half of ORPO). What is compared with is the model without its adapter, unless
/// another model is given, or the same one with another adapter; its log-probabilities are computed once a pair.
/// </summary>
internal sealed class Preferences(TuningStep step, Backend backend, IReadOnlyList<PreferencePair> pairs, PreferenceLoss loss,
    double likelihoodWeight = 0, TuningStep? reference = null) : TuningMethod(step, backend)
{
    private readonly Dictionary<int, (double Chosen, double Rejected)> _references = [];
    private float[] _gradients = [];
    private int _pairsOfStep;

    public override int Count => pairs.Count;

    public override int TokensOf(int item) => pairs[item].Chosen.Tokens.Length + pairs[item].Rejected.Tokens.Length;

    public override bool Begin(IReadOnlyList<int> items)
    {
        _pairsOfStep = items.Count;
        return true;
    }

    public override void Learn(ReadOnlySpan<int> items, RandomStream random, Span<double> losses)
    {
        Prepare(items);
        Step.Learn(Batch, random);
        Judge(items, losses);
        Step.Back(_gradients.AsSpan(0, Batch.Rows.Count));
    }

    public override void Evaluate(ReadOnlySpan<int> items, Span<double> losses)
    {
        Prepare(items);
        Step.Read(Batch, Step.Adapter);
        Judge(items, losses);
    }

    // References first: they pass through the same memory.
    private void Prepare(ReadOnlySpan<int> items)
    {
        Batch.Clear();
        foreach (var item in items)
        {
            Batch.BeginItem();
            Batch.Add(pairs[item].Chosen);
            Batch.Add(pairs[item].Rejected);
        }
        if (_gradients.Length < Batch.Rows.Count)
            _gradients = new float[Batch.Rows.Count];
        if (!loss.HasReference || items.ToArray().All(_references.ContainsKey))
            return;
        var other = reference ?? Step;
        other.Read(Batch, reference?.Adapter);
        for (var i = 0; i < items.Length; i++)
            _references[items[i]] = (Batch.Answers[2 * i].Sum(other.LogProbabilities),
                Batch.Answers[2 * i + 1].Sum(other.LogProbabilities));
    }

    private void Judge(ReadOnlySpan<int> items, Span<double> losses)
    {
        for (var i = 0; i < items.Length; i++)
        {
            var (chosen, rejected) = (Batch.Answers[2 * i], Batch.Answers[2 * i + 1]);
            var then = _references.GetValueOrDefault(items[i]);
            var pair = new AnswerPair(chosen.Sum(Step.LogProbabilities), rejected.Sum(Step.LogProbabilities),
                Math.Max(1, chosen.Learned), Math.Max(1, rejected.Learned))
            {
                ReferenceChosen = then.Chosen, ReferenceRejected = then.Rejected,
            };
            var (value, byChosen, byRejected) = loss.Of(pair);
            losses[i] = (value - likelihoodWeight * pair.MeanChosen) / _pairsOfStep;
            Fill(chosen, byChosen - likelihoodWeight / pair.ChosenTokens);
            Fill(rejected, byRejected);
            Measure(pair);
        }
    }

    // A row without a target has log-probability 0 whatever the model says: no gradient flows from it.
    private void Fill(RowRange answer, double gradient) =>
        _gradients.AsSpan(answer.First, answer.Count).Fill((float)(gradient / _pairsOfStep));

    private void Measure(in AnswerPair pair)
    {
        if (loss.HasReference)
        {
            Measures.Add("rewards_chosen", loss.Beta * (pair.Chosen - pair.ReferenceChosen));
            Measures.Add("rewards_rejected", loss.Beta * (pair.Rejected - pair.ReferenceRejected));
            Measures.Add("margin", loss.Beta * pair.Margin);
        }
        else
            Measures.Add("margin", loss.Beta * (pair.MeanChosen - pair.MeanRejected));
        Measures.Add("accuracy", (loss.HasReference ? pair.Margin : pair.MeanChosen - pair.MeanRejected) > 0 ? 1 : 0);
        Measures.Add("log_probability_chosen", pair.Chosen);
        Measures.Add("log_probability_rejected", pair.Rejected);
    }
}
