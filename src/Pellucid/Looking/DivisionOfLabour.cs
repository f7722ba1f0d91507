using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>How often a model is right once some feed-forward layers are gone.</summary>
/// <param name="Removed">Feed-forward layers taken away, from the top.</param>
/// <param name="Recall">Share of the questions whose answer must be known at
/// which the right token's logit is above the wrong one's.</param>
/// <param name="Copying">The same of questions whose answer stands in the prompt.</param>
public readonly record struct Labour(int Removed, double Recall, double Copying);

/// <summary>
/// The division of labour that Merullo et al. (2023) found: feed-forward layers recall, attention copies. Taking the
/// feed-forward layers away from the top, one after another, recall goes while copying stays.
/// </summary>
public static class DivisionOfLabour
{
    /// <summary>Measures both kinds of questions with none, one, … and all feed-forward layers zeroed.</summary>
    public static IReadOnlyList<Labour> Measure(Gpt gpt, IReadOnlyList<Question> recall, IReadOnlyList<Question> copying)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(recall);
        ArgumentNullException.ThrowIfNull(copying);
        ActivationCache.RequirePlace(gpt.Config, Activation.MlpOut, 0);
        var (known, copied) = (Shares(gpt, recall), Shares(gpt, copying));
        return [.. known.Select((share, removed) => new Labour(removed, share, copied[removed]))];
    }

    private static double[] Shares(Gpt gpt, IReadOnlyList<Question> questions)
    {
        using var unchanged = ActivationCache.Record(gpt, new Prompts(questions.Select(question => question.Tokens)),
            (activation, layer) => VariantRunner.Needs(gpt.Config, activation, layer));
        using var runner = new VariantRunner(gpt, unchanged);
        double Share(int removed) => runner.LogitDifferences(
            [.. questions.Select((question, prompt) => new Variant(prompt, [.. Enumerable.Range(gpt.Config.Layers - removed, removed)
                .Select(layer => new VariantEdit(Activation.MlpOut, layer, 0, question.Tokens.Length, -1, -1, default, 0))]))], questions)
                .Average(difference => difference > 0 ? 1.0 : 0);
        return [.. Enumerable.Range(0, gpt.Config.Layers + 1).Select(Share)];
    }
}
