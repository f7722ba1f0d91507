namespace Pellucid.Worlds.Phenomena;

/// <summary>
/// Present and past. In the paired form (<i>Today I walk. Yesterday I walked.</i>) one verb in eight never occurs in
/// training; it occurs in the others, so that it is known.
/// </summary>
internal sealed class Tenses() : Phenomenon("tenses", 3)
{
    public static readonly Divided<(string Base, string Past, string Object)> Verbs = new(
    [
        ("walk", "walked", ""), ("abandon", "abandoned", " something"), ("abolish", "abolished", " something"),
        ("open", "opened", " something"),
        ("close", "closed", " something"), ("call", "called", " something"), ("help", "helped", " something"),
        ("visit", "visited", " something"),
        ("start", "started", " something"), ("finish", "finished", " something"), ("jump", "jumped", ""), ("work", "worked", ""),
        ("cook", "cooked", " something"), ("clean", "cleaned", " something"), ("look", "looked", ""), ("paint", "painted", " something"),
        ("laugh", "laughed", ""), ("listen", "listened", ""), ("dance", "danced", ""), ("smile", "smiled", ""),
        ("wait", "waited", ""), ("talk", "talked", ""),
        ("move", "moved", " something"), ("play", "played", ""), ("go", "went", ""), ("see", "saw", " something"),
        ("give", "gave", " something"),
        ("find", "found", " something"), ("take", "took", " something"), ("come", "came", ""), ("run", "ran", ""),
        ("write", "wrote", " something"),
        ("sing", "sang", " something"), ("swim", "swam", ""), ("eat", "ate", " something"), ("speak", "spoke", ""),
        ("drive", "drove", " something"),
        ("sit", "sat", ""), ("win", "won", " something"), ("buy", "bought", " something"),
    ], every: 8, offset: 6);

    public override string HeldOut => "verbs that never occur in the paired form";

    public override void Write(Page page)
    {
        if (page.Split == Split.HeldOut || page.Next(3) > 0)
            WritePairs(page);
        else
            WriteAlone(page);
    }

    private static void WritePairs(Page page)
    {
        for (var shots = page.Next(3); shots > 0; shots--)
        {
            var shot = page.Any(Verbs[Split.Training]);
            page.Write($"Today I {Verb(shot.Base)}. Yesterday I {Verb(shot.Past)}. ");
        }
        var verb = page.Any(Verbs);
        page.Write($"Today I {Verb(verb.Base)}. Yesterday I ");
        WriteAnswer(page, verb);
        page.Write($".");
        page.Know(verb.Base, "past", verb.Past);
    }

    private static void WriteAnswer(Page page, (string Base, string Past, string Object) verb) =>
        page.Write($"{new Answer(verb.Past, "past", [verb.Base], Tag: PartOfSpeech.Verb)}");

    private static void WriteAlone(Page page)
    {
        var (person, verb) = (page.Any(People.All), page.Any(page.Coin() ? Verbs.All : Verbs[Split.HeldOut]));
        switch (page.Next(6))
        {
            case 0:
                page.Write($"{person} will {Verb(verb.Base)}{verb.Object} tomorrow.");
                break;
            case 1:
                page.Write($"{person} likes to {Verb(verb.Base)}{verb.Object} every day.");
                break;
            case 2 or 3:
                page.Write(
                    $"{person} likes to {Verb(verb.Base)}{verb.Object}, and yesterday {person.Subject} {Verb(verb.Past)}{verb.Object}.");
                break;
            case 4:
                page.Write($"Last week {person} {Verb(verb.Past)}{verb.Object} again.");
                break;
            default:
                page.Write($"{person} {Verb(verb.Past)}{verb.Object} yesterday, "
                    + $"and {person.Subject} will {Verb(verb.Base)}{verb.Object} tomorrow.");
                break;
        }
    }
}
