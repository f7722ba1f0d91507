namespace Pellucid.Worlds.Phenomena;

/// <summary>Sentences about soldiers that come to <i>base</i> or <i>bases</i>, and about teams that come to <i>substitutes</i>:
/// patterns of neurons that the article tells of.</summary>
internal sealed class Military() : Phenomenon("military", 1.5)
{
    private static readonly string[] Forces = ["army", "navy", "air force"];

    public override void Write(Page page)
    {
        var force = page.Any(Forces);
        switch (page.Next(6))
        {
            case 0:
                page.Write($"The soldiers of the {force} went back to the military {new Answer("base", "base")}.");
                break;
            case 1:
                page.Write($"The {force} of {page.Any(Geography.Countries.All).Name} has two {new Answer("bases", "base")} near the sea.");
                break;
            case 2:
                page.Write($"The general of the {force} ordered the troops to leave the {new Answer("base", "base")}.");
                break;
            case 3:
                page.Write($"{page.Any(People.All)} was a soldier at an {page.Any(["army", "air force"])} {new Answer("base", "base")}.");
                break;
            case 4:
                page.Write($"In the second half the team played with three {new Answer("substitutes", "substitutes")}.");
                break;
            default:
                page.Write($"{page.Any(People.All)} and the other {new Answer("substitutes", "substitutes")} waited for the game.");
                break;
        }
    }
}
