using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Methods;
using Pellucid.Tuning.Policies;
using Pellucid.Worlds;

namespace Pellucid.Tuning.Assistant;

/// <summary>Judges what a stage of the recipe left: by rules that know the truth, and by the reward model that does not.</summary>
internal sealed class AssistantJudge(Gpt gpt, AssistantData data, IReadOnlyList<int> ends, ulong seed) : IDisposable
{
    private const int Together = 32, LongestAnswer = 16;
    private const float Adventurous = 1.2f; // so that more answers are wrong, and of use as rejected ones

    private TuningStep? _scoring;

    /// <summary>What later stages are not to leave.</summary>
    public Adapter? Reference { get; set; }

    /// <summary>The reward model, once there is one.</summary>
    public ModelReward? Reward { get; private set; }

    /// <summary>Answers of a model with that adapter.</summary>
    public Rollouts Rollouts(Adapter adapter, ulong ownSeed, float temperature = 1) =>
        new(gpt, adapter, new RolloutOptions { MaxTokens = LongestAnswer, Ends = ends, Seed = ownSeed, Temperature = temperature });

    /// <summary>Pairs of answers to questions, the rejected ones as the reference wrote them where those are false.</summary>
    /// <exception cref="OperationCanceledException">While answers are written.</exception>
    public IReadOnlyList<PreferencePair> Pairs(IReadOnlyList<WorldQuestion> questions, CancellationToken cancellation)
    {
        using var rollouts = Rollouts(Reference!, seed + 4, Adventurous);
        return data.Pairs(questions, rollouts.Write(data.Prompts(questions), 0, cancellation));
    }

    /// <summary>The row of a stage whose model answers.</summary>
    public AssistantRow Row(string stage, Adapter adapter, double seconds)
    {
        var answers = Answers(adapter);
        var texts = answers.Select(answer => data.Text(answer.Said)).ToArray();
        using var step = new TuningStep(gpt, adapter);
        Share ShareOf(Func<int, bool> counts) => Share.Of(data.Judged.Select((question, i) => (question.Text, counts(i))));
        return new AssistantRow(stage, seconds)
        {
            Answers = answers.Length, Ended = ShareOf(i => answers[i].HasEnded), Length = answers.Average(answer => answer.Said.Length),
            True = ShareOf(i => data.IsTrue(data.Judged[i], answers[i])),
            Preferred = ShareOf(i => answers[i].HasEnded && data.Judged[i].IsPreferred(texts[i])),
            AnswerLoss = LossOf(step, data.Answered(data.Judged)), WorldLoss = LossOf(step, data.JudgedText),
            Score = Reward?.Of(answers).Average() ?? double.NaN, Divergence = Divergence(answers),
        };
    }

    /// <summary>The row of the reward model, which scores from now on.</summary>
    /// <exception cref="OperationCanceledException">While answers are written.</exception>
    public AssistantRow RowOfReward(Adapter adapter, double seconds, CancellationToken cancellation)
    {
        _scoring = new TuningStep(gpt, adapter);
        var pairs = Pairs(data.Judged, cancellation);
        using var ranking = new Ranking(_scoring, gpt.Backend, pairs, new RankingLoss());
        var ranked = new List<(string, bool)>();
        for (var pair = 0; pair < pairs.Count; pair++)
        {
            ranking.Begin([pair]);
            ranking.Measures.Clear();
            ranking.Evaluate([pair]);
            ranked.Add((data.Judged[pair].Text, ranking.Measures.Means.ToDictionary()["accuracy"] == 1));
        }
        Reward = new ModelReward("reward", _scoring, gpt.Backend, Together);
        Reward.Normalise(Answers(Reference!));
        return new AssistantRow("reward", seconds)
        {
            Answers = data.Judged.Count, Accuracy = Share.Of(ranked),
        };
    }

    /// <summary>Gives the memory back; adapters stay.</summary>
    public void Dispose()
    {
        Reward?.Dispose();
        _scoring?.Dispose();
    }

    private Rollout[] Answers(Adapter adapter)
    {
        using var rollouts = Rollouts(adapter, seed + 3);
        return rollouts.Write(data.Prompts(data.Judged), 0, CancellationToken.None);
    }

    private double Divergence(Rollout[] answers)
    {
        if (Reference is null)
            return double.NaN;
        using var step = new TuningStep(gpt, Reference);
        using var batch = new AnswerBatch(gpt.Backend);
        var sum = 0.0;
        foreach (var some in answers.Chunk(Together))
        {
            batch.Clear();
            foreach (var answer in some)
                batch.Add(answer.Example);
            step.Read(batch, Reference);
            for (var i = 0; i < some.Length; i++)
                sum += some[i].Old.Sum() - batch.Answers[i].Sum(step.LogProbabilities);
        }
        return sum / answers.Length;
    }

    private double LossOf(TuningStep step, IReadOnlyList<TuningExample> examples)
    {
        using var imitation = new Imitation(step, gpt.Backend, [.. examples.Select(example => new[] { example })]);
        return Items(imitation).Sum(items => imitation.Evaluate(items));
    }

    private static IEnumerable<int[]> Items(TuningMethod method)
    {
        int[] all = [.. Enumerable.Range(0, method.Count)];
        method.Begin(all);
        return all.Chunk(Together);
    }
}
