using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>An answer as a direction of what the output table reads: a token's logit less another one's, or less the mean of all,
/// which changes no probability.</summary>
internal static class AnswerDirection
{
    /// <summary>(C).</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public static float[] Of(Gpt gpt, int answer, int? wrong)
    {
        var (weights, config) = (new Weights(gpt), gpt.Config);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)answer, (uint)config.VocabularySize, nameof(answer));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)(wrong ?? 0), (uint)config.VocabularySize, nameof(wrong));
        var direction = new float[config.Width];
        TensorPrimitives.Subtract(weights.Unembedding(answer), wrong is { } other ? weights.Unembedding(other) : Mean(weights), direction);
        TensorPrimitives.Multiply(direction, config.LogitScale, direction);
        return direction;
    }

    /// <summary>What the model says at the end of the first prompt.</summary>
    public static double Value(Gpt gpt, ActivationCache cache, float[] direction)
    {
        using var pass = new ForwardPass(gpt);
        for (var row = 0; row < cache.Prompts.Rows; row++)
            pass.Rows.Add([0]);
        var run = pass.NewRun();
        (run.FirstLayer, run.Residual) = (gpt.Config.Layers, cache[Activation.ResidPost, gpt.Config.Layers - 1]);
        run.LogitRows = [cache.Prompts.RowOf(0, cache.Prompts[0].Length - 1)];
        return Values(pass.Read(gpt.Forward(pass.Rows, run)), direction)[0];
    }

    /// <summary>Of final rows (rows, C).</summary>
    public static double[] Values(float[] final, float[] direction)
    {
        var values = new double[final.Length / direction.Length];
        for (var i = 0; i < final.Length; i++)
            values[i / direction.Length] += (double)final[i] * direction[i % direction.Length];
        return values;
    }

    private static float[] Mean(Weights weights)
    {
        var (table, width) = (weights.OutputTable, weights.Config.Width);
        var mean = new double[width];
        for (var i = 0; i < table.Length; i++)
            mean[i % width] += table[i];
        return [.. mean.Select(sum => (float)(sum / weights.Config.VocabularySize))];
    }
}
