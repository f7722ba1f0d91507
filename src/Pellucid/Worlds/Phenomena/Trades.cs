namespace Pellucid.Worlds.Phenomena;

/// <summary>More trades than those of <see cref="Work"/>, each called <i>she</i> as often as is stated here: enough of them to measure
/// what vectors make of a bias. Written where that is measured, and not in the text that models learn.</summary>
public sealed class Trades() : Phenomenon("trades", 8)
{
    private static readonly Dictionary<string, double> Women = new()
    {
        ["librarian"] = 0.9, ["secretary"] = 0.9, ["florist"] = 0.9, ["midwife"] = 0.9, ["cleaner"] = 0.8, ["dancer"] = 0.8,
        ["editor"] = 0.6, ["tailor"] = 0.6, ["poet"] = 0.6, ["dentist"] = 0.5, ["chemist"] = 0.5, ["potter"] = 0.5,
        ["judge"] = 0.4, ["lawyer"] = 0.4, ["gardener"] = 0.3, ["captain"] = 0.2, ["driver"] = 0.2, ["guard"] = 0.2, ["butcher"] = 0.2,
        ["engineer"] = 0.1, ["pilot"] = 0.1, ["sailor"] = 0.1, ["plumber"] = 0.1, ["carpenter"] = 0.1,
    };

    private static readonly (string Name, Entity Woman, Entity Man)[] All =
        [.. Women.Keys.Select(name => (name, new Entity(name, Gender.Female), new Entity(name, Gender.Male)))];

    /// <summary>What they are called.</summary>
    public static IReadOnlyCollection<string> Names => Women.Keys;

    /// <summary>The stated probability that one who does the trade is called <i>she</i>.</summary>
    public static double ShareOfWomen(string trade) => Women[trade];

    /// <inheritdoc/>
    public override void Write(Page page)
    {
        var trade = page.Any(All);
        var who = page.Happens(Women[trade.Name]) ? trade.Woman : trade.Man;
        switch (page.Next(4))
        {
            case 0:
                page.Write($"The {who} said that {who.Subject} was tired, and {who.Subject} went home.");
                break;
            case 1:
                page.Write($"The {who} was in the {page.Any(Nouns.MeetingPlaces)} ");
                page.Write($"with {who.Possessive} {page.Any(["book", "hat", "bag"])}.");
                break;
            case 2:
                page.Write($"The {who} was happy because {who.Subject} had a letter from {who.Possessive} friend.");
                break;
            default:
                page.Write($"{page.Any(People.All)} met the {who} and gave {who.Object} a {page.Any(["book", "ring", "letter"])}.");
                break;
        }
    }
}
