namespace Pellucid.Worlds.Phenomena;

/// <summary>Statements about countries: capitals, languages and what comes from there. Facts that a model must remember.</summary>
internal sealed class Capitals() : Phenomenon("capitals", 7)
{
    public override void Write(Page page)
    {
        var country = page.Any(Geography.Countries.All);
        var person = page.Any(People.All);
        switch (page.Next(9))
        {
            case 0:
                page.Write($"The capital of {country.Entity} is {Capital(country)}.");
                break;
            case 1:
                page.Write($"{country.Capital} is the capital of {new Answer(country.Name, "country", Of: country.Entity)}.");
                break;
            case 2:
                page.Write($"{country.Entity} is a country. {country.Entity.Possessive} capital is {Capital(country)}.");
                break;
            case 3:
                page.Write($"In {country.Entity} people speak {Language(country)}, and the capital is {Capital(country)}.");
                Know(page, country, "language", country.Language);
                break;
            case 4:
                page.Write($"{person} lives in {country.Capital}, the capital of "
                    + $"{new Answer(country.Name, "country", Of: country.Entity)}. {person.Subject} speaks {Language(country)}.");
                page.Know(person.Name, "home", country.Capital);
                Know(page, country, "language", country.Language);
                break;
            case 5:
                page.Write($"{person} went to {country.Entity} to see {Capital(country)}, the capital.");
                break;
            case 6:
                page.Write($"Everyone in {country.Entity} knows that the capital of {country.Entity} is {Capital(country)}.");
                break;
            case 7:
                page.Write($"People from {country.Entity} are {new Answer(country.Adjective, "adjective", Tag: PartOfSpeech.Adj)}.");
                Know(page, country, "adjective", country.Adjective);
                return;
            default:
                page.Write($"{person} is {Adjective(country.Adjective)}. {person.Subject} comes from "
                    + $"{new Answer(country.Name, "nationality", Of: country.Entity)} and speaks {Language(country)}.");
                page.Know(person.Name, "home", country.Name);
                Know(page, country, "adjective", country.Adjective);
                Know(page, country, "language", country.Language);
                return;
        }
        Know(page, country, "capital", country.Capital);
    }

    private static Answer Capital(Country country) => new(country.Capital, "capital", Tag: PartOfSpeech.Propn);

    private static Answer Language(Country country) => new(country.Language, "language", Tag: PartOfSpeech.Propn);

    private static void Know(Page page, Country country, string relation, string other) => page.Know(country.Name, relation, other);
}
