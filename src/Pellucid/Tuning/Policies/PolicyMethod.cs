using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Methods;

namespace Pellucid.Tuning.Policies;

/// <summary>
/// A model that learns from answers of its own: it writes some to the prompts of a step, they are scored, each token is told how much
/// better it was than expected, and the clipped surrogate makes those likelier that were. What differs from method to method is
/// what was expected (<see cref="Weigh"/>), and what a token weighs.
/// </summary>
internal abstract class PolicyMethod : TuningMethod
{
    private const uint Purpose = 1 << 22;

    private readonly PolicyParts _parts;
    private readonly PolicyMeasures _measured;
    private float[] _byToken = [], _byValue = [];
    private long _tokens;
    private int _answers, _updatesBefore, _update;

    /// <exception cref="ArgumentException">The options make no sense.</exception>
    protected PolicyMethod(PolicyParts parts, PolicyOptions options) : base(parts.Step, parts.Backend)
    {
        (_parts, Options, _measured) = (parts, options, new PolicyMeasures(Measures));
    }

    public sealed override int Count => _parts.Prompts.Count;

    /// <summary>How it learns.</summary>
    protected PolicyOptions Options { get; }

    /// <summary>The answers of the step; tests have it learn from recorded ones.</summary>
    public Rollout[] Written { get; internal set; } = [];

    /// <summary>Whether a head of the adapter expects rewards.</summary>
    protected virtual bool HasValues => false;

    /// <summary>Weight of the divergence in rewards, now.</summary>
    protected virtual double KlInReward => Options.KlInReward;

    /// <summary>The update that was begun, from 1, of all of the run.</summary>
    protected int Update => _updatesBefore + _update;

    public sealed override int TokensOf(int item) => Written[item].Example.Tokens.Length;

    public sealed override int UpdateSize(int batch) => batch * Options.Answers % Options.Minibatches == 0
        ? batch * Options.Answers / Options.Minibatches
        : throw new ArgumentException($"{batch * Options.Answers} answers cannot be shared by {Options.Minibatches} minibatches");

    /// <summary>Sets advantages, and returns where values are learned, of all answers of the step.</summary>
    protected abstract void Weigh();

    public sealed override IReadOnlyList<int[]> Prepare(int[] items, int step, CancellationToken cancellation)
    {
        _measured.Begin();
        (_updatesBefore, _update) = (Math.Max(0, step - 1) * Options.Passes * Options.Minibatches, 0);
        Written = _parts.Rollouts.Write([.. items.SelectMany(item => Enumerable.Repeat(_parts.Prompts[item], Options.Answers))], step,
            cancellation);
        _measured.TookToWrite(Written);
        ReadAll(_parts.Reference ?? Step, _parts.Reference?.Adapter, wantsTokens: true, (rollout, rows, of) =>
            rollout.Reference = Taken(of.LogProbabilities, rollout, rows));
        if (HasValues)
            ReadAll(Step, Step.Adapter, wantsTokens: false, (rollout, rows, of) => rollout.Values = Taken(of.Values, rollout, rows));
        Score(step);
        Weigh();
        _measured.Describe(Written, KlInReward, step);
        return step == 0 ? [[.. Enumerable.Range(0, Written.Length)]] : [.. Updates(step)];
    }

    public override bool Begin(IReadOnlyList<int> items)
    {
        (_answers, _tokens) = (items.Count, items.Sum(item => (long)Written[item].Length));
        _update++;
        _measured.BeginUpdate();
        return true;
    }

    public override void Learn(ReadOnlySpan<int> items, RandomStream random, Span<double> losses)
    {
        Fill(items);
        Step.Learn(Batch, random, wantsTokens: true, wantsValues: HasValues);
        _byToken.AsSpan(0, Batch.Rows.Count).Clear();
        _byValue.AsSpan(0, Batch.Rows.Count).Clear();
        for (var i = 0; i < items.Length; i++)
            losses[i] = Judge(Written[items[i]], Written[items[i]].FirstRow(Batch.Answers[i]));
        Step.Back(_byToken.AsSpan(0, Batch.Rows.Count), HasValues ? _byValue.AsSpan(0, Batch.Rows.Count) : default);
    }

