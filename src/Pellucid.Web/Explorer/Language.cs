namespace Pellucid.Web.Explorer;

/// <summary>What the page is written in. Every phrase stands in both languages where it is used, so that none can be missing.</summary>
internal sealed class Language
{
    public bool IsChinese { get; set; }

    /// <summary>A phrase in the reader's language.</summary>
    public string this[string english, string chinese] => IsChinese ? chinese : english;
}
