using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Evaluation;

/// <summary>What a model makes of one question.</summary>
/// <param name="Question">The question.</param>
/// <param name="Said">Whether the model, always taking its likeliest token, would say the answer.</param>
/// <param name="LogProbability">ln P(answer | prompt), the sum over the answer's tokens.</param>
/// <param name="LogOdds">ln P(answer) − ln P(likeliest alternative); for single tokens the difference of their logits.
/// Null without alternatives.</param>
public readonly record struct ClozeAnswer(ClozeQuestion Question, bool Said, double LogProbability, double? LogOdds)
{
    /// <summary>Whether the likeliest token after the prompt is the first of the answer.</summary>
    public bool SaidFirst { get; init; }
}

/// <summary>Asks a model to go on with a text, with exact probabilities: no sampling, any number of tokens an answer.</summary>
public static class Cloze
{
    private const int RowsAtATime = 2048;

    /// <summary>
    /// Asks every question that fits the model's context with its answer, and returns null for those that do not. Prompt and
    /// answer are cut into tokens apart.
    /// </summary>
    /// <param name="gpt">The model.</param>
    /// <param name="tokenizer">Cuts the text.</param>
    /// <param name="questions">What is asked.</param>
    /// <param name="begin">A token in front of every prompt.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="replicas">Who shares the questions; all call it together with the same, and have all answers.</param>
    public static ClozeAnswer?[] Ask(Gpt gpt, Tokenizer tokenizer, IReadOnlyList<ClozeQuestion> questions, int? begin = null,
        Action<double>? progress = null, Replicas? replicas = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(questions);
        using var arena = new Arena(gpt.Backend);
        using var rows = new TokenRows(gpt.Backend);
        var run = new GptRun(new Operations(gpt.Backend, arena));
        var answers = new ClozeAnswer?[questions.Count];
        var continuations = new List<Continuation>();
        int[] front = begin is { } first ? [first] : [];
        var waiting = 0;
        var own = (replicas ??= Replicas.One).Own(questions.Count);
        for (var i = own.First; i < own.End; i++)
        {
            foreach (var text in questions[i].Alternatives.Prepend(questions[i].Answer))
                continuations.Add(new Continuation(i, [.. front, .. tokenizer.Encode(questions[i].Prompt)], tokenizer.Encode(text)));
            if (continuations.Exists(other => other.Question == i && other.Length > gpt.Context))
                continuations.RemoveAll(other => other.Question == i);
            waiting = continuations.Sum(other => other.Length);
            if (waiting < RowsAtATime && i + 1 < own.End)
                continue;
            Answer(gpt, run, rows, continuations, questions, answers);
            continuations.Clear();
            progress?.Invoke((i + 1.0 - own.First) / own.Count);
        }
        return replicas.Count == 1 ? answers : Gathered(replicas, questions, answers);
    }

    // Of a question that does not fit, nothing is known.
    private static ClozeAnswer?[] Gathered(Replicas replicas, IReadOnlyList<ClozeQuestion> questions, ClozeAnswer?[] own)
    {
        const int Each = 5;
        var numbers = new double[Each * own.Length];
        for (var i = 0; i < own.Length; i++)
            if (own[i] is { } answer)
                ((ReadOnlySpan<double>)[1, answer.Said ? 1 : 0, answer.SaidFirst ? 1 : 0, answer.LogProbability,
                    answer.LogOdds ?? double.NaN]).CopyTo(numbers.AsSpan(Each * i));
        replicas.Gather(numbers, Each);
        return [.. questions.Select((question, i) => numbers.AsSpan(Each * i, Each) is var of && of[0] == 0 ? (ClozeAnswer?)null
            : new ClozeAnswer(question, of[1] == 1, of[3], question.Alternatives.Count > 0 ? of[4] : null) { SaidFirst = of[2] == 1 })];
    }

    /// <summary>A prompt and one way to go on. All but the last token are read; the last so many rows predict the continuation.</summary>
    private sealed record Continuation(int Question, int[] Prompt, int[] Text)
    {
        public int Length => Prompt.Length + Text.Length - 1;
    }

    private static void Answer(Gpt gpt, GptRun run, TokenRows rows, List<Continuation> continuations,
        IReadOnlyList<ClozeQuestion> questions, ClozeAnswer?[] answers)
    {
        if (continuations.Count == 0)
            return;
        rows.Clear();
        var wanted = new List<int>();
        foreach (var (_, prompt, text) in continuations)
        {
            if (prompt.Length == 0 || text.Length == 0)
                throw new ArgumentException("a question needs a prompt and an answer");
            rows.Add([.. prompt, .. text[..^1]]);
            wanted.AddRange(Enumerable.Range(rows.Count - text.Length, text.Length));
        }
        run.Operations.Reset();
        run.LogitRows = [.. wanted];
        var logits = new float[wanted.Count * gpt.Config.VocabularySize];
        gpt.Backend.Read(gpt.Logits(gpt.Forward(rows, run), run), logits);

        var row = 0;
        foreach (var group in continuations.GroupBy(continuation => continuation.Question))
        {
            var scores = group.Select(continuation => Score(logits, gpt.Config.VocabularySize, continuation.Text, ref row)).ToArray();
            var (answer, said, saidFirst) = scores[0];
            answers[group.Key] = new ClozeAnswer(questions[group.Key], said, answer,
                scores.Length > 1 ? answer - scores.Skip(1).Max(score => score.LogProbability) : null) { SaidFirst = saidFirst };
        }
    }

    private static (double LogProbability, bool IsLikeliest, bool FirstIs) Score(float[] logits, int vocabulary, int[] tokens, ref int row)
    {
        var (sum, isLikeliest, firstIs) = (0.0, true, false);
        foreach (var (place, token) in tokens.Index())
        {
            var values = logits.AsSpan(row++ * vocabulary, vocabulary);
            var largest = System.Numerics.Tensors.TensorPrimitives.Max((ReadOnlySpan<float>)values);
            var total = 0.0;
            foreach (var value in values)
                total += Math.Exp(value - largest);
            sum += values[token] - largest - Math.Log(total);
            isLikeliest &= System.Numerics.Tensors.TensorPrimitives.IndexOfMax((ReadOnlySpan<float>)values) == token;
            if (place == 0)
                firstIs = isLikeliest;
        }
        return (sum, isLikeliest, firstIs);
    }
}
