using Pellucid.Worlds;

namespace Pellucid.Tests.Worlds;

public sealed class MicroWorldTests
{
    [Fact]
    public void The_same_seed_writes_the_same_text()
    {
        Assert.Equal(new MicroWorld(5).Text(5000), new MicroWorld(5).Text(5000));
        Assert.NotEqual(new MicroWorld(5).Text(5000), new MicroWorld(6).Text(5000));
    }

    [Fact]
    public void What_it_says_of_capitals_is_true()
    {
        var world = new MicroWorld(1);
        var said = Enumerable.Range(0, 3000).Select(_ => world.Passage()).Where(passage => passage.StartsWith("The capital of", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(said);
        Assert.All(said, passage => Assert.Contains(Facts.Countries, country => passage == $"The capital of {country.Name} is {country.Capital}. In {country.Capital} people speak {country.Language}."));
    }

    [Fact]
    public void One_passage_in_five_at_least_is_about_a_gift_to_someone_else()
    {
        var world = new MicroWorld(2);
        var gifts = Enumerable.Range(0, 2000).Select(_ => world.Passage())
            .Select(passage => System.Text.RegularExpressions.Regex.Match(passage, @"(\w+) (?:gave a|handed it|showed a)(?: \w+)? to (\w+)\.")).Where(match => match.Success).ToArray();
        Assert.InRange(gifts.Length, 400, 1000);
        Assert.All(gifts, match => Assert.NotEqual(match.Groups[1].Value, match.Groups[2].Value));
    }
}
