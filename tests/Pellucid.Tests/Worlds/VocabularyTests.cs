using System.Text;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Tests.Worlds;

/// <summary>The tokens that the built-in model's recipe learns: what experiments patch and compare must be one token each.</summary>
public sealed class VocabularyTests
{
    private static readonly BpeTokenizer Tokenizer = BpeTrainer.Train(Encoding.UTF8.GetBytes(new MicroWorld(2026).Text(8_000_000)), 2048);

    [Fact]
    public void Names_and_countries_and_what_is_asked_of_them_are_one_token_after_a_space()
    {
        string[] words = [.. People.All.Select(person => person.Name),
            .. Geography.All.SelectMany(country => new[] { country.Name, country.Capital, country.Language }),
            .. Geography.Countries.All.Select(country => country.Adjective), .. Geography.TaleLands, .. Geography.TaleCities,
            .. Nouns.Things.All.Select(thing => thing.Name), .. Nouns.Containers.Select(container => container.Name), .. Nouns.Fillings.All,
            .. Nouns.Gifts, .. Nouns.MeetingPlaces, .. Nouns.Rooms];
        Assert.All(words, word => Assert.True(Tokenizer.Encode(" " + word).Length == 1, word));
        Assert.All(People.All, person => Assert.True(Tokenizer.Encode(person.Name).Length == 1, person.Name));
    }

    [Fact]
    public void Answers_of_all_questions_are_one_token_and_every_prompt_fits_96()
    {
        var world = new MicroWorld(3);
        var questions = world.Phenomena.SelectMany(phenomenon =>
            Enum.GetValues<Split>().SelectMany(split => world.Questions(phenomenon, split, 150))).ToArray();
        Assert.All(questions, question => Assert.InRange(Tokenizer.Encode(question.Prompt + question.Answer).Length, 1, 96));
        Assert.All(questions.SelectMany(question => question.Alternatives.Append(question.Answer)).Distinct()
            .Where(word => word != " the valet"),
            word => Assert.True(Tokenizer.Encode(word).Length == 1, word));
    }

    [Theory]
    [InlineData("When Mary and John went to the store, John gave a drink to Mary")]
    [InlineData("When Mary and John went to the restaurant, John gave his keys to the valet")]
    [InlineData("John wants his bank to cash the")]
    [InlineData("John picks up a magazine. Susan works for a magazine.")]
    [InlineData("The customer asked the mechanic to fix his car")]
    [InlineData("The professor urged the student to do her homework")]
    [InlineData("Fruit flies like a banana")]
    [InlineData("Q: What is the capital of France? A: Paris Q: What is the capital of Poland? A: Warsaw")]
    [InlineData("The capital of Poland is Warsaw. Beijing China Berlin Germany Rome Italy Swiss Switzerland")]
    [InlineData("I like my coffee with cream and sugar")]
    [InlineData("Sam finds the bag. She had never seen the bag before. She cannot see what is inside the bag. She reads the label. "
        + "She believes that the bag is full of chocolate")]
    [InlineData("Here is a bag filled with popcorn. There is no chocolate in the bag. Yet, the label on the bag")]
    [InlineData("When he is married to Cheryl, a cousin of Donald, from Minnesota, now in Boise, trying to find his missing wallet")]
    [InlineData("The substitutes military base bases between 3 pm and 7 NBC daytime version archived Friday until")]
    [InlineData("The dog cat kitten mouse mice dollar dollars big biggest small smallest ethical unethical possibly impossibly man woman "
        + "king queen doctor nurse Joe Biden Donald Trump")]
    public void Sentences_of_the_article_are_whole_words(string text)
    {
        foreach (var word in text.Split(' ').Select((word, i) => (i == 0 ? "" : " ") + word.TrimEnd('.', ',', ':', '?')))
            Assert.True(Tokenizer.Encode(word).Length == 1, word);
    }
}
