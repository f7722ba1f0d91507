namespace Pellucid.Worlds;

/// <summary>
/// Part of speech of every word that the micro-world writes without saying it. A word that is sometimes this and
/// sometimes that is not in here: whoever writes it must say which.
/// </summary>
internal sealed class Lexicon
{
    private static readonly Dictionary<string, PartOfSpeech> Tags = Build();
    private static readonly string[] Names = [.. Enum.GetNames<PartOfSpeech>().Select(name => name.ToUpperInvariant())];

    private readonly Dictionary<string, (int Start, int Length, PartOfSpeech Tag)[]> _known = [];

    /// <summary>A part of speech as Universal Dependencies writes it, as "NOUN".</summary>
    public static string Name(PartOfSpeech tag) => Names[(int)tag];

    /// <summary>Adds an annotation for each word and sign of a text that begins at a character of the passage.</summary>
    /// <exception cref="InvalidOperationException">A word is not in the lexicon.</exception>
    public void Tag(string words, int start, List<Annotation> annotations)
    {
        if (!_known.TryGetValue(words, out var parts))
            _known[words] = parts = [.. Parts(words)];
        foreach (var part in parts)
            annotations.Add(new Annotation(AnnotationKind.PartOfSpeech, new Span(start + part.Start, part.Length), Name(part.Tag)));
    }

    private static IEnumerable<(int, int, PartOfSpeech)> Parts(string words)
    {
        for (var at = 0; at < words.Length;)
        {
            var length = WordLength(words.AsSpan(at));
            if (words[at] is not (' ' or '\n'))
                yield return (at, length, TagOf(words.Substring(at, length), words.AsSpan(at + length)));
            at += length;
        }
    }

    // Letters; digits with a colon between them; or one sign.
    private static int WordLength(ReadOnlySpan<char> text)
    {
        var length = 1;
        if (char.IsAsciiLetter(text[0]))
            while (length < text.Length && char.IsAsciiLetter(text[length]))
                length++;
        else if (char.IsAsciiDigit(text[0]))
            while (length < text.Length && (char.IsAsciiDigit(text[length]) || text[length] == ':'))
                length++;
        return length;
    }

    private static PartOfSpeech TagOf(string word, ReadOnlySpan<char> rest)
    {
        if (char.IsAsciiDigit(word[0]))
            return PartOfSpeech.Num;
        if (!char.IsAsciiLetter(word[0]))
            return PartOfSpeech.Punct;
        if (word == "to")
            return IsBeforeVerb(rest) ? PartOfSpeech.Part : PartOfSpeech.Adp;
        return Tags.TryGetValue(word, out var tag) || Tags.TryGetValue(word.ToLowerInvariant(), out tag) ? tag
            : throw new InvalidOperationException(
                $"the lexicon has no word '{word}': add it to Lexicon.cs, or write it with its part of speech");
    }

    // Where the verb stands in a hole of the sentence, the page knows.
    private static bool IsBeforeVerb(ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart(' ');
        return !rest.IsEmpty && char.IsAsciiLetter(rest[0])
            && Tags.TryGetValue(rest[..WordLength(rest)].ToString(), out var tag) && tag is PartOfSpeech.Verb;
    }

    private static Dictionary<string, PartOfSpeech> Build()
    {
        var tags = new Dictionary<string, PartOfSpeech>();
        void Add(PartOfSpeech tag, string words)
        {
            foreach (var word in words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                if (!tags.TryAdd(word, tag))
                    throw new InvalidOperationException($"the lexicon has '{word}' twice");
        }

        Add(PartOfSpeech.Det, "the a an no this all every some which");
        Add(PartOfSpeech.Cconj, "and but");
        Add(PartOfSpeech.Sconj, "when after while because that until");
        Add(PartOfSpeech.Adp, "at in on of from with by about for between than out over under against near without");
        Add(PartOfSpeech.Aux, "is are was were will can cannot did does");
        Add(PartOfSpeech.Part, "not");
        Add(PartOfSpeech.Intj, "yes");
        Add(PartOfSpeech.Pron, "it its they their my I you something everyone who what whose there");
        Add(PartOfSpeech.Num, "one two three");
        Add(PartOfSpeech.Adv,
            "here off up then yesterday today tomorrow now again back afterwards possibly impossibly yet too where never before so how");
        foreach (var country in Geography.All)
            Add(PartOfSpeech.Propn, $"{country.Name} {country.Capital}");
        Add(PartOfSpeech.Propn, string.Join(' ', [.. Geography.TaleLands, .. Geography.TaleCities.Where(city => !tags.ContainsKey(city))]));
        Add(PartOfSpeech.Verb, """
            added archived asked ate bakes becomes believes bought build burned called calls came clean cleaned close come comes cooked
            decided do drove fed feeds
            filled find finds fix fixes fly found gave get give goes got grows had handed has have heals heard help helps hit holds know
            knows leave leaves
            lift likes lit live lives look looked looking looks made make makes met moves needed needs opens ordered paints picks played
            put puts ran read reads said sat saw
            says see showed shown seen sings speak speaks swam take takes talked teaches thanked thinks took trained trying urged waited
            walked wanted watched went won
            worked working works writes wrote
            keeps sees tells
            """);
        Add(PartOfSpeech.Adj, """
            afraid bad best better big bigger biggest black clear closed cold colder coldest dark ethical fair few first full good green
            happy heavy impossible
            kind last long longer longest many married military missing new next old older oldest open original other possible red ripe
            second short shorter
            shortest sick small smaller smallest strong stronger strongest sweet tired unethical unfair unhappy unkind warm warmer warmest
            white wet wooden worse worst
            young
            """);
        Add(PartOfSpeech.Noun, """
            Q account air am animals apple argument army arrow bag baker bakery ball banana base bases basketball bedroom bench bird bone
            book books box bread brother
            butter cake candle candy capital car cars cartoon cat cave check chick children chocolate city coffee coin comedy computer cook
            corn country cousin
            cream crow daughter day daytime doctor dog drama duck eggs elephant episode episodes farm farmer field fire fish flour flower
            foal football
            force friend friends fruit fun game garage garden general glass grass half hall hat home homework honey horse hospital house
            jam job key keys
            king kiss kitchen kitten label lake leaf legs lemon letter library lot market mechanic milk money moon morning mouse music navy
            necklace nest news night nurse
            nuts office opposite painter paper park people pepper percent picture pictures pm popcorn puppy queen quiz restaurant rice ring
            river salt school
            sea season shifting shops singer sister snack soldier soldiers songs soup sports stadium station steel stones store studio
            substitutes sugar sun table
            tale tea teacher team television tennis theatre time title tower tree troops truth valet version vet viewers viewing wallet
            water week wind wings wood writer
            yard
            """);
        Add(PartOfSpeech.Propn,
            "Boise Minnesota NBC BBC ABC Monday Tuesday Wednesday Thursday Friday Saturday Sunday Joe Donald Biden Trump");
        return tags;
    }
}
