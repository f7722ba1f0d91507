using Pellucid.Tests.Models;
using Pellucid.Tuning;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Methods;

namespace Pellucid.Tests.Tuning.Methods;

/// <summary>What parts of a step weigh in its loss and in its gradients: tokens of an example, pairs of a ranked list.</summary>
public sealed class WeightTests
{
    [Fact]
    public void A_loss_is_the_mean_of_tokens_by_their_weights_and_so_is_its_gradient()
    {
        using var run = new TuningModel(dropout: 0);
        var (one, other) = (Example(0), Example(1));
        var (lossOfOne, byOne) = Step(run, one);
        var (lossOfOther, byOther) = Step(run, other);
        var (equal, byEqual) = Step(run, Weighed(one, 2), Weighed(other, 2));
        var (plain, byPlain) = Step(run, one, other);
        Assert.Equal(plain, equal, 1e-6);
        Near(byPlain, byEqual);
        var (weighed, byWeighed) = Step(run, one, Weighed(other, 0.5f));
        double whole = one.LearnedCount + 0.5 * other.LearnedCount, share = one.LearnedCount / whole;
        Assert.Equal(share * lossOfOne + (1 - share) * lossOfOther, weighed, 1e-6);
        Near([.. byOne.Zip(byOther, (a, b) => (float)(share * a + (1 - share) * b))], byWeighed);
    }

    [Fact]
    public void A_ranked_list_teaches_what_all_its_pairs_do()
    {
        using var run = new TuningModel(hasHead: true);
        TuningExample[] texts = [Example(0), Example(1), Example(2)];
        var (whole, byWhole) = Learned(run, new Ranking(run.Step, run.Backend, [new RankedAnswers(texts)], new RankingLoss()));
        (int Better, int Worse)[] all = [(0, 1), (0, 2), (1, 2)];
        var (mean, byMean) = Learned(run, new Ranking(run.Step, run.Backend,
            [.. all.Select(pair => new PreferencePair(texts[pair.Better], texts[pair.Worse]))], new RankingLoss()));
        Assert.Equal(mean, whole, 1e-6);
        Near(byMean, byWhole);
        var (wider, _) = Learned(run, new Ranking(run.Step, run.Backend, [new RankedAnswers(texts, Margin: 1)], new RankingLoss()));
        var (same, _) = Learned(run, new Ranking(run.Step, run.Backend, [new RankedAnswers(texts)], new RankingLoss { Margin = 1 }));
        Assert.Equal(same, wider);
        Assert.True(wider > whole);
    }

    private static TuningExample Example(int salt) =>
        TuningExample.Of(SmallGpt.Tokens(4, salt: salt), SmallGpt.Tokens(2 + 3 * salt, salt: 10 + salt));

    private static TuningExample Weighed(TuningExample example, float weight) =>
        example with { Weights = [.. Enumerable.Repeat(weight, example.Tokens.Length)] };

    private static (double, float[]) Step(TuningModel run, params TuningExample[] texts) =>
        Learned(run, new Imitation(run.Step, run.Backend, [.. texts.Select(text => new[] { text })]));

    private static (double Loss, float[] Gradients) Learned(TuningModel run, TuningMethod method)
    {
        using var learning = method;
        run.Adapter.Parameters.ClearGradients();
        int[] all = [.. Enumerable.Range(0, method.Count)];
        Assert.True(method.Begin(all));
        var loss = method.Learn(all, default);
        Assert.Equal(loss, method.Evaluate(all), 1e-6);
        var gradients = new float[run.Adapter.Parameters.AllGradients.Shape.Count];
        run.Backend.Read(run.Adapter.Parameters.AllGradients, gradients);
        Assert.Contains(gradients, value => value != 0);
        return (loss, gradients);
    }

    private static void Near(float[] expected, float[] found)
    {
        var largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(found), each => Assert.Equal(each.First, each.Second, 2e-5f * largest));
    }
}
