using Pellucid.Looking;
using Pellucid.Tensors;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>A woman and a man, and a pronoun that means one of them, at the end.</summary>
/// <param name="Tokens">Up to the pronoun.</param>
/// <param name="Right">Where the name stands that it means.</param>
/// <param name="Wrong">Where the other stands.</param>
/// <param name="Asked">The same, asked who is meant.</param>
internal sealed record PronounSentence(int[] Tokens, int Right, int Wrong, Question Asked)
{
    private static readonly string[] Women = ["Mary", "Anna", "Susan", "Emma", "Alice", "Laura", "Sarah", "Helen", "Julia", "Lisa", "Karen",
        "Emily", "Jane", "Kate", "Lucy", "Maria", "Rachel", "Jennifer", "Elizabeth", "Victoria"];
    private static readonly string[] Men = ["John", "David", "Paul", "Peter", "Tom", "James", "Robert", "Michael", "Daniel", "Kevin",
        "Mark", "Richard", "Thomas", "Frank", "George", "Henry", "Jack", "Luke", "Steve", "Eric"];

    private static readonly string[] Forms =
    [
        "Then {0} called {1}, because {2}", "Yesterday {0} met {1} at the station when {2}", "Later {0} told {1} a story while {2}",
        "The train was late, and {0} waited with {1} until {2}",
    ];

    /// <summary>Both orders and both pronouns of every form, so many times; names are of one half of the list.</summary>
    public static IReadOnlyList<PronounSentence> Of(Guide guide, bool ofFirstHalf, int each)
    {
        string[] Half(string[] names) => [.. names.Where(name => guide.Tokenizer.Encode(" " + name).Length == 1)
            .Where((_, i) => i % 2 == 0 == ofFirstHalf)];
        var (women, men, lot) = (Half(Women), Half(Men), 0UL);
        if (women.Length < 3 || men.Length < 3)
            return [];
        string Drawn(string[] names) => names[CounterRandom.Bits(4, ofFirstHalf ? 1u : 2u, 0, lot++) % (ulong)names.Length];
        return [.. from form in Forms from womanFirst in (bool[])[true, false] from isWoman in (bool[])[true, false]
            from _ in Enumerable.Range(0, each) select Sentence(guide, form, Drawn(women), Drawn(men), womanFirst, isWoman)];
    }

    private static PronounSentence Sentence(Guide guide, string form, string woman, string man, bool womanFirst, bool isWoman)
    {
        var text = form.Replace("{0}", womanFirst ? woman : man, StringComparison.Ordinal)
            .Replace("{1}", womanFirst ? man : woman, StringComparison.Ordinal)
            .Replace("{2}", isWoman ? "she" : "he", StringComparison.Ordinal);
        var tokens = guide.Subject.Encode(text);
        var (right, wrong) = (guide.Subject.OneToken(" " + (isWoman ? woman : man)), guide.Subject.OneToken(" " + (isWoman ? man : woman)));
        return new PronounSentence(tokens, Array.IndexOf(tokens, right), Array.IndexOf(tokens, wrong),
            new Question(guide.Subject.Encode($"{text} was ill. The one who was ill was"), right, wrong));
    }
}
