namespace Pellucid.Worlds.Phenomena;

/// <summary>
/// Who does what where; kings and queens; young animals. Some trades are said to be a woman's or a man's more often
/// than not: the bias is stated here, so that what a model makes of it can be compared.
/// </summary>
internal sealed class Work() : Phenomenon("work", 3)
{
    /// <summary>A trade and the probability that the text calls one who does it <i>she</i>.</summary>
    private sealed record Trade(string Who, string Does, string What, string Where, double Women)
    {
        public Entity Woman { get; } = new(Who, Gender.Female);

        public Entity Man { get; } = new(Who, Gender.Male);
    }

    private static readonly Trade[] Trades =
    [
        new("nurse", "helps", "sick people", "hospital", 0.9), new("doctor", "heals", "sick people", "hospital", 0.1),
        new("baker", "bakes", "bread", "bakery", 0.5),
        new("farmer", "grows", "corn", "field", 0.3), new("teacher", "teaches", "children", "school", 0.7),
        new("painter", "paints", "pictures", "studio", 0.5),
        new("writer", "writes", "books", "library", 0.5), new("mechanic", "fixes", "cars", "garage", 0.1),
        new("cook", "makes", "soup", "kitchen", 0.6), new("singer", "sings", "songs", "theatre", 0.5),
    ];

    private static readonly (Entity Woman, Entity Man)[] Couples =
        [.. new[] { ("woman", "man"), ("queen", "king"), ("mother", "father"), ("sister", "brother"), ("girl", "boy") }
            .Select(pair => (new Entity(pair.Item1, Gender.Female), new Entity(pair.Item2, Gender.Male)))];

    private static readonly (string Young, string Grown)[] Animals = [("kitten", "cat"), ("puppy", "dog"),
        ("chick", "bird"), ("foal", "horse")];

    /// <summary>The stated probability that one who does the trade is called <i>she</i>.</summary>
    public static double ShareOfWomen(string trade) => Trades.Single(known => known.Who == trade).Women;

    public override void Write(Page page)
    {
        var trade = page.Any(Trades);
        var who = page.Happens(trade.Women) ? trade.Woman : trade.Man;
        switch (page.Next(6))
        {
            case 0:
                page.Write($"The {who} is in the {trade.Where}, where {who.Subject} {trade.Does} {trade.What}.");
                break;
            case 1:
                page.Write($"The {who} said that {who.Subject} was tired, and {who.Subject} went home.");
                break;
            case 2:
                page.Write($"Who {trade.Does} {trade.What}? The {new Answer(trade.Who, "trade", Of: who)} does.");
                break;
            case 3:
                var (woman, man) = page.Any(Couples);
                var (one, other) = page.Coin() ? (woman, man) : (man, woman);
                page.Write($"The {one} came home and took off {one.Possessive} hat. The {other} took off {other.Possessive} hat too.");
                break;
            case 4:
                var (young, grown) = page.Any(Animals);
                page.Write($"A {young} is a young {new Answer(grown, "young animal")}. "
                    + $"People take their {page.Any([young, grown])} to the vet.");
                break;
            default:
                var person = page.Any(People.All);
                page.Write($"{person} works in the {trade.Where} with a {trade.Who} and {trade.Does} {trade.What}.");
                break;
        }
    }
}
