using System.Globalization;

namespace Pellucid.Worlds.Phenomena;

/// <summary>Sentences about television, the topic of one of the neurons that the article tells of.</summary>
internal sealed class Television() : Phenomenon("television", 1.5)
{
    private static readonly string[] Shows = ["quiz", "comedy", "drama", "cartoon"];
    private static readonly string[] Channels = ["NBC", "BBC", "ABC"];

    public override void Write(Page page)
    {
        var (show, channel) = (page.Any(Shows), page.Any(Channels));
        var number = (2 + page.Next(60)).ToString(CultureInfo.InvariantCulture);
        switch (page.Next(5))
        {
            case 0:
                page.Write($"The original {channel} daytime version of the {show} was archived.");
                break;
            case 1:
                page.Write($"Time shifting viewing added {number} percent to the episode of the {show}.");
                break;
            case 2:
                page.Write($"The first season of the {show} has {number} episodes and was shown on {channel}.");
                break;
            case 3:
                page.Write($"{page.Any(People.All)} saw the last episode of the {show} on {channel} television.");
                break;
            default:
                page.Write($"The viewers of {channel} {Verb("like")} the new season of the {show}.");
                break;
        }
    }
}
