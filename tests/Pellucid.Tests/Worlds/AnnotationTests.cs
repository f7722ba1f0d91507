using System.Text.RegularExpressions;
using Pellucid.Worlds;
using Pellucid.Worlds.Phenomena;

namespace Pellucid.Tests.Worlds;

/// <summary>What the micro-world says of its text is true of its text.</summary>
public sealed class AnnotationTests
{
    private static readonly string[] PronounWords = ["she", "her", "he", "him", "his", "it", "its", "they", "them", "their"];

    private static readonly Passage[] Passages = [.. new MicroWorld(11).Passages().Take(40_000)];

    [Fact]
    public void Every_word_and_sign_has_exactly_one_part_of_speech()
    {
        foreach (var passage in Passages)
        {
            var tagged = passage.Of(AnnotationKind.PartOfSpeech).Select(word => word.Span).ToArray();
            var found = Regex.Matches(passage.Text, @"[A-Za-z]+|[0-9][0-9:]*|[^\sA-Za-z0-9]")
                .Select(match => new Span(match.Index, match.Length)).ToArray();
            Assert.True(found.SequenceEqual(tagged), passage.Text);
        }
    }

    [Fact]
    public void Words_of_two_kinds_are_told_apart()
    {
        string[] Tags(string word) =>
            [.. Passages.SelectMany(passage => passage.Of(AnnotationKind.PartOfSpeech).Where(tag => tag.Span.Of(passage.Text) == word))
                .Select(tag => tag.Label).Distinct().Order()];
        Assert.All(["wants", "cash", "flies", "walk", "drink", "play", "watch"], word => Assert.Equal(["NOUN", "VERB"], Tags(word)));
        Assert.Equal(["ADP", "VERB"], Tags("like"));
        Assert.Equal(["ADP", "PART"], Tags("to"));
        Assert.All(["Polish", "French"], word => Assert.Equal(["ADJ", "PROPN"], Tags(word)));
    }

    [Fact]
    public void To_before_a_verb_is_a_particle_and_elsewhere_a_preposition()
    {
        foreach (var passage in Passages)
        {
            var words = passage.Of(AnnotationKind.PartOfSpeech).ToArray();
            for (var i = 0; i + 1 < words.Length; i++)
                if (words[i].Span.Of(passage.Text) == "to")
                    Assert.True(words[i].Label == (words[i + 1].Label == "VERB" ? "PART" : "ADP"), passage.Text);
        }
    }

    [Fact]
    public void A_pronoun_has_an_antecedent_that_comes_before_it_and_agrees_with_it()
    {
        var pronouns = 0;
        foreach (var passage in Passages)
        {
            foreach (var mark in passage.Of(AnnotationKind.Reference))
            {
                var word = mark.Span.Of(passage.Text);
                if (mark.Target == default)
                {
                    Assert.Equal(mark.Label, word, ignoreCase: true);
                    continue;
                }
                pronouns++;
                Assert.Contains(word.ToLowerInvariant(), PronounWords);
                Assert.True(mark.Target.End <= mark.Span.Start);
                Assert.Equal(mark.Label, mark.Target.Of(passage.Text), ignoreCase: true);
                if (People.All.FirstOrDefault(person => person.Name == mark.Label) is { } person)
                    Assert.Contains(word.ToLowerInvariant(),
                        person.Gender == Gender.Female ? ["she", "her"] : (string[])["he", "him", "his"]);
            }
        }
        Assert.InRange(pronouns, 5000, int.MaxValue);
    }

    [Fact]
    public void Senses_numbers_and_answers_stand_where_they_say()
    {
        var senses = new HashSet<string>();
        foreach (var passage in Passages)
        {
            foreach (var mark in passage.Annotations.Where(mark =>
                mark.Kind is AnnotationKind.Sense or AnnotationKind.Number or AnnotationKind.Answer))
            {
                var word = mark.Span.Of(passage.Text);
                if (mark.Kind == AnnotationKind.Sense)
                {
                    Assert.Equal(mark.Label.Split(": ")[0], word);
                    senses.Add(mark.Label);
                }
                if (mark.Kind == AnnotationKind.Number)
                    Assert.Equal(mark.Label == "plural", !word.EndsWith('s') && passage.Text[..mark.Target.End].EndsWith('s')
                        || mark.Target.Of(passage.Text) is "mice" or "children");
                Assert.InRange(mark.Span.Start, 1, passage.Text.Length - word.Length);
            }
        }
        Assert.Superset(new HashSet<string> { "bank: money", "bank: river", "magazine: copy", "magazine: company" }, senses);
    }

    [Fact]
    public void No_two_passages_contradict_each_other()
    {
        var relations =
            new HashSet<string> { "capital", "language", "adjective", "past", "plural", "comparative", "superlative", "upper case" };
        var known = new Dictionary<(string, string), string>();
        foreach (var fact in Passages.SelectMany(passage => passage.Facts).Where(fact => relations.Contains(fact.Relation)))
            Assert.Equal(
                known.TryAdd((fact.Subject, fact.Relation), fact.Object) ? fact.Object : known[(fact.Subject, fact.Relation)], fact.Object);
        Assert.Equal(relations.Order(), known.Keys.Select(key => key.Item2).Distinct().Order());
        Assert.All(Geography.Countries.All, country => Assert.Equal((country.Capital, country.Language, country.Adjective),
            (known[(country.Name, "capital")], known[(country.Name, "language")], known[(country.Name, "adjective")])));
    }

    [Fact]
    public void Capitals_that_the_text_states_are_the_ones_that_are_true()
    {
        var capitals = Geography.All.ToDictionary(country => country.Name, country => country.Capital);
        var stated = Passages.SelectMany(passage => Regex.Matches(passage.Text,
            @"(?:capital of (\w+) is (\w+))|(?:\b([A-Z]\w+)(?<!What)(?: is|,) the capital of (\w+))")
            .Select(match => match.Groups[1].Success ? (Country: match.Groups[1].Value, Capital: match.Groups[2].Value)
                : (Country: match.Groups[4].Value, Capital: match.Groups[3].Value)))
            .Where(pair => capitals.ContainsKey(pair.Country)).ToArray();
        Assert.InRange(stated.Length, 1000, int.MaxValue);
        Assert.All(stated, pair => Assert.Equal(capitals[pair.Country], pair.Capital));
    }

    [Fact]
    public void A_fact_holds_from_where_its_words_have_been_said()
    {
        foreach (var passage in Passages)
            foreach (var fact in passage.Facts.Where(fact =>
                fact.Relation is "capital" or "capital in the tale" or "home" or "whereabouts" or "in" or "has" or "owns"))
            {
                Assert.Contains(fact.Subject, passage.Text[..fact.From], StringComparison.OrdinalIgnoreCase);
                Assert.Contains(fact.Object, passage.Text[..fact.From], StringComparison.OrdinalIgnoreCase);
            }
    }

    [Fact]
    public void Trades_are_as_biased_as_stated()
    {
        foreach (var trade in (string[])["nurse", "doctor", "teacher", "mechanic"])
        {
            var said = Passages.Where(passage => passage.Phenomenon == "work")
                .Select(passage => Regex.Match(passage.Text, $@"{trade} (?:is in the \w+, where|said that) (s?he)"))
                .Where(match => match.Success).ToArray();
            Assert.Equal(Work.ShareOfWomen(trade), said.Count(match => match.Groups[1].Value == "she") / (double)said.Length, 0.12);
        }
    }
}
