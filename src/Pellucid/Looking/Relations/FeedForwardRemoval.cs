using Pellucid.Models;

namespace Pellucid.Looking.Relations;

/// <summary>What is left of a relation when feed-forward layers are zeroed from the top.</summary>
/// <param name="Removed">Feed-forward layers taken away.</param>
/// <param name="Abstractive">Of prompts whose answers must be known.</param>
/// <param name="Extractive">Of prompts whose answers stand in them.</param>
public sealed record FeedForwardRemoval(int Removed, AnswerScore Abstractive, AnswerScore Extractive)
{
    /// <summary>Measures prompts with none, then more and more feed-forward layers zeroed;
    /// in a deep model a sixth of the depth at a time.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="abstractive">Prompts whose answers must be known: <see cref="RelationTask.Asked"/>.</param>
    /// <param name="extractive">Prompts whose answers stand in them: <see cref="RelationTask.Copied"/>.</param>
    /// <exception cref="ArgumentException">The model has no feed-forward layers.</exception>
    public static IReadOnlyList<FeedForwardRemoval> Measure(Gpt gpt, IReadOnlyList<RelationPrompt> abstractive,
        IReadOnlyList<RelationPrompt> extractive)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(abstractive);
        ArgumentNullException.ThrowIfNull(extractive);
        ActivationCache.RequirePlace(gpt.Config, Activation.MlpOut, 0);
        using AnswerRanks asked = new(gpt, abstractive), copied = new(gpt, extractive);
        var layers = gpt.Config.Layers;
        var step = Math.Max(1, layers / 6);
        return [.. Enumerable.Range(0, (layers + step - 1) / step + 1).Select(i => Math.Min(layers, i * step)).Select(removed =>
        {
            IReadOnlyList<VariantEdit> Edits(RelationPrompt prompt, int _) =>
                [.. Enumerable.Range(layers - removed, removed)
                    .Select(layer => new VariantEdit(Activation.MlpOut, layer, 0, prompt.Tokens.Length, -1, -1, default, 0))];
            return new FeedForwardRemoval(removed, AnswerScore.Of(asked.Measure(Edits)), AnswerScore.Of(copied.Measure(Edits)));
        })];
    }
}
