using Pellucid.Models;
using Pellucid.Models.Adapters;
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
        var scores = Reward?.Of(answers) ?? [.. answers.Select(_ => double.NaN)];
        JudgedAnswer[] judged = [.. data.Judged.Select((question, i) => new JudgedAnswer(question, texts[i], answers[i].HasEnded,
            data.IsTrue(question, answers[i]), answers[i].HasEnded && question.IsPreferred(texts[i]), scores[i]))];
        Share ShareOf(Func<JudgedAnswer, bool> counts) => Share.Of(judged.Select(answer => (answer.Question.Text, counts(answer))));
        return new AssistantRow(stage, seconds)
        {
            Answers = answers.Length, Ended = ShareOf(answer => answer.HasEnded), Length = answers.Average(answer => answer.Said.Length),
            True = ShareOf(answer => answer.IsTrue), Preferred = ShareOf(answer => answer.IsPreferred),
            AnswerLoss = LossOf(step, data.Answered(data.Judged)), WorldLoss = LossOf(step, data.JudgedText),
            Score = scores.Average(), Divergence = Divergence(answers), Judged = judged,
        };
    }

    /// <summary>The row of the reward model, which scores from now on.</summary>
    /// <exception cref="OperationCanceledException">While answers are written.</exception>
    public AssistantRow RowOfReward(Adapter adapter, double seconds, CancellationToken cancellation)
    {
        _scoring = new TuningStep(gpt, adapter);
        Reward = new ModelReward("reward", _scoring, gpt.Backend, Together);
        Reward.Normalise(Answers(Reference!));
        return new AssistantRow("reward", seconds)
        {
            Answers = data.Judged.Count, Accuracy = Ordered(Pairs(data.Judged, cancellation)),
            Truth = Ordered(data.Pairs(data.Judged, question => question.False)),
            Form = Ordered(data.Pairs(data.Judged, question => question.Brief)),
        };
    }

    // The share of pairs, one of each judged question, that the reward model puts in their order.
    private Share Ordered(IReadOnlyList<PreferencePair> pairs)
    {
        var (better, worse) = (Scores(pairs.Select(pair => pair.Chosen)), Scores(pairs.Select(pair => pair.Rejected)));
        return Share.Of(data.Judged.Select((question, i) => (question.Text, better[i] > worse[i])));
    }

    private List<float> Scores(IEnumerable<TuningExample> answers)
    {
        using var batch = new AnswerBatch(gpt.Backend);
        var scores = new List<float>();
        foreach (var some in answers.Chunk(Together))
        {
            batch.Clear();
            foreach (var answer in some)
                batch.Add(answer, withLast: true);
            _scoring!.Read(batch, _scoring.Adapter, wantsTokens: false, wantsValues: true);
            for (var i = 0; i < some.Length; i++)
                scores.Add(_scoring.Values[batch.Answers[i].Last]);
        }
        return scores;
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
