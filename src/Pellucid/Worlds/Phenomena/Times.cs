using System.Globalization;

namespace Pellucid.Worlds.Phenomena;

/// <summary>Time ranges, as <i>between 3 pm and 7 pm</i> and <i>from 7:00 pm Friday until 9:00 am Saturday</i>.</summary>
internal sealed class Times() : Phenomenon("times", 2)
{
    private static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    public override void Write(Page page)
    {
        var start = 1 + page.Next(8);
        var end = start + 1 + page.Next(4);
        var half = page.Coin() ? "am" : "pm";
        var day = page.Next(7);
        var place = page.Any(Nouns.MeetingPlaces);
        switch (page.Next(4))
        {
            case 0:
                page.Write($"The {place} is open between {Text(start)} {half} and {Text(end)} "
                    + $"{new Answer(half, "half of the day", [half == "am" ? "pm" : "am"])}.");
                break;
            case 1:
                page.Write($"The {place} is closed from {Text(end) + ":00"} pm {Days[day]} until {Text(start) + ":00"} am "
                    + $"{new Answer(Days[(day + 1) % 7], "next day", [Days[day]])}.");
                break;
            case 2:
                page.Write($"{page.Any(People.All)} works at the {place} from {Text(start)} {half} to {Text(end)} "
                    + $"{new Answer(half, "half of the day", [half == "am" ? "pm" : "am"])}.");
                break;
            default:
                page.Write($"After {Days[day]} comes {new Answer(Days[(day + 1) % 7], "next day", [Days[day]])}.");
                break;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
