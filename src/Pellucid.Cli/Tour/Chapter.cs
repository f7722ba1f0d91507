namespace Pellucid.Cli.Tour;

/// <summary>A chapter of the article: what it claims, and an experiment about that.</summary>
/// <param name="id">Such as <c>05</c>.</param>
/// <param name="title">The article's.</param>
/// <param name="claim">In one sentence.</param>
/// <param name="experiment">What is done.</param>
/// <param name="aside">Where the article simplifies, if it does.</param>
internal abstract class Chapter(string id, Phrase title, Phrase claim, Phrase experiment, Phrase? aside = null)
{
    public string Id => id;

    public Phrase Title => title;

    public Phrase Claim => claim;

    public Phrase Experiment => experiment;

    public Phrase? Aside => aside;

    /// <summary>Does the experiment.</summary>
    public abstract Finding Look(Guide guide);
}
