using Pellucid.Models;

namespace Pellucid.Looking.Relations;

/// <summary>How near the right answers are to being said.</summary>
/// <param name="ReciprocalRank">Mean of 1 / (1 + tokens that are likelier).</param>
/// <param name="Rank">Mean number of tokens that are likelier.</param>
/// <param name="First">Share of prompts whose answer is the likeliest token.</param>
public sealed record AnswerScore(Estimate ReciprocalRank, Estimate Rank, Estimate First)
{
    internal static AnswerScore Of(IReadOnlyCollection<int> ranks) => new(
        Estimate.Of([.. ranks.Select(rank => 1 / (1.0 + rank))]), Estimate.Of([.. ranks.Select(rank => (double)rank)]),
        Estimate.Of([.. ranks.Select(rank => rank == 0 ? 1.0 : 0)]));
}

/// <summary>Ranks of answers at the ends of prompts in which something was changed.</summary>
internal sealed class AnswerRanks : IDisposable
{
    private readonly Gpt _gpt;
    private readonly IReadOnlyList<RelationPrompt> _prompts;
    private readonly ActivationCache _unchanged;
    private readonly VariantRunner _runner;

    public AnswerRanks(Gpt gpt, IReadOnlyList<RelationPrompt> prompts)
    {
        (_gpt, _prompts) = (gpt, prompts);
        _unchanged = ActivationCache.Record(gpt, new Prompts(prompts.Select(prompt => prompt.Tokens)),
            (activation, layer) => VariantRunner.Needs(gpt.Config, activation, layer));
        _runner = new VariantRunner(gpt, _unchanged);
    }

    /// <summary>One rank a prompt, with the edits that it and its number are given.</summary>
    public int[] Measure(Func<RelationPrompt, int, IReadOnlyList<VariantEdit>> edits)
    {
        var ranks = new int[_prompts.Count];
        _runner.Run([.. _prompts.Select((prompt, i) => new Variant(i, edits(prompt, i)))],
            variant => [_prompts[variant.Prompt].Tokens.Length - 1], (final, rows, run) =>
        {
            var logits = new float[(long)final.Rows * _gpt.Config.VocabularySize];
            _gpt.Backend.Read(_gpt.Logits(final, run), logits);
            for (var i = 0; i < rows.Count; i++)
                ranks[rows[i].Variant] = new Distribution(logits.AsSpan(i * _gpt.Config.VocabularySize, _gpt.Config.VocabularySize))
                    .Rank(_prompts[rows[i].Variant].Answer);
        });
        return ranks;
    }

    public void Dispose()
    {
        _runner.Dispose();
        _unchanged.Dispose();
    }
}
