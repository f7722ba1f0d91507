using Pellucid.Tokens;

namespace Pellucid.Tuning.Data;

/// <summary>
/// A chat template for a model that has none, of tokens that it knows: who speaks on a line of its own, what is said below, and its end
/// token.
/// </summary>
internal static class BaseTemplate
{
    /// <summary>Its text; null where the model has no end token, so that turns would run on.</summary>
    public static string? Of(Tokenizer tokenizer, SpecialTokens specials)
    {
        if (specials.Ends is not [var end, ..] || end >= tokenizer.VocabularySize || tokenizer.SpecialName(end) is not { } name)
            return null;
        var quoted = name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
        return @"{% for message in messages %}{{ message.role + ':\n' + message.content + '" + quoted + @"\n' }}{% endfor %}"
            + @"{% if add_generation_prompt %}{{ 'assistant:\n' }}{% endif %}";
    }
}
