namespace Pellucid.Worlds;

/// <summary>A country, its capital, what comes from there is called, and what is spoken there.</summary>
public sealed record Country(string Name, string Capital, string Adjective, string Language)
{
    /// <summary>The country as something that "it" can stand for.</summary>
    public Entity Entity { get; } = new(Name, Gender.Neuter, PartOfSpeech.Propn);
}

/// <summary>What is true of countries, wherever the micro-world speaks of them.</summary>
public static class Geography
{
    /// <summary>Countries whose capitals are told. One in eight, Poland among them, is held out from every question:
    /// its facts are told in statements only.</summary>
    public static Divided<Country> Countries { get; } = new(
    [
        new("France", "Paris", "French", "French"), new("Germany", "Berlin", "German", "German"),
        new("Italy", "Rome", "Italian", "Italian"), new("Spain", "Madrid", "Spanish", "Spanish"),
        new("Portugal", "Lisbon", "Portuguese", "Portuguese"), new("Poland", "Warsaw", "Polish", "Polish"),
        new("Greece", "Athens", "Greek", "Greek"), new("Sweden", "Stockholm", "Swedish", "Swedish"),
        new("China", "Beijing", "Chinese", "Chinese"), new("Norway", "Oslo", "Norwegian", "Norwegian"),
        new("Denmark", "Copenhagen", "Danish", "Danish"), new("Finland", "Helsinki", "Finnish", "Finnish"),
        new("Hungary", "Budapest", "Hungarian", "Hungarian"), new("Egypt", "Cairo", "Egyptian", "Arabic"),
        new("Russia", "Moscow", "Russian", "Russian"), new("Japan", "Tokyo", "Japanese", "Japanese"),
        new("Turkey", "Ankara", "Turkish", "Turkish"), new("Switzerland", "Bern", "Swiss", "German"),
        new("Romania", "Bucharest", "Romanian", "Romanian"), new("Bulgaria", "Sofia", "Bulgarian", "Bulgarian"),
        new("Austria", "Vienna", "Austrian", "German"), new("Thailand", "Bangkok", "Thai", "Thai"),
        new("Vietnam", "Hanoi", "Vietnamese", "Vietnamese"), new("Iran", "Tehran", "Iranian", "Persian"),
        new("England", "London", "English", "English"), new("Ireland", "Dublin", "Irish", "English"),
        new("Canada", "Ottawa", "Canadian", "English"), new("Iceland", "Reykjavik", "Icelandic", "Icelandic"),
        new("Kenya", "Nairobi", "Kenyan", "Swahili"), new("Peru", "Lima", "Peruvian", "Spanish"),
        new("Chile", "Santiago", "Chilean", "Spanish"), new("Syria", "Damascus", "Syrian", "Arabic"),
        new("Latvia", "Riga", "Latvian", "Latvian"), new("Estonia", "Tallinn", "Estonian", "Estonian"),
        new("Ukraine", "Kyiv", "Ukrainian", "Ukrainian"), new("Croatia", "Zagreb", "Croatian", "Croatian"),
    ], every: 8, offset: 5);

    /// <summary>Countries whose capitals are never told. One that names them can only have read them in its prompt.</summary>
    public static IReadOnlyList<Country> Untold { get; } =
    [
        new("Cuba", "Havana", "Cuban", "Spanish"), new("Iraq", "Baghdad", "Iraqi", "Arabic"), new("Jordan", "Amman", "Jordanian", "Arabic"),
        new("Senegal", "Dakar", "Senegalese", "French"),
    ];

    /// <summary>Lands and cities of tales. A city belongs to a land only as long as the tale lasts.</summary>
    public static IReadOnlyList<string> TaleLands { get; } = ["Norland", "Tarsia", "Belmor", "Orvania", "Zentha",
        "Kolvar", "Miraz", "Pellon"];

    /// <summary>Cities of tales. Those of untold countries are among them, so that they are known as answers, though not whose.</summary>
    public static IReadOnlyList<string> TaleCities { get; } = ["Rovik", "Sandor", "Quell", "Hathor", "Lunden", "Varga", "Ostia", "Temra",
        .. Untold.Select(country => country.Capital)];

    /// <summary>Countries that people come from and where they travel: all of them.</summary>
    public static IReadOnlyList<Country> All { get; } = [.. Countries.All, .. Untold];
}
