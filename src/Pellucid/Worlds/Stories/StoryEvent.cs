namespace Pellucid.Worlds.Stories;

/// <summary>What can happen in a story.</summary>
public enum Deed
{
    /// <summary>The actor comes to where the story plays.</summary>
    Enter,

    /// <summary>The actor goes away and sees nothing more.</summary>
    Leave,

    /// <summary>The actor puts a thing into a container, for all who are there to see.</summary>
    Put,

    /// <summary>A thing is in a container; nobody sees it get there.</summary>
    Fill,

    /// <summary>The actor reads on a container that a thing is in it.</summary>
    Read,

    /// <summary>The actor sees what is in a container.</summary>
    Look,

    /// <summary>The actor is told, by someone to be trusted, that a thing is in a container.</summary>
    Hear,
}

/// <summary>Something that happens.</summary>
/// <param name="Deed">What.</param>
/// <param name="Actor">Who does it; empty where nobody does.</param>
/// <param name="Thing">The thing it is about, if any.</param>
/// <param name="Container">The container it is about, if any.</param>
/// <param name="At">The character of the text at which its telling ends.</param>
public readonly record struct StoryEvent(Deed Deed, string Actor, string Thing, string Container, int At);

/// <summary>Someone takes a thing to be in a container, rightly or not.</summary>
public readonly record struct Belief(string Agent, string Thing, string Container, bool IsTrue);
