namespace Pellucid.Worlds.Phenomena;

/// <summary>
/// Facts about a hundred countries, more than attention holds on its own, and so told and asked that the country and what is asked
/// of it must first be brought together: another country stands beside it, or it is only said who lives there.
/// </summary>
internal sealed class Atlas() : Phenomenon("atlas", 24)
{
    private static readonly Country[] More = [.. """
        Albania Tirana Albanian Albanian, Algeria Algiers Algerian Arabic, Angola Luanda Angolan Portuguese, Armenia Yerevan Armenian
        Armenian, Australia Canberra Australian English, Azerbaijan Baku Azerbaijani Azerbaijani, Bangladesh Dhaka Bangladeshi Bengali,
        Belarus Minsk Belarusian Belarusian, Belgium Brussels Belgian Dutch, Bosnia Sarajevo Bosnian Bosnian, Brazil Brasilia Brazilian
        Portuguese, Colombia Bogota Colombian Spanish, Cyprus Nicosia Cypriot Greek, Czechia Prague Czech Czech, Ecuador Quito
        Ecuadorian Spanish, Fiji Suva Fijian Fijian, Gabon Libreville Gabonese French, Georgia Tbilisi Georgian Georgian, Ghana Accra
        Ghanaian English, Guinea Conakry Guinean French, Honduras Tegucigalpa Honduran Spanish, Indonesia Jakarta Indonesian Indonesian,
        Jamaica Kingston Jamaican English, Kazakhstan Astana Kazakh Kazakh, Kyrgyzstan Bishkek Kyrgyz Kyrgyz, Laos Vientiane Laotian
        Lao, Lebanon Beirut Lebanese Arabic, Liberia Monrovia Liberian English, Libya Tripoli Libyan Arabic, Lithuania Vilnius Lithuanian
        Lithuanian, Madagascar Antananarivo Malagasy Malagasy, Malawi Lilongwe Malawian English, Mali Bamako Malian French, Malta
        Valletta Maltese Maltese, Moldova Chisinau Moldovan Romanian, Mongolia Ulaanbaatar Mongolian Mongolian, Morocco Rabat Moroccan
        Arabic, Mozambique Maputo Mozambican Portuguese, Namibia Windhoek Namibian English, Nepal Kathmandu Nepali Nepali, Nicaragua
        Managua Nicaraguan Spanish, Niger Niamey Nigerien French, Nigeria Abuja Nigerian English, Oman Muscat Omani Arabic, Pakistan
        Islamabad Pakistani Urdu, Paraguay Asuncion Paraguayan Spanish, Qatar Doha Qatari Arabic, Rwanda Kigali Rwandan Kinyarwanda,
        Scotland Edinburgh Scottish English, Serbia Belgrade Serbian Serbian, Slovakia Bratislava Slovak Slovak, Slovenia Ljubljana
        Slovenian Slovenian, Somalia Mogadishu Somali Somali, Sudan Khartoum Sudanese Arabic, Tajikistan Dushanbe Tajik Tajik, Tunisia
        Tunis Tunisian Arabic, Turkmenistan Ashgabat Turkmen Turkmen, Uganda Kampala Ugandan English, Uruguay Montevideo Uruguayan
        Spanish, Uzbekistan Tashkent Uzbek Uzbek, Venezuela Caracas Venezuelan Spanish, Wales Cardiff Welsh Welsh, Zambia Lusaka Zambian
        English, Zimbabwe Harare Zimbabwean English
        """.Split(',').Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Select(words => new Country(words[0], words[1], words[2], words[3]))];

    private static readonly Country[] All = [.. Geography.Countries.All, .. More];

    // What is held out from questions about countries is so here too.
    private static readonly Country[] Asked = [.. Geography.Countries[Split.Training], .. More];

    public override void Write(Page page)
    {
        if (page.Coin())
            Tell(page);
        else
            Ask(page);
    }

