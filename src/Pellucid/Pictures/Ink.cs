namespace Pellucid.Pictures;

/// <summary>What a mark is drawn in. Each ink has a colour on light and one on dark ground.</summary>
public enum Ink
{
    /// <summary>The ground itself.</summary>
    Ground,

    /// <summary>Text.</summary>
    Text,

    /// <summary>Text and lines of lesser weight.</summary>
    Muted,

    /// <summary>Positive values.</summary>
    Positive,

    /// <summary>Negative values.</summary>
    Negative,

    /// <summary>Further series of a chart.</summary>
    Third,

    /// <inheritdoc cref="Third"/>
    Fourth,
}

/// <summary>The colours of inks.</summary>
public static class Inks
{
    private static readonly (string Light, string Dark)[] Colours =
    [
        ("#ffffff", "#14171c"), ("#1c2128", "#e6e9ee"), ("#6b7480", "#97a1ae"),
        ("#c2410c", "#fb923c"), ("#1d5fb4", "#60a5fa"), ("#15803d", "#4ade80"), ("#7e22ce", "#c084fc"),
    ];

    /// <summary>Such as <c>#1c2128</c>.</summary>
    public static string Colour(this Ink ink, bool dark) => dark ? Colours[(int)ink].Dark : Colours[(int)ink].Light;
}
