using System.Runtime.CompilerServices;
using System.Text;
using Pellucid.Worlds.Stories;

namespace Pellucid.Worlds;

/// <summary>
/// Where a phenomenon writes a passage. Sentences are interpolated strings; what stands in their holes is annotated as
/// it is written: names and pronouns with whom they stand for, words with their sense, answers with their form.
/// </summary>
public sealed class Page
{
    private readonly StringBuilder _text = new();
    private readonly List<Annotation> _words = [], _marks = [];
    private readonly List<Fact> _facts = [];
    private readonly List<string[]> _alternatives = [];
    private readonly List<(Entity Entity, Span Span)> _mentions = [];
    private readonly Lexicon _lexicon = new();
    private readonly bool _annotates;
    private Chance _chance;

    /// <summary>An empty page.</summary>
    /// <param name="annotates">Whether words are tagged; text alone is written faster.</param>
    internal Page(bool annotates) => _annotates = annotates;

    /// <summary>Whether what is held out may be written, and only that.</summary>
    public Split Split { get; private set; }

    /// <summary>Characters written so far.</summary>
    public int Length => _text.Length;

    /// <summary>A story about belief, once one was told.</summary>
    public Story? Story { get; set; }

    /// <summary>Writes sentences. Anything in a hole at the start of a sentence gets a capital.</summary>
    public void Write([InterpolatedStringHandlerArgument("")] Sentences sentences) => _ = sentences;

    /// <summary>States what the text so far says.</summary>
    public void Know(string subject, string relation, string other)
    {
        if (_annotates)
            _facts.Add(new Fact(subject, relation, other, _text.Length));
    }

    /// <summary>One of them.</summary>
    public TItem Any<TItem>(IReadOnlyList<TItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items[_chance.Next(items.Count)];
    }

    /// <summary>One of the part that may be written now.</summary>
    public TItem Any<TItem>(Divided<TItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Any(items[Split]);
    }

    /// <summary>Two different ones.</summary>
    public (TItem First, TItem Second) Two<TItem>(IReadOnlyList<TItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var first = _chance.Next(items.Count);
        return (items[first], items[(first + 1 + _chance.Next(items.Count - 1)) % items.Count]);
    }

    /// <summary>A number from 0 to below <paramref name="count"/>.</summary>
    public int Next(int count) => _chance.Next(count);

    /// <summary>Heads or tails.</summary>
    public bool Coin() => _chance.Next(2) == 0;

    /// <summary>Whether something of that probability happens.</summary>
    public bool Happens(double probability) => _chance.Happens(probability);

    /// <summary>Two people, of whom the held-out pairs never meet in training and always in examination.</summary>
    public (Entity First, Entity Second) TwoPeople(Split? split = null)
    {
        while (true)
        {
            var (first, second) = Two(People.All);
            if (People.IsHeldOutPair(first, second) == ((split ?? Split) == Split.HeldOut))
                return (first, second);
        }
    }

    internal void Begin(ulong start, Split split)
    {
        _text.Clear();
        _words.Clear();
        _marks.Clear();
        _facts.Clear();
        _alternatives.Clear();
        _mentions.Clear();
        (_chance, Split, Story) = (new Chance(start), split, null);
    }

    internal void CopyTo(StringBuilder text) => text.Append(_text);

    internal Passage Finish(string phenomenon) => new(phenomenon, _text.ToString(), [.. _words, .. _marks], [.. _facts], Story);

    /// <summary>Questions of the passage: everything before an answer, and the answer.</summary>
    internal IEnumerable<ClozeQuestion> Questions(string phenomenon)
    {
        var text = _text.ToString();
        var answers = _marks.Where(mark => mark.Kind == AnnotationKind.Answer).ToArray();
        for (var i = 0; i < answers.Length; i++)
            yield return ClozeQuestion.At(text, answers[i].Span, [.. _alternatives[i]], $"{phenomenon}: {answers[i].Label}");
    }

    internal void AppendWords(string words)
    {
        var start = _text.Length;
        if (StartsSentence() && words.Length > 0 && char.IsAsciiLetterLower(words[0]))
            _text.Append(char.ToUpperInvariant(words[0])).Append(words, 1, words.Length - 1);
        else
            _text.Append(words);
        if (_annotates)
            _lexicon.Tag(words, start, _words);
    }

    internal void Append(Entity entity)
    {
        var span = AppendTagged(entity.Name, entity.Tag);
        _mentions.Add((entity, span));
        Mark(AnnotationKind.Reference, span, entity.Name);
    }