    private static void Tell(Page page)
    {
        var (country, other) = page.Two(All);
        var person = page.Any(People.All);
        switch (page.Next(12))
        {
            case 0:
                page.Write($"The capital of {country.Entity} is {Capital(country)}.");
                break;
            case 1:
                page.Write($"{person} went from {other.Entity} to {country.Entity} and saw {Capital(country)}, the capital.");
                break;
            case 2:
                page.Write($"{country.Entity} is a country, and so is {other.Entity}. ");
                page.Write($"The capital of {country.Entity} is {Capital(country)}.");
                break;
            case 3:
                page.Write($"In {country.Entity} people speak {Language(country)}, and in {other.Entity} people speak {Language(other)}.");
                break;
            case 4:
                page.Write($"The capital of {country.Entity} and not of {other.Entity} is {Capital(country)}.");
                break;
            case 5:
                page.Write($"{Named(country.Capital)} is the capital of {Land(country)}, ");
                page.Write($"and {Named(other.Capital)} is the capital of {Land(other)}.");
                break;
            case 6:
                page.Write($"People from {country.Entity} are {Adjective(country)}, ");
                page.Write($"and people from {other.Entity} are {Adjective(other)}.");
                break;
            case 7:
                page.Write($"{person} is from {country.Entity}. {person.Subject} is {Adjective(country)}, {person.Subject} speaks ");
                page.Write($"{Language(country)}, and the capital there is {Capital(country)}.");
                break;
            default:
                var friend = Friend(page, person);
                page.Write($"{person} is from {country.Entity} and {friend} is from {other.Entity}. ");
                var (asked, home) = page.Coin() ? (person, country) : (friend, other);
                page.Write($"The capital of the country of {asked} is {Capital(home)}.");
                break;
        }
    }

    private static void Ask(Page page)
    {
        var (country, other) = page.Two(Asked);
        var between = page.Coin() ? "\n" : " ";
        switch (page.Next(6))
        {
            case 0:
                page.Write($"Q: What is the capital of {country.Entity}?{between}{Noun("A")}: {Capital(country)}");
                break;
            case 1:
                page.Write($"Q: What is the capital of {country.Entity} and not of {other.Entity}?{between}");
                page.Write($"{Noun("A")}: {Capital(country)}");
                break;
            case 2:
                page.Write($"Q: Which country has the capital {Named(country.Capital)}?{between}{Noun("A")}: {Land(country)}");
                break;
            default:
                var person = page.Any(People.All);
                var friend = Friend(page, person);
                page.Write($"{person} is from {country.Entity} and {friend} is from {other.Entity}.");
                for (var questions = 1 + page.Next(2); questions > 0; questions--)
                {
                    var (asked, home) = page.Coin() ? (person, country) : (friend, other);
                    switch (page.Next(4))
                    {
                        case 0:
                            page.Write($"{between}Q: What do people speak in the country of {asked}?{between}");
                            page.Write($"{Noun("A")}: {Language(home)}");
                            break;
                        case 1:
                            page.Write($"{between}Q: Where is {asked} from?{between}{Noun("A")}: {Land(home)}");
                            break;
                        default:
                            page.Write($"{between}Q: What is the capital of the country of {asked}?{between}");
                            page.Write($"{Noun("A")}: {Capital(home)}");
                            break;
                    }
                }
                break;
        }
    }

    private static Entity Friend(Page page, Entity person)
    {
        while (true)
            if (page.Any(People.All) is var friend && friend != person && !People.IsHeldOutPair(friend, person))
                return friend;
    }

    private static Answer Capital(Country country) => new(country.Capital, "capital", Tag: PartOfSpeech.Propn);

    private static Tagged Named(string city) => new(city, PartOfSpeech.Propn);

    private static Answer Land(Country country) => new(country.Name, "country", Tag: PartOfSpeech.Propn);

    private static Answer Language(Country country) => new(country.Language, "language", Tag: PartOfSpeech.Propn);

    private static Answer Adjective(Country country) => new(country.Adjective, "adjective", Tag: PartOfSpeech.Adj);
}
