using System.Diagnostics;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Methods;
using static Pellucid.Tuning.Losses.Elementary;

namespace Pellucid.Tuning.Policies;

/// <summary>What a step of a policy is measured by, under the names that PPO's logs have.</summary>
internal sealed class PolicyMeasures(Measures measures)
{
    private readonly List<double> _ratios = []; // means, one an update
    private double _sum, _farthest, _speed;
    private long _tokens, _start;
    private int _updates;

    public void Begin()
    {
        _ratios.Clear();
        (_sum, _tokens, _updates, _farthest, _start) = (0, 0, 0, 1, Stopwatch.GetTimestamp());
    }

    /// <summary>Answers are there.</summary>
    public void TookToWrite(Rollout[] rollouts) => _speed = rollouts.Sum(rollout => (long)rollout.Length)
        / Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Measures answers that were scored.</summary>
    public void Describe(Rollout[] rollouts, double klInReward, int step)
    {
        foreach (var rollout in rollouts)
        {
            var (divergence, entropy) = (rollout.Divergence, -rollout.Old.Sum());
            measures.Add("objective/scores", rollout.Score);
            measures.Add("objective/kl", divergence);
            measures.Add("answer_length", rollout.Length);
            measures.Add("objective/entropy", entropy);
            measures.Add("objective/non_score_reward", -klInReward * divergence);
            measures.Add("objective/rlhf_reward", rollout.Score - klInReward * divergence);
            measures.Add("policy/entropy", entropy / rollout.Length, rollout.Length);
            measures.Add("val/num_eos_tokens", rollout.HasEnded ? 1 : 0);
        }
        if (Correlation([.. rollouts.Select(each => each.Score)], [.. rollouts.Select(each => (double)each.Length)]) is { } correlation)
            measures.Add("length_correlation", correlation);
        measures.Add("episode", (long)step * rollouts.Length);
        measures.Add("rollout_tokens_per_second", _speed);
    }

    public void BeginUpdate()
    {
        CloseUpdate();
        _updates++;
    }

    /// <summary>Measures an answer in an update.</summary>
    public void Update(Rollout rollout, double[] now, PolicyLoss loss)
    {
        var (squares, clipped, ratios) = (0.0, 0, 0.0);
        for (var t = 0; t < now.Length; t++)
        {
            var (delta, ratio) = (now[t] - rollout.Old[t], Exp(now[t] - rollout.Old[t]));
            (squares, ratios) = (squares + delta * delta / 2, ratios + ratio);
            clipped += loss.Clips(ratio, rollout.Advantages[t]) ? 1 : 0;
            if (_updates == 1 && Math.Abs(ratio - 1) > Math.Abs(_farthest - 1))
                _farthest = ratio;
        }
        measures.Add("policy/approxkl_avg", squares / now.Length, now.Length);
        measures.Add("policy/clipfrac_avg", (double)clipped / now.Length, now.Length);
        measures.Add("val/ratio", ratios / now.Length, now.Length);
        _sum += ratios;
        _tokens += now.Length;
    }

    public void End()
    {
        CloseUpdate();
        var mean = _ratios.Count > 0 ? _ratios.Average() : 1;
        measures.Add("val/ratio_var", _ratios.Count > 0 ? _ratios.Sum(ratio => (ratio - mean) * (ratio - mean)) / _ratios.Count : 0);
        measures.Add("ratio_first", _farthest);
    }

    private void CloseUpdate()
    {
        if (_tokens > 0)
            _ratios.Add(_sum / _tokens);
        (_sum, _tokens) = (0, 0);
    }

    /// <summary>Pearson's; null where one of the two does not vary.</summary>
    public static double? Correlation(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        var (xy, xx, yy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            var (awayX, awayY) = (x[i] - meanX, y[i] - meanY);
            (xy, xx, yy) = (xy + awayX * awayY, xx + awayX * awayX, yy + awayY * awayY);
        }
        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : null;
    }
}
