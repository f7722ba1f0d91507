using System.Text;
using Pellucid.Tokens;

namespace Pellucid.Web.Api;

/// <summary>Tokens as answers tell them.</summary>
internal static class TokenText
{
    /// <summary>The text of a token; <c>&lt;2050&gt;</c> for one that has none;
    /// <c>bytes:\xe7\x8c</c> for one that is a part of a character, as OpenAI writes it.</summary>
    public static string Of(Tokenizer tokenizer, int token)
    {
        if (token < tokenizer.VocabularySize && tokenizer.SpecialName(token) is { } name)
            return name;
        var bytes = tokenizer.BytesOrName(token);
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes)
            : $"bytes:{string.Concat(bytes.ToArray().Select(value => $"\\x{value:x2}"))}";
    }

    /// <summary>The bytes of a token as numbers.</summary>
    public static int[] Bytes(Tokenizer tokenizer, int token) => [.. tokenizer.BytesOrName(token).ToArray().Select(value => (int)value)];
}
