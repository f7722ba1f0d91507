namespace Pellucid.Generation;

/// <summary>How many tokens were drafted, and how many of them the model chose too.</summary>
/// <param name="Drafted">Tokens that were read before they were chosen.</param>
/// <param name="Accepted">Of these, those that were then chosen: a forward less for each.</param>
public readonly record struct DraftCounts(long Drafted, long Accepted)
{
    /// <summary>The share that was accepted; 0 where nothing was drafted.</summary>
    public double Rate => Drafted == 0 ? 0 : (double)Accepted / Drafted;
}

/// <summary>
/// Drafts what may follow from what followed before (Saxena 2023, "Prompt lookup decoding"): a text that quotes, lists or repeats says
/// again what stands in it. A draft is read in one forward with the token before it (Leviathan et al. 2023, "Fast inference from
/// transformers via speculative decoding"), and only tokens that are chosen stay: as a row has the same bits alone and in company, a
/// text is to the bit what it would be without.
/// </summary>
internal static class PromptLookup
{
    // A context of one token stands in a text so often that what follows it says little.
    private const int LongestContext = 3, ShortestContext = 2;

    /// <summary>The tokens after the last place where the text's end stood before; none if it never did.</summary>
    /// <param name="text">The text so far.</param>
    /// <param name="most">Tokens to draft at most.</param>
    public static ReadOnlySpan<int> Draft(ReadOnlySpan<int> text, int most)
    {
        for (var length = LongestContext; length >= ShortestContext && most > 0; length--)
            if (text.Length > length && text[..^1].LastIndexOf(text[^length..]) is var at and >= 0)
                return text.Slice(at + length, Math.Min(most, text.Length - at - length));
        return [];
    }
}
