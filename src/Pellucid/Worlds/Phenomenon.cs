namespace Pellucid.Worlds;

/// <summary>One thing that language does, and how the micro-world shows it.
/// A new one is a class in one file and a line in <see cref="MicroWorld.Standard"/>.</summary>
/// <param name="name">As in "capitals".</param>
/// <param name="share">Its part of the text, in hundredths.</param>
public abstract class Phenomenon(string name, double share)
{
    /// <summary>What it is called.</summary>
    public string Name => name;

    /// <summary>Its part of the text, in hundredths of the characters.</summary>
    public double Share => share;

    /// <summary>What is held out of training and asked in examination; null for nothing.</summary>
    public virtual string? HeldOut => null;

    /// <summary>Writes one passage. Only the page's chance may decide anything.</summary>
    public abstract void Write(Page page);

    /// <summary>A word as a noun.</summary>
    protected static Tagged Noun(string word) => new(word, PartOfSpeech.Noun);

    /// <summary>A word as a verb.</summary>
    protected static Tagged Verb(string word) => new(word, PartOfSpeech.Verb);

    /// <summary>A word as an adjective.</summary>
    protected static Tagged Adjective(string word) => new(word, PartOfSpeech.Adj);
}
