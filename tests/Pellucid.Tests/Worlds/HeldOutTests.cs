using System.Text.RegularExpressions;
using Pellucid.Worlds;

namespace Pellucid.Tests.Worlds;

/// <summary>Nothing that is held out occurs in training text in the form it is held out from, and it does occur in others.</summary>
public sealed class HeldOutTests
{
    private static readonly Passage[] Training = [.. new MicroWorld(2026).Passages().Take(80_000)];

    [Fact]
    public void Held_out_pairs_of_names_never_meet()
    {
        var names = People.All.ToDictionary(person => person.Name);
        var pairs = Training.SelectMany(passage =>
        {
            var met = Regex.Matches(passage.Text, @"\w+")
                .Select(word => word.Value)
                .Where(names.ContainsKey).Distinct()
                .Select(name => names[name]).ToArray();
            return met.SelectMany((first, i) => met.Skip(i + 1).Select(second => (first, second)));
        }).ToArray();
        Assert.DoesNotContain(pairs, pair => People.IsHeldOutPair(pair.first, pair.second));
        Assert.True(People.IsHeldOutPair(People.Get("Mary"), People.Get("John")));
        Assert.Equal(People.All.Count, pairs.SelectMany(pair => new[] { pair.first, pair.second }).Distinct().Count());
        Assert.All(Asked("gifts"),
            question => Assert.True(People.IsHeldOutPair(names[question.Answer.Trim()], names[question.Alternatives[0].Trim()])));
    }

    [Fact]
    public void Nothing_is_asked_of_held_out_countries_but_their_facts_are_stated()
    {
        var heldOut = Geography.Countries[Split.HeldOut];
        Assert.Contains(heldOut, country => country.Name == "Poland");
        foreach (var country in heldOut)
        {
            Assert.DoesNotContain(Training, passage => Regex.IsMatch(passage.Text, $@"(capital of|speak in) {country.Name}\?"));
            Assert.Contains(Training,
                passage => passage.Text.Contains($"The capital of {country.Name} is {country.Capital}.", StringComparison.Ordinal));
        }
        Assert.All(Geography.Countries[Split.Training], country => Assert.Contains(Training,
            passage => passage.Text.Contains($"capital of {country.Name}? {country.Capital}", StringComparison.Ordinal)
                || passage.Text.Contains($"capital of {country.Name}?\nA: {country.Capital}", StringComparison.Ordinal)));
        Assert.Equal(heldOut.Select(country => country.Capital).Order(), Asked("questions")
            .Where(question => question.Group.EndsWith("capital", StringComparison.Ordinal))
            .Select(question => question.Answer.Trim()).Distinct().Order());
    }

    [Fact]
    public void Capitals_of_untold_countries_are_told_nowhere()
    {
        foreach (var country in Geography.Untold)
        {
            Assert.DoesNotContain(Training, passage => passage.Text.Contains(country.Name, StringComparison.Ordinal)
                && passage.Text.Contains(country.Capital, StringComparison.Ordinal));
            Assert.DoesNotContain(Training, passage => passage.Text.Contains($"capital of {country.Name}", StringComparison.Ordinal));
            Assert.Contains(Training, passage => passage.Text.Contains(country.Name, StringComparison.Ordinal));
            Assert.Contains(Training, passage => passage.Text.Contains(country.Capital, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Held_out_things_and_fillings_occur_in_no_story_of_belief()
    {
        var stories = Training.Where(passage => passage.Story is not null).ToArray();
        var words = stories.SelectMany(passage => Regex.Matches(passage.Text, @"\w+").Select(word => word.Value)).ToHashSet();
        Assert.All(Nouns.Things[Split.HeldOut], thing => Assert.DoesNotContain(thing.Name, words));
        Assert.All(Nouns.Fillings[Split.HeldOut], filling => Assert.DoesNotContain(filling, words));
        Assert.All(["glass", "calls", "friend"], word => Assert.DoesNotContain(word, words));
        var others = Training.Where(passage => passage.Story is null)
            .SelectMany(passage => Regex.Matches(passage.Text, @"\w+").Select(word => word.Value)).ToHashSet();
        Assert.All(Nouns.Things[Split.HeldOut].Select(thing => thing.Name).Concat(Nouns.Fillings[Split.HeldOut]).Append("glass"),
            word => Assert.Contains(word, others));
    }

    [Theory]
    [InlineData("tenses", @"Today I (\w+)\. Yesterday")]
    [InlineData("upper case", @"(\w+) becomes")]
    public void Held_out_words_never_stand_in_the_form_that_is_asked(string phenomenon, string form)
    {
        var asked = Asked(phenomenon).Select(question => question.Alternatives[0].Trim()).Distinct().ToArray();
        Assert.InRange(asked.Length, 4, 5);
        var stood = Training.SelectMany(passage => Regex.Matches(passage.Text, form).Select(match => match.Groups[1].Value)).ToHashSet();
        Assert.InRange(stood.Count, 25, 40);
        Assert.All(asked, word => Assert.DoesNotContain(word, stood));
        var known = Training.SelectMany(passage => Regex.Matches(passage.Text, @"\w+").Select(match => match.Value)).ToHashSet();
        Assert.All(Asked(phenomenon).Select(question => question.Answer.Trim()), word => Assert.Contains(word, known));
    }

    private static IReadOnlyList<ClozeQuestion> Asked(string phenomenon) =>
        new MicroWorld(2026).Questions(MicroWorld.Standard.Single(known => known.Name == phenomenon), Split.HeldOut, 100);
}
