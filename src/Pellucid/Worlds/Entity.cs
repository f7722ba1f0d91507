namespace Pellucid.Worlds;

/// <summary>Which pronouns stand for someone or something.</summary>
public enum Gender
{
    /// <summary>she, her, her.</summary>
    Female,

    /// <summary>he, him, his.</summary>
    Male,

    /// <summary>it, it, its.</summary>
    Neuter,

    /// <summary>they, them, their.</summary>
    Plural,
}

/// <summary>Someone or something that a passage can name and then speak of with pronouns.</summary>
/// <param name="Name">As written, as "Mary" or "student".</param>
/// <param name="Gender">Which pronouns.</param>
/// <param name="Tag">Proper noun or noun.</param>
public sealed record Entity(string Name, Gender Gender, PartOfSpeech Tag = PartOfSpeech.Noun)
{
    private static readonly string[][] Pronouns = [["she", "her", "her"], ["he", "him", "his"],
        ["it", "it", "its"], ["they", "them", "their"]];

    /// <summary>The pronoun that does something.</summary>
    public Pronoun Subject => new(this, Pronouns[(int)Gender][0]);

    /// <summary>The pronoun to which something is done.</summary>
    public Pronoun Object => new(this, Pronouns[(int)Gender][1]);

    /// <summary>The pronoun that owns.</summary>
    public Pronoun Possessive => new(this, Pronouns[(int)Gender][2]);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A pronoun and whom it stands for.</summary>
public readonly record struct Pronoun(Entity Of, string Text);

/// <summary>A word of which the part of speech is said, because the lexicon cannot know it.</summary>
public readonly record struct Tagged(string Text, PartOfSpeech Tag);

/// <summary>A word in one of its senses.</summary>
public readonly record struct Sensed(string Text, string Sense, PartOfSpeech Tag = PartOfSpeech.Noun);

/// <summary>A verb that agrees in number with whoever was named before.</summary>
public readonly record struct Agreeing(string Text, Entity Subject, PartOfSpeech Tag = PartOfSpeech.Verb);

/// <summary>A word that can be told from everything before it.</summary>
/// <param name="Text">The word or words.</param>
/// <param name="Form">Form of the question.</param>
/// <param name="Instead">Words that one who reads badly might say.</param>
/// <param name="Of">Whom it names, if anybody.</param>
/// <param name="Tag">Its part of speech where the lexicon cannot know it.</param>
/// <param name="Agrees">The subject it agrees with, if it is a form of <i>be</i>.</param>
public readonly record struct Answer(string Text, string Form, string[]? Instead = null, Entity? Of = null,
    PartOfSpeech? Tag = null, Entity? Agrees = null);
