namespace Pellucid.Worlds.Phenomena;

/// <summary>
/// A fact in the text and then the question for it: the answer can be copied. Lands of tales have another capital in
/// every tale, so memory is of no use. Examination asks for countries whose capitals are told nowhere else.
/// </summary>
internal sealed class Tales() : Phenomenon("tales", 8)
{
    public override string HeldOut => "countries of which no capital is ever told";

    public override void Write(Page page)
    {
        var between = page.Coin() ? "\n" : " ";
        var isTale = page.Split == Split.Training && page.Next(3) > 0;
        var (first, second) = isTale ? Pair(page, Geography.TaleLands, Geography.TaleCities)
            : Pair(page, page.Split == Split.Training ? Geography.Countries[Split.Training] : Geography.Untold);
        var relation = isTale ? "capital in the tale" : "capital";
        if (isTale)
            page.Write($"In a tale, the capital of {first.Land} is {first.City}");
        else
            page.Write($"The capital of {first.Land} is {first.City}");
        page.Know(first.Land, relation, first.City);
        var both = page.Coin();
        if (both)
        {
            page.Write($" and the capital of {second.Land} is {second.City}");
            page.Know(second.Land, relation, second.City);
            if (page.Coin())
                (first, second) = (second, first);
        }
        page.Write($".");
        Ask(page, first.Land, first.City, second.City, between);
        if (both)
            Ask(page, second.Land, second.City, first.City, between);
    }

    private static void Ask(Page page, string land, string city, string otherCity, string between) =>
        page.Write($"{between}Q: What is the capital of {land}?{between}{Noun("A")}: {new Answer(city, "copied capital", [otherCity])}");

    private static ((string Land, string City), (string Land, string City)) Pair(Page page, IReadOnlyList<string> lands,
        IReadOnlyList<string> cities)
    {
        var ((land, otherLand), (city, otherCity)) = (page.Two(lands), page.Two(cities));
        return ((land, city), (otherLand, otherCity));
    }

    private static ((string Land, string City), (string Land, string City)) Pair(Page page, IReadOnlyList<Country> countries)
    {
        var (country, other) = page.Two(countries);
        return ((country.Name, country.Capital), (other.Name, other.Capital));
    }
}
