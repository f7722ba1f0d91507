using Pellucid.Worlds.Stories;

namespace Pellucid.Worlds;

/// <summary>Something that a passage says of the world. Facts about countries hold everywhere, the others within their passage.</summary>
/// <param name="Subject">Of whom or what.</param>
/// <param name="Relation">As "capital", "home", "sister", "in".</param>
/// <param name="Object">The other end of the relation.</param>
/// <param name="From">The character of the text from which on it has been said and holds.</param>
public readonly record struct Fact(string Subject, string Relation, string Object, int From);

/// <summary>A few sentences about one matter, and the truth about them.</summary>
/// <param name="Phenomenon">Name of the phenomenon that wrote it.</param>
/// <param name="Text">The sentences.</param>
/// <param name="Annotations">What is true of its words:
/// part of speech of every word in order, then senses, references and the rest as they were written.</param>
/// <param name="Facts">What it says, in the order of telling.</param>
/// <param name="Story">What happened and who believes what, in stories about belief.</param>
public sealed record Passage(string Phenomenon, string Text, IReadOnlyList<Annotation> Annotations, IReadOnlyList<Fact> Facts, Story? Story)
{
    /// <summary>Annotations of one kind.</summary>
    public IEnumerable<Annotation> Of(AnnotationKind kind) => Annotations.Where(annotation => annotation.Kind == kind);
}
