using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>
/// What a piece of a model says by itself at one position, past all later layers: how far what it writes into the residual stream
/// raises each token's logit, the final normalisation's deviation being what it was (direct logit attribution, Elhage et al. 2021, for
/// all tokens). Its bias is left out, and logits count before their cap, where they have one.
/// </summary>
/// <param name="For">The tokens whose logits it raises most, and by how much.</param>
/// <param name="Against">Those that it lowers most.</param>
public sealed record DirectWriting(IReadOnlyList<(int Token, double Logit)> For, IReadOnlyList<(int Token, double Logit)> Against)
{
    /// <summary>Of a head, of what a layer writes, or of the stream itself.</summary>
    /// <param name="gpt">The model that the run is of.</param>
    /// <param name="run">The text.</param>
    /// <param name="place">Which piece, and at which position.</param>
    /// <param name="count">Tokens on either side.</param>
    /// <exception cref="ArgumentException">The model's stream is no sum, or there is no such place.</exception>
    public static DirectWriting Of(Gpt gpt, ExperimentRun run, Component place, int count)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(run);
        Weights.RequireAdding(gpt.Config, "what a piece writes token by token");
        ActivationCache.RequirePlace(gpt.Config, place.Activation, place.Layer, place.Head);
        var (weights, C) = (new Weights(gpt), gpt.Config.Width);
        var written = Written(weights, run, place);
        if (written.Length != C)
            throw new ArgumentException($"{place.Activation.Name()} is not written into the residual stream");
        var scale = gpt.Config.LogitScale / (gpt.Config.HasFinalNorm
            ? weights.Deviation(run.Residuals.Row(Activation.ResidPost, gpt.Config.Layers - 1, 0, place.Position)) : 1);
        var (read, table, logits) = (weights.ReadByOutput(written), weights.OutputTable, new double[gpt.Config.VocabularySize]);
        for (var token = 0; token < logits.Length; token++)
            logits[token] = TensorPrimitives.Dot<float>(read, table.AsSpan(token * C, C)) * scale;
        IReadOnlyList<(int, double)> First(int sign) => [.. Enumerable.Range(0, logits.Length)
            .OrderByDescending(token => sign * logits[token]).Take(count).Select(token => (token, logits[token]))];
        return new DirectWriting(First(1), First(-1));
    }

    private static float[] Written(Weights weights, ExperimentRun run, Component place)
    {
        var (values, shape) = run.Values(place.Activation, place.Layer);
        if (place.Position < 0 || place.Position >= run.Tokens.Length)
            throw new ArgumentException($"the text has positions 0 to {run.Tokens.Length - 1}, not {place.Position}");
        var row = values.AsSpan(place.Position * shape.Columns, shape.Columns).ToArray();
        return place is { Activation: Activation.Z, Head: >= 0 }
            ? ResidualDecomposition.Heads(weights, place.Layer, row)[place.Head].Vector : row;
    }
}
