using Pellucid.Tensors;
using Pellucid.Tuning.Losses;

namespace Pellucid.Tuning.Policies;

/// <summary>
/// PPO as InstructGPT has it (Ouyang et al. 2022): each token's reward is the price of its divergence from the reference, the last one's
/// the score as well; a head of the policy expects what is to come; advantages are generalised (GAE) and whitened over the whole step.
/// Beside it the policy may learn from texts, so that it does not forget them (PPO-ptx).
/// </summary>
internal sealed class ProximalPolicy : PolicyMethod
{
    private readonly ProximalOptions _own;
    private readonly ValueLoss _valueLoss;
    private readonly IReadOnlyList<TuningExample> _texts;
    private readonly ShuffledItems? _order;
    private readonly Dictionary<int, int> _textOf = [];
    private double _kl;
    private long _learned;

    /// <exception cref="ArgumentException">The options make no sense, or the adapter has no head.</exception>
    public ProximalPolicy(PolicyParts parts, PolicyOptions options, ProximalOptions own, IReadOnlyList<TuningExample>? texts = null)
        : base(parts, options)
    {
        options.Validate();
        if (parts.Step.Adapter?.HeadIndex is null)
            throw new ArgumentException("PPO expects rewards by a head of the adapter, which has none");
        (_own, _valueLoss, _kl, _texts) = (own, new ValueLoss(own.ValueClip), options.KlInReward, texts ?? []);
        _order = _texts.Count > 0 ? new ShuffledItems(_texts.Count, options.Seed + 1) : null;
    }

    public override double? State
    {
        get => _own.KlTarget is null ? null : _kl;
        set => _kl = value ?? _kl;
    }

    protected override bool HasValues => true;

    protected override double KlInReward => _kl;

    protected override void Weigh()
    {
        var rewards = Written.Select(RewardsOf).ToArray();
        if (_own.WhitenRewards)
            WhitenTogether(rewards, keepMean: true);
        foreach (var (rollout, ofTokens) in Written.Zip(rewards))
        {
            (rollout.Advantages, rollout.Returns) = (new double[rollout.Length], new double[rollout.Length]);
            Advantages.Generalised(ofTokens, rollout.Values, _own.Gamma, _own.Lambda, rollout.Advantages, rollout.Returns);
        }
        WhitenTogether([.. Written.Select(rollout => rollout.Advantages)], keepMean: false);
    }

    public override bool Begin(IReadOnlyList<int> items)
    {
        base.Begin(items);
        if (_order is null)
            return true;
        _textOf.Clear();
        var texts = _order.Of(Update, items.Count);
        for (var i = 0; i < texts.Length; i++)
            _textOf.Add(items[i], texts[i]);
        _learned = Math.Max(1, texts.Sum(text => (long)_texts[text].LearnedCount));
        return true;
    }

    public override void Learn(ReadOnlySpan<int> items, RandomStream random, Span<double> losses)
    {
        base.Learn(items, random, losses);
        if (_order is not null)
            LearnTexts(items, random, losses);
    }

    public override void End()
    {
        base.End();
        if (_own.KlTarget is not { } target)
            return;
        Measures.Add("objective/kl_coef", _kl);
        var above = Written.Average(rollout => rollout.Divergence) / target - 1;
        _kl *= 1 + Math.Clamp(above, -0.2, 0.2) * Written.Length / _own.KlHorizon;
    }

    protected override double JudgeValues(Rollout rollout, ReadOnlySpan<float> values, double share, Span<float> byValue)
    {
        var sum = 0.0;
        for (var t = 0; t < values.Length; t++)
        {
            var (loss, slope) = _valueLoss.Of(values[t], rollout.Values[t], rollout.Returns[t]);
            byValue[t] = (float)(_own.ValueWeight * share * slope);
            sum += loss;
        }
        Measures.Add("loss/value", sum / values.Length, values.Length);
        return _own.ValueWeight * share * sum;
    }

    // The score is the last token's, whichever it is; there is none after it.
    private double[] RewardsOf(Rollout rollout)
    {
        var rewards = new double[rollout.Length];
        for (var t = 0; t < rewards.Length; t++)
            rewards[t] = -_kl * KlEstimate.K1.Of(rollout.Old[t], rollout.Reference[t]).Value;
        rewards[^1] += rollout.Score;
        return rewards;
    }

    // An update has as many texts as answers, one for each.
    private void LearnTexts(ReadOnlySpan<int> items, RandomStream random, Span<double> losses)
    {
        Batch.Clear();
        foreach (var item in items)
        {
            Batch.BeginItem();
            Batch.Add(_texts[_textOf[item]]);
        }
        var weight = _own.TextWeight / _learned;
        Step.CrossEntropy(Batch, (float)weight, random);
        for (var i = 0; i < items.Length; i++)
        {
            var (sum, tokens) = (-Batch.Answers[i].Sum(Step.LogProbabilities), _texts[_textOf[items[i]]].LearnedCount);
            Measures.Add("loss/text", sum / Math.Max(1, tokens), tokens);
            losses[i] += weight * sum;
        }
    }

    private static void WhitenTogether(double[][] rows, bool keepMean)
    {
        var all = rows.SelectMany(row => row).ToArray();
        Advantages.Whiten(all, keepMean);
        var next = 0;
        foreach (var row in rows)
            foreach (ref var value in row.AsSpan())
                value = all[next++];
    }
}
