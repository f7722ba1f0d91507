using System.Collections.Immutable;

namespace Pellucid.Generation;

/// <summary>How the next token is chosen from its distribution.</summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits; 0 always takes the most likely token.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Only so many of the most likely tokens, and those exactly as likely as the last of them; all when 0.</summary>
    public int TopK { get; init; }

    /// <summary>Only the most likely tokens that together reach this probability (Holtzman et al. 2020): the one with which they
    /// reach it stays, so the most likely always does; of tokens equally likely the smaller number comes first. All when 1.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Only tokens at least this fraction as probable as the most likely one (Nguyen et al. 2024), at the temperature
    /// that is asked for; all when 0.</summary>
    public float MinP { get; init; }

    /// <summary>Tokens that the text holds already have positive logits divided and negative ones multiplied by this (Keskar et al. 2019);
    /// 1 changes nothing.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Taken from the logits of tokens that were written already, however often; those of the prompt do not count.
    /// 0 changes nothing.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Taken from the logits of tokens as often as they were written already; those of the prompt do not count.
    /// 0 changes nothing.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of some tokens before anything is chosen; at −100 one is as good as forbidden.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = ImmutableDictionary<int, float>.Empty;

    /// <summary>Where chance comes from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Refuses numbers that make no sense.</summary>
    /// <exception cref="ArgumentException">One line says which.</exception>
    public void Validate()
    {
        if (!(Temperature >= 0) || !float.IsFinite(Temperature))
            throw new ArgumentException("the temperature cannot be negative");
        if (TopK < 0)
            throw new ArgumentException("top-k cannot be negative");
        if (!(TopP > 0 && TopP <= 1))
            throw new ArgumentException("top-p must be above 0 and at most 1");
        if (!(MinP >= 0 && MinP <= 1))
            throw new ArgumentException("min-p must lie between 0 and 1");
        if (!(RepetitionPenalty > 0) || !float.IsFinite(RepetitionPenalty))
            throw new ArgumentException("the repetition penalty must be above 0");
        if (!float.IsFinite(PresencePenalty) || !float.IsFinite(FrequencyPenalty))
            throw new ArgumentException("presence and frequency penalties must be numbers");
    }
}
