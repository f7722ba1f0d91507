namespace Pellucid.Worlds.Phenomena;

/// <summary>One and many, and verbs that agree with their subject even when another noun stands between (Linzen et al. 2016,
/// arXiv 1611.01368).</summary>
internal sealed class Agreement() : Phenomenon("agreement", 2)
{
    private static readonly (Entity One, Entity Many)[] Animals = Pairs(
        "mouse mice cat cats dog dogs child children teacher teachers student students farmer farmers doctor doctors");
    private static readonly (Entity One, Entity Many)[] Objects = Pairs(
        "key keys coin coins book books dollar dollars box boxes table tables picture pictures letter letters");
    private static readonly (string One, string Many)[] Deeds = [("sleeps", "sleep"), ("sings", "sing"), ("waits", "wait"),
        ("smiles", "smile"), ("dances", "dance"), ("laughs", "laugh")];

    public override void Write(Page page)
    {
        switch (page.Next(4))
        {
            case 0:
                WriteBoth(page);
                break;
            case 1:
                WriteCount(page);
                break;
            default:
                WriteAcross(page);
                break;
        }
    }

    private static void WriteBoth(Page page)
    {
        var ((one, many), (does, doMany)) = (page.Any(Animals), page.Any(Deeds));
        page.Write($"One {one} {new Agreeing(does, one)} and two {many} {new Agreeing(doMany, many)}.");
        page.Know(one.Name, "plural", many.Name);
    }

    private static void WriteCount(Page page)
    {
        var (one, many) = page.Any(page.Coin() ? Animals : Objects);
        page.Write($"Here is one {one} and there are two {new Answer(many.Name, "plural", [one.Name], many)}.");
        page.Know(one.Name, "plural", many.Name);
    }

    // "The keys to the box are old": the verb cannot follow the noun beside it.
    private static void WriteAcross(Page page)
    {
        var (subject, other) = page.Two(Objects);
        var plural = page.Coin();
        var (head, between) = (plural ? subject.Many : subject.One, page.Coin() ? other.Many : other.One);
        var (verb, wrong) = plural ? ("are", "is") : ("is", "are");
        page.Write($"The {head} by the {between} ");
        page.Write($"{new Answer(verb, "agreement", [wrong], Agrees: head)} {page.Any(["old", "new", "small", "red"])}.");
    }

    private static (Entity, Entity)[] Pairs(string words)
    {
        var forms = words.Split(' ');
        return [.. Enumerable.Range(0, forms.Length / 2)
            .Select(i => (new Entity(forms[2 * i], Gender.Neuter), new Entity(forms[2 * i + 1], Gender.Plural)))];
    }
}
