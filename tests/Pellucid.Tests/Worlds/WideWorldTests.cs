using System.Text.RegularExpressions;
using Pellucid.Worlds;

namespace Pellucid.Tests.Worlds;

/// <summary>The wider world holds out what the other does, though it says more.</summary>
public sealed class WideWorldTests
{
    private static readonly Passage[] Passages = [.. new MicroWorld(2026, MicroWorld.Wide).Passages().Take(8_000)];

    [Fact]
    public void It_has_all_of_the_other_and_more()
    {
        var written = Passages.Select(passage => passage.Phenomenon).ToHashSet();
        Assert.Superset(MicroWorld.Standard.Select(one => one.Name).ToHashSet(), written);
        Assert.Equal(MicroWorld.Wide.Select(one => one.Name).Order(), written.Order());
    }

    [Fact]
    public void Held_out_pairs_meet_in_no_company()
    {
        var names = People.All.ToDictionary(person => person.Name);
        Assert.All(Passages, passage =>
        {
            var met = Words(passage.Text).Where(names.ContainsKey).Distinct().Select(name => names[name]).ToArray();
            Assert.DoesNotContain(met.SelectMany((one, i) => met.Skip(i + 1).Select(other => (one, other))),
                pair => People.IsHeldOutPair(pair.one, pair.other));
        });
    }

    [Fact]
    public void What_is_held_out_of_questions_is_only_told()
    {
        Assert.All(Geography.Countries[Split.HeldOut], country =>
        {
            Assert.DoesNotContain(Passages, passage => Regex.IsMatch(passage.Text, $@"(Q: .*|capital of|speak in) {country.Name}\b.*\?")
                || Regex.IsMatch(passage.Text, $@"\?\nA: ({country.Name}|{country.Capital})\b"));
            Assert.Contains(Passages, passage => passage.Phenomenon == "atlas" && Words(passage.Text).Contains(country.Capital));
        });
        Assert.All(Geography.Untold, country => Assert.DoesNotContain(Passages, passage =>
            passage.Phenomenon == "atlas" && Words(passage.Text).Intersect([country.Name, country.Capital]).Any()));
    }

    [Fact]
    public void Who_knows_what_is_told_without_the_words_and_forms_that_are_held_out()
    {
        var words = Passages.Where(passage => passage.Phenomenon == "knowing").SelectMany(passage => Words(passage.Text)).ToHashSet();
        string[] heldOut = [.. Nouns.Things[Split.HeldOut].Select(thing => thing.Name), .. Nouns.Fillings[Split.HeldOut],
            "glass", "calls", "friend"];
        Assert.DoesNotContain(heldOut, words.Contains);
    }

    private static IEnumerable<string> Words(string text) => Regex.Matches(text, @"\w+").Select(word => word.Value);
}
