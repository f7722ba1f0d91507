using System.Text.Json;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Policies;

namespace Pellucid.Tests.Tuning.Losses;

/// <summary>
/// A step of TRL's PPO from its recorded log-probabilities and values. TRL adds the score one place after the last token where
/// the row has room, trains the value there, and divides variances by n − 1; we do none of it by default.
/// </summary>
internal sealed class TrlPpoStep
{
    private readonly JsonElement _case, _options;
    private readonly int[] _tokens, _places; // of each response: tokens, and those with the place after the end
    private readonly double[][] _advantages, _returns;

    public TrlPpoStep(JsonElement each)
    {
        (_case, _options) = (each, each.GetProperty("options"));
        var (old, values, reference) = (Inputs("old_logprobs"), Inputs("old_values"), each.Rows("ref_logprobs"));
        _tokens = [.. each.GetProperty("sequence_lengths").Integers().Select(last => last + 1)];
        _places = [.. _tokens.Select((tokens, i) => Math.Min(tokens + 1, old[i].Length))];
        var rewards = _places.Select((places, i) => Rewards(i, old[i], reference[i], places)).ToArray();
        if (_options.Truth("whiten_rewards"))
            WhitenTogether(rewards, keepMean: true);
        (_advantages, _returns) = ([.. values.Select(row => new double[row.Length])], [.. values.Select(row => new double[row.Length])]);
        for (var i = 0; i < values.Length; i++)
            Advantages.Generalised(Whole(rewards[i], values[i].Length), values[i], _options.Number("gamma"), _options.Number("lam"),
                _advantages[i], _returns[i]);
        _advantages = [.. _advantages.Select((row, i) => row[.._tokens[i]])];
        WhitenTogether(_advantages, keepMean: false);
    }

    /// <summary>Of each token of a response.</summary>
    public double[] AdvantagesOf(int i) => _advantages[i];

    /// <summary>What was expected of each place, the one after the end too, and what should have been.</summary>
    public (double[] Values, double[] Returns) ExpectedOf(int i) => (Inputs("old_values")[i][.._places[i]], _returns[i][.._places[i]]);

    /// <summary>The responses without padding.</summary>
    public Rollout[] Written(Action<Rollout, int> complete) => Written(_tokens, complete);

    /// <summary>Responses with a token after their end, where TRL has room for one: the value before it is that of the end itself.
    /// </summary>
    public Rollout[] WrittenWithTheEnd(Action<Rollout, int> complete) => Written(_places, complete);

    public double PolicyLoss()
    {
        var clip = _options.Number("cliprange");
        var loss = new PolicyLoss { ClipBelow = clip, ClipAbove = clip };
        var (now, old) = (_case.Rows("new_logprobs"), Inputs("old_logprobs"));
        return _tokens.Select((n, i) => loss.Of(now[i].AsSpan(0, n), old[i].AsSpan(0, n), [], _advantages[i], 1.0 / _tokens.Sum(),
            new double[n])).Sum();
    }

    public double ValueLoss()
    {
        var loss = new ValueLoss(_options.Number("cliprange_value"));
        var (now, old, sum) = (_case.Rows("new_values"), Inputs("old_values"), 0.0);
        for (var i = 0; i < now.Length; i++)
            for (var t = 0; t < _places[i]; t++)
                sum += loss.Of(now[i][t], old[i][t], _returns[i][t]).Loss;
        return sum / _places.Sum();
    }

    private Rollout[] Written(int[] lengths, Action<Rollout, int> complete)
    {
        var (inputs, old) = (_case.GetProperty("inputs"), Inputs("old_logprobs"));
        var (queries, responses) = (inputs.IntegerRows("queries"), inputs.IntegerRows("responses"));
        return [.. lengths.Select((length, i) =>
        {
            var rollout = new Rollout([.. queries[i].SkipWhile(token => token == 0)], responses[i][..length], old[i][..length],
                hasEnded: true);
            complete(rollout, i);
            return rollout;
        })];
    }

    private double[] Rewards(int i, double[] old, double[] reference, int places)
    {
        var estimate = _options.Text("kl_estimator") == "k1" ? KlEstimate.K1 : KlEstimate.K3;
        var rewards = new double[places];
        for (var t = 0; t < _tokens[i]; t++)
            rewards[t] = -_options.Number("kl_coef") * estimate.Of(old[t], reference[t]).Value;
        rewards[^1] += _case.Numbers("scores")[i];
        return rewards;
    }

    private static double[] Whole(double[] row, int length) => [.. row, .. new double[length - row.Length]];

    private static void WhitenTogether(double[][] rows, bool keepMean)
    {
        var all = rows.SelectMany(row => row).ToArray();
        Advantages.Whiten(all, keepMean, unbiased: true);
        var next = 0;
        foreach (var row in rows)
            foreach (ref var value in row.AsSpan())
                value = all[next++];
    }

    private double[][] Inputs(string field) => _case.GetProperty("inputs").Rows(field);
}