    internal void Append(Pronoun pronoun)
    {
        var span = AppendTagged(pronoun.Text, PartOfSpeech.Pron);
        if (_annotates)
            Mark(AnnotationKind.Reference, span, pronoun.Of.Name, LastMention(pronoun.Of));
    }

    internal void Append(Tagged word) => AppendTagged(word.Text, word.Tag);

    internal void Append(Sensed word) => Mark(AnnotationKind.Sense, AppendTagged(word.Text, word.Tag), word.Sense);

    internal void Append(Agreeing verb)
    {
        var span = AppendTagged(verb.Text, verb.Tag);
        if (_annotates)
            Mark(AnnotationKind.Number, span, verb.Subject.Gender == Gender.Plural ? "plural" : "singular", LastMention(verb.Subject));
    }

    internal void Append(in Answer answer)
    {
        var start = _text.Length;
        if (answer.Of is { } entity)
            Append(entity);
        else if (answer.Agrees is { } subject)
            Append(new Agreeing(answer.Text, subject, PartOfSpeech.Aux));
        else if (answer.Tag is { } tag)
            AppendTagged(answer.Text, tag);
        else
            AppendWords(answer.Text);
        Mark(AnnotationKind.Answer, new Span(start, _text.Length - start), answer.Form);
        if (_annotates)
            _alternatives.Add(answer.Instead ?? []);
    }

    private Span AppendTagged(string word, PartOfSpeech tag)
    {
        var span = new Span(_text.Length, word.Length);
        if (StartsSentence() && char.IsAsciiLetterLower(word[0]))
            _text.Append(char.ToUpperInvariant(word[0])).Append(word, 1, word.Length - 1);
        else
            _text.Append(word);
        if (!_annotates)
            return span;
        if (tag == PartOfSpeech.Verb && EndsWithTo())
            _words[^1] = _words[^1] with { Label = Lexicon.Name(PartOfSpeech.Part) };
        _words.Add(new Annotation(AnnotationKind.PartOfSpeech, span, Lexicon.Name(tag)));
        return span;

        bool EndsWithTo() => _words.Count > 0 && _words[^1].Span.Length == 2 && _text[_words[^1].Span.Start] == 't'
            && _text[_words[^1].Span.Start + 1] == 'o';
    }

    private void Mark(AnnotationKind kind, Span span, string label, Span target = default)
    {
        if (_annotates)
            _marks.Add(new Annotation(kind, span, label, target));
    }

    private Span LastMention(Entity entity)
    {
        for (var i = _mentions.Count - 1; i >= 0; i--)
            if (ReferenceEquals(_mentions[i].Entity, entity))
                return _mentions[i].Span;
        throw new InvalidOperationException($"'{_text}' speaks of {entity.Name} before naming it");
    }

    private bool StartsSentence()
    {
        var at = _text.Length - 1;
        if (at < 0 || _text[at] == '\n')
            return true;
        if (at < 2 || _text[at] != ' ')
            return false;
        return (_text[at - 1] == '"' ? _text[at - 2] : _text[at - 1]) is '.' or '?' or ':';
    }
}

/// <summary>Hands the parts of an interpolated string to a page.</summary>
[InterpolatedStringHandler]
public readonly ref struct Sentences
{
    private readonly Page _page;

    /// <summary>Writes to that page.</summary>
    public Sentences(int literalLength, int holes, Page page) => _page = page;

    /// <summary>Words of the lexicon.</summary>
    public void AppendLiteral(string words) => _page.AppendWords(words);

    /// <summary>Words of the lexicon.</summary>
    public void AppendFormatted(string words) => _page.AppendWords(words);

    /// <summary>Someone or something by name.</summary>
    public void AppendFormatted(Entity entity) => _page.Append(entity);

    /// <summary>Someone named before.</summary>
    public void AppendFormatted(Pronoun pronoun) => _page.Append(pronoun);

    /// <summary>A word with its part of speech.</summary>
    public void AppendFormatted(Tagged word) => _page.Append(word);

    /// <summary>A word in a sense.</summary>
    public void AppendFormatted(Sensed word) => _page.Append(word);

    /// <summary>A verb that agrees with its subject.</summary>
    public void AppendFormatted(Agreeing verb) => _page.Append(verb);

    /// <summary>A word that can be told.</summary>
    public void AppendFormatted(Answer answer) => _page.Append(answer);
}
