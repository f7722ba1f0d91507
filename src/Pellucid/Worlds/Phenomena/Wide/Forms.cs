namespace Pellucid.Worlds.Phenomena;

/// <summary>Forms of more words than the other phenomena have: titles and past tenses, of which a rule is shorter than a list.</summary>
internal sealed class Forms() : Phenomenon("forms", 6)
{
    private static readonly string[] Titles = [.. """
        apple ball basket bird bone book box bread butter cake candle car cave chair cheese church clock cloud coat coffee coin cook
        corn cup desk doctor dream drum duck egg farm field fire floor flower forest friend game garden gift glass gold grass hall hand hat
        heart hill home honey horse island jar key king kitchen lake lamp leaf letter light lion market milk mirror money morning mountain
        mouse needle nest nurse ocean office paper park piano plane queen rain ring rock rope rose salt school sea ship shoe silver sister
        snow song spoon spring stone storm story sugar teacher tower town train village water wheel wind wolf wood
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Where(word => UpperCase.Words.All.All(known => known.Lower != word))];

    private static readonly string[] Verbs = [.. """
        add answer ask bake boil borrow brush carry change check clap climb collect count cover cross cry deliver draw dress drop earn
        enjoy enter explain fetch fill fold follow gather greet guess hammer harvest hope hunt hurry invite join juggle kick knock
        land learn lift lock love mail march marry measure melt mend milk mix nod offer order own pack pass phone pick plant polish pour
        practice pray promise pull push rest return row sail save search serve share shout sign sketch skip sort stay step stir study
        tap taste thank tie touch trade travel try turn type use wash wave weigh whisper wish wonder yell
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(verb => Tenses.Verbs.All.All(known => known.Base != verb))];

    public override void Write(Page page)
    {
        if (page.Coin())
        {
            page.Write($"In a title ");
            for (var shots = 1 + page.Next(3); shots > 0; shots--)
                Title(page, shots > 1 ? ", " : " and ");
            Title(page, ".");
            return;
        }
        for (var shots = 1 + page.Next(3); shots > 0; shots--)
        {
            var verb = page.Any(Verbs);
            page.Write($"Today I {Verb(verb)}. Yesterday I {new Answer(Past(verb), "past", [verb], Tag: PartOfSpeech.Verb)}.");
            if (shots > 1)
                page.Write($" ");
        }
    }

    private static void Title(Page page, string end)
    {
        var word = page.Any(Titles);
        var upper = char.ToUpperInvariant(word[0]) + word[1..];
        page.Write($"{new Tagged(word, PartOfSpeech.Propn)} becomes ");
        page.Write($"{new Answer(upper, "capital letter", [word], Tag: PartOfSpeech.Propn)}{end}");
    }

    private static string Past(string verb) => verb switch
    {
        "draw" => "drew",
        _ when verb[^1] == 'e' => verb + "d",
        _ when verb[^1] == 'y' && !"aeou".Contains(verb[^2]) => verb[..^1] + "ied",
        "clap" or "drop" or "skip" or "step" or "stir" or "tap" or "nod" => verb + verb[^1] + "ed",
        _ => verb + "ed",
    };
}

/// <summary>Teams and their substitutes: what comes after that word is told by the word.</summary>
internal sealed class Teams() : Phenomenon("teams", 2)
{
    public override void Write(Page page)
    {
        var substitutes = new Answer("substitutes", "substitutes");
        switch (page.Next(4))
        {
            case 0:
                page.Write($"All {substitutes} sat on the bench.");
                break;
            case 1:
                page.Write($"{page.Any(People.All)} was on the team, and the two {substitutes} sat on the bench.");
                break;
            case 2:
                page.Write($"In the second half the {substitutes} sat on the bench.");
                break;
            default:
                page.Write($"The team of {page.Any(Geography.Countries.All).Name} won, and its {substitutes} sat on the bench.");
                break;
        }
    }
}
