using Pellucid.Generation;
using Pellucid.Web.Api;

namespace Pellucid.Web.Languages;

/// <summary>The language in which one reader has the page.</summary>
internal sealed class ReaderLanguage
{
    public Language Language { get; set; } = Language.English;

    /// <summary>What a key says.</summary>
    public string this[string key] => Language[key];

    /// <summary>What a key says of some numbers or names.</summary>
    public string this[string key, params ReadOnlySpan<object?> values] => Language[key, values];

    /// <summary>What the reader is told of what was refused, or could not be read; null of an error that is neither.</summary>
    public string? Refusal(Exception error) => error switch
    {
        OutOfMemoryException => this["text.there-is-not-enough-memory"],
        ApiException or ArgumentException or InvalidDataException or IOException or NotSupportedException or QueueFullException
            or UnauthorizedAccessException => Language.Refusal(error.Message),
        _ => null,
    };
}
