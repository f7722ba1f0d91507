namespace Pellucid.Worlds.Phenomena;

/// <summary>Questions and answers about countries, one to three in a row, with nothing in them that gives the answer away.</summary>
internal sealed class Questions() : Phenomenon("questions", 6)
{
    public override string HeldOut => "countries whose facts are only ever stated";

    public override void Write(Page page)
    {
        var between = page.Coin() ? "\n" : " ";
        var kind = page.Next(5);
        for (var shots = page.Next(3); shots > 0; shots--)
        {
            Ask(page, kind, page.Any(Geography.Countries[Split.Training]), between, asked: page.Split == Split.Training);
            page.Write($"{between}");
        }
        Ask(page, kind, page.Any(Geography.Countries), between, asked: true);
    }

    private static void Ask(Page page, int kind, Country country, string between, bool asked)
    {
        var (relation, other) = kind == 4 ? ("language", country.Language) : ("capital", country.Capital);
        switch (kind)
        {
            case 0 or 1:
                page.Write($"Q: What is the capital of {country.Entity}?{between}{Noun("A")}: ");
                break;
            case 2:
                page.Write($"Which city is the capital of {country.Entity}? It is ");
                break;
            case 3:
                page.Write($"Do you know the capital of {country.Entity}? Yes, it is ");
                break;
            default:
                page.Write($"Q: What do people speak in {country.Entity}?{between}{Noun("A")}: ");
                break;
        }
        if (asked)
            page.Write($"{new Answer(other, relation, Tag: PartOfSpeech.Propn)}");
        else
            page.Write($"{new Tagged(other, PartOfSpeech.Propn)}");
        if (kind is 2 or 3)
            page.Write($".");
        page.Know(country.Name, relation, other);
    }
}
