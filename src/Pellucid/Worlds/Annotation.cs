namespace Pellucid.Worlds;

/// <summary>Part of a passage's text, in characters.</summary>
public readonly record struct Span(int Start, int Length)
{
    /// <summary>The first character after it.</summary>
    public int End => Start + Length;

    /// <summary>The text it covers.</summary>
    public string Of(string text) => text.Substring(Start, Length);
}

/// <summary>What an annotation tells.</summary>
public enum AnnotationKind
{
    /// <summary>The word's part of speech; the label is a <see cref="Worlds.PartOfSpeech"/>.</summary>
    PartOfSpeech,

    /// <summary>What a word with several senses means here, as "bank: river".</summary>
    Sense,

    /// <summary>Whom a name, a noun or a pronoun stands for; for a pronoun the target is its antecedent, which comes before it.</summary>
    Reference,

    /// <summary>Whether a verb is singular or plural; the target is its subject, which comes before it.</summary>
    Number,

    /// <summary>A word that a reader of everything before it can tell; the label is the form of the question.</summary>
    Answer,
}

/// <summary>Something that is true of a span of text.</summary>
/// <param name="Kind">What it tells.</param>
/// <param name="Span">Of which characters.</param>
/// <param name="Label">The truth.</param>
/// <param name="Target">Another span that it speaks of; empty for none.</param>
public readonly record struct Annotation(AnnotationKind Kind, Span Span, string Label, Span Target = default);

/// <summary>Parts of speech, under the names of Universal Dependencies (universaldependencies.org/u/pos).</summary>
public enum PartOfSpeech
{
    /// <summary>Adjective.</summary>
    Adj,

    /// <summary>Adposition: <i>in</i>, <i>to</i> a place.</summary>
    Adp,

    /// <summary>Adverb.</summary>
    Adv,

    /// <summary>Auxiliary: <i>is</i>, <i>did</i>, <i>will</i>.</summary>
    Aux,

    /// <summary>Coordinating conjunction: <i>and</i>.</summary>
    Cconj,

    /// <summary>Determiner: <i>the</i>.</summary>
    Det,

    /// <summary>Interjection.</summary>
    Intj,

    /// <summary>Noun.</summary>
    Noun,

    /// <summary>Numeral.</summary>
    Num,

    /// <summary>Particle: <i>not</i>, <i>to</i> before a verb.</summary>
    Part,

    /// <summary>Pronoun.</summary>
    Pron,

    /// <summary>Proper noun.</summary>
    Propn,

    /// <summary>Punctuation.</summary>
    Punct,

    /// <summary>Subordinating conjunction: <i>when</i>.</summary>
    Sconj,

    /// <summary>Verb.</summary>
    Verb,
}
