namespace Pellucid.Words;

/// <summary>How a corpus is read.</summary>
public enum TextForm
{
    /// <summary>Words are what spaces, tabs and line ends part, as they are.</summary>
    AsIs,

    /// <summary>Words are runs of the letters a to z, lower-cased; every other byte parts them.</summary>
    Letters,
}
