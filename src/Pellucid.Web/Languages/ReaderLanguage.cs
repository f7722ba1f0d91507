namespace Pellucid.Web.Languages;

/// <summary>The language in which one reader has the page.</summary>
internal sealed class ReaderLanguage
{
    public Language Language { get; set; } = Language.English;

    /// <summary>What a key says.</summary>
    public string this[string key] => Language[key];

    /// <summary>What a key says of some numbers or names.</summary>
    public string this[string key, params ReadOnlySpan<object?> values] => Language[key, values];
}
