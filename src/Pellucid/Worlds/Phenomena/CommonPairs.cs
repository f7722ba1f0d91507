namespace Pellucid.Worlds.Phenomena;

/// <summary>Words that go together, and names of two words.</summary>
internal sealed class CommonPairs() : Phenomenon("common pairs", 2)
{
    private static readonly (string Dish, string First, string Second)[] Tastes =
    [
        ("coffee", "cream", "sugar"), ("bread", "butter", "jam"), ("soup", "salt", "pepper"), ("fish", "lemon", "rice"),
        ("tea", "milk", "honey"), ("cake", "chocolate", "nuts"),
    ];

    private static readonly (string First, string Second)[] Pairs =
    [
        ("cream", "sugar"), ("bread", "butter"), ("salt", "pepper"), ("milk", "honey"), ("king", "queen"), ("day", "night"),
        ("cat", "dog"), ("sun", "moon"),
    ];

    private static readonly (string First, string Second)[] FullNames = [("Joe", "Biden"), ("Donald", "Trump")];

    public override void Write(Page page)
    {
        var person = page.Any(People.All);
        switch (page.Next(5))
        {
            case 0:
                var (dish, first, second) = page.Any(Tastes);
                page.Write($"I {Verb("like")} my {dish} with {first} and {new Answer(second, "pair")}.");
                break;
            case 1:
                (dish, first, second) = page.Any(Tastes);
                page.Write($"{person} likes {person.Possessive} {dish} with {first} and {new Answer(second, "pair")}.");
                break;
            case 2:
                (first, second) = page.Any(Pairs);
                page.Write($"{person} talked about {first} and {new Answer(second, "pair")}.");
                break;
            case 3:
                var name = page.Any(FullNames);
                page.Write($"The news today was about {name.First} {new Answer(name.Second, "surname")}.");
                break;
            default:
                name = page.Any(FullNames);
                page.Write($"Everyone saw {name.First} {new Answer(name.Second, "surname")} on television.");
                break;
        }
    }
}