    /// <summary>What is to be made small where it is evaluated: the mean of the divergence's price less the score.</summary>
    public sealed override void Evaluate(ReadOnlySpan<int> items, Span<double> losses)
    {
        for (var i = 0; i < items.Length; i++)
            losses[i] = (Math.Max(Options.KlInReward, Options.Loss.KlWeight) * Written[items[i]].Divergence - Written[items[i]].Score)
                / _answers;
    }

    public override void End() => _measured.End();

    /// <summary>Loss of an answer's values, and derivatives by them.</summary>
    /// <param name="rollout">The answer.</param>
    /// <param name="values">Of its tokens, now.</param>
    /// <param name="share">What a token weighs.</param>
    /// <param name="byValue">Receives the derivatives.</param>
    protected virtual double JudgeValues(Rollout rollout, ReadOnlySpan<float> values, double share, Span<float> byValue) => 0;

    private double Judge(Rollout rollout, int first)
    {
        var (now, gradients) = (Doubles(Step.LogProbabilities.Slice(first, rollout.Length)), new double[rollout.Length]);
        var weight = Options.Weights.Of(rollout.Length, _answers, _tokens, _parts.Rollouts.MaxTokens);
        var loss = Options.Loss.Of(now, rollout.Old, rollout.Reference, rollout.Advantages, weight, gradients);
        for (var t = 0; t < gradients.Length; t++)
            _byToken[first + t] = (float)gradients[t];
        _measured.Update(rollout, now, Options.Loss);
        Measures.Add("loss/policy", loss * _answers);
        if (!HasValues)
            return loss;
        var ofValues = JudgeValues(rollout, Step.Values.Slice(first, rollout.Length), 1.0 / _tokens,
            _byValue.AsSpan(first, rollout.Length));
        return loss + ofValues;
    }

    private void Score(int step)
    {
        var scores = _parts.Reward.Of(Written);
        for (var i = 0; i < scores.Length; i++)
        {
            if (!double.IsFinite(scores[i]))
                throw new RewardException($"the reward {_parts.Reward.Name} of an answer of step {step} is not a number ({scores[i]})");
            Written[i].Score = scores[i] - (Written[i].HasEnded ? 0 : Options.MissingEndPenalty);
        }
    }

    // The first update takes answers as they were written; with several of a pass, each pass shuffles them.
    private IEnumerable<int[]> Updates(int step)
    {
        var key = CounterRandom.Key(Options.Seed, Purpose, (ulong)step);
        for (var pass = 0; pass < Options.Passes; pass++)
        {
            var order = Options.Minibatches == 1 ? [.. Enumerable.Range(0, Written.Length)]
                : new ShuffledItems(Written.Length, CounterRandom.LongBits(key, (ulong)pass)).Of(1, Written.Length);
            foreach (var update in order.Chunk(Written.Length / Options.Minibatches))
                yield return update;
        }
    }

    private void ReadAll(TuningStep with, Adapter? adapter, bool wantsTokens, Action<Rollout, RowRange, TuningStep> take)
    {
        int[] all = [.. Enumerable.Range(0, Written.Length)];
        foreach (var some in all.Chunk(Together))
        {
            Fill(some);
            with.Read(Batch, adapter, wantsTokens, wantsValues: !wantsTokens);
            for (var i = 0; i < some.Length; i++)
                take(Written[some[i]], Batch.Answers[i], with);
        }
    }

    private void Fill(ReadOnlySpan<int> items)
    {
        Batch.Clear();
        foreach (var item in items)
        {
            Batch.BeginItem();
            Batch.Add(Written[item].Example);
        }
        if (_byToken.Length < Batch.Rows.Count)
            (_byToken, _byValue) = (new float[Batch.Rows.Count], new float[Batch.Rows.Count]);
    }

    private static double[] Taken(ReadOnlySpan<float> ofRows, Rollout rollout, RowRange rows) =>
        Doubles(ofRows.Slice(rollout.FirstRow(rows), rollout.Length));

    private static double[] Doubles(ReadOnlySpan<float> values)
    {
        var doubles = new double[values.Length];
        for (var i = 0; i < doubles.Length; i++)
            doubles[i] = values[i];
        return doubles;
    }
}
