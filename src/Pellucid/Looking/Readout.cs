using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>Numbers that are read off final rows.</summary>
internal static class Readout
{
    /// <summary>Logit difference right − wrong of each row, in double precision from single-precision logits;
    /// as they were before their cap, where asked.</summary>
    public static double[] LogitDifferences(Gpt gpt, Tensor final, IReadOnlyList<Question> questions, GptRun run, bool beforeCap = false)
    {
        var tokens = questions.SelectMany(question => new[] { question.Right, question.Wrong }).Distinct().ToArray();
        var column = tokens.Select((token, i) => (token, i)).ToDictionary(pair => pair.token, pair => pair.i);
        var logits = new float[final.Rows * tokens.Length];
        gpt.Backend.Read(gpt.Logits(final, tokens, run), logits);
        double cap = beforeCap ? gpt.Config.LogitCap : 0;
        double Logit(int row, int token) => logits[row * tokens.Length + column[token]] is var logit && cap == 0 ? logit
            : cap * Math.Atanh(logit / cap);
        return [.. questions.Select((question, row) => Logit(row, question.Right) - Logit(row, question.Wrong))];
    }

    /// <summary>Logit differences at the ends of prompts as they are, from the last residual in a cache.</summary>
    public static double[] LogitDifferences(Gpt gpt, ActivationCache cache, IReadOnlyList<Question> questions, bool beforeCap = false)
    {
        using var pass = new ForwardPass(gpt);
        for (var row = 0; row < cache.Prompts.Rows; row++)
            pass.Rows.Add([0]);
        var run = pass.NewRun();
        (run.FirstLayer, run.Residual) = (gpt.Config.Layers, cache[Activation.ResidPost, gpt.Config.Layers - 1]);
        run.LogitRows = [.. questions.Select((_, prompt) => cache.Prompts.RowOf(prompt, cache.Prompts[prompt].Length - 1))];
        return LogitDifferences(gpt, gpt.Forward(pass.Rows, run), questions, run, beforeCap);
    }

    /// <summary>Negative log-probability of each row's target, in nats.</summary>
    public static double[] Losses(Gpt gpt, Tensor final, int[] targets, GptRun run)
    {
        var wanted = run.Operations.Arena.Allocate(new Shape(targets.Length), ElementType.Int32);
        gpt.Backend.Write(targets, wanted);
        var values = new float[targets.Length];
        gpt.Backend.Read(gpt.LogProbabilities(final, wanted, run), values);
        return [.. values.Select(value => -(double)value)];
    }
}
