using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>Numbers that are read off final rows.</summary>
internal static class Readout
{
    /// <summary>Logit difference right − wrong of each row, in double precision from single-precision logits.</summary>
    public static double[] LogitDifferences(Gpt gpt, Tensor final, IReadOnlyList<Question> questions, GptRun run)
    {
        var tokens = questions.SelectMany(question => new[] { question.Right, question.Wrong }).Distinct().ToArray();
        var column = tokens.Select((token, i) => (token, i)).ToDictionary(pair => pair.token, pair => pair.i);
        var logits = new float[final.Rows * tokens.Length];
        gpt.Backend.Read(gpt.Logits(final, tokens, run), logits);
        return [.. questions.Select((question, row) => (double)logits[row * tokens.Length + column[question.Right]] - logits[row * tokens.Length + column[question.Wrong]])];
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
