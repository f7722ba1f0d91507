namespace Pellucid.Worlds;

/// <summary>Whose name comes first in a prompt.</summary>
public enum NameOrder
{
    /// <summary>The receiver, then the giver, who acts: A B … B gave it to → A.</summary>
    ReceiverFirst,

    /// <summary>The giver, who acts, then the receiver: B A … B gave it to → A.</summary>
    GiverFirst,
}

/// <summary>
/// A prompt in which two people are named, one of them acts, and the other is to be named next (Wang et al. 2023), and its
/// counterfactual, in which three others stand in their places and nobody is named twice.
/// </summary>
/// <param name="Template">Which of the templates, from 0.</param>
/// <param name="Order">Whose name comes first.</param>
/// <param name="Text">Up to the word before the receiver's second mention.</param>
/// <param name="Receiver">Who receives: the right answer, named once.</param>
/// <param name="Giver">Who acts: named twice.</param>
/// <param name="Counterfactual">The same text with three other names.</param>
public sealed record IndirectObjectPrompt(int Template, NameOrder Order, string Text, string Receiver, string Giver, string Counterfactual);

/// <summary>
/// Prompts about giving, made up from fifteen templates, two orders of names, and lists of names, places and things. The
/// same seed writes the same prompts.
/// </summary>
public sealed class IndirectObject(ulong seed, IReadOnlyList<string>? names = null, IReadOnlyList<string>? places = null,
    IReadOnlyList<string>? things = null)
{
    /// <summary>First names that are one token of GPT-2's vocabulary with a space before them.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "Adam", "Alan", "Alex", "Alice", "Amy", "Andrew", "Anna", "Anne", "Anthony", "Ben", "Bill", "Bob", "Brian", "Bruce", "Carl",
        "Chris", "Claire", "Daniel", "Dave", "David",
        "Dean", "Diana", "Edward", "Elizabeth", "Emily", "Emma", "Eric", "Frank", "Fred", "George", "Grace", "Greg", "Harry", "Helen",
        "Henry", "Jack", "Jacob", "James", "Jane", "Jason",
        "Jeff", "Jennifer", "Jim", "John", "Josh", "Julia", "Karen", "Kate", "Kelly", "Kevin", "Laura", "Leo", "Lisa", "Louis", "Lucy",
        "Luke", "Maria", "Mark", "Martin", "Mary",
        "Matt", "Max", "Michael", "Mike", "Nick", "Oliver", "Oscar", "Patrick", "Paul", "Peter", "Philip", "Rachel", "Rebecca", "Richard",
        "Robert", "Roger", "Rose", "Ryan", "Sam", "Sarah",
        "Scott", "Sean", "Simon", "Stephen", "Steve", "Susan", "Thomas", "Tim", "Tom", "Tony", "Victoria", "Walter", "Will",
    ];

    /// <summary>Where it happens.</summary>
    public static IReadOnlyList<string> Places { get; } = ["market", "park", "library", "museum", "farm", "beach", "kitchen", "theatre"];

    /// <summary>What is given.</summary>
    public static IReadOnlyList<string> Things { get; } = ["book", "flower", "letter", "ball", "coat", "coin", "cake", "map"];

    // {A} and {B} are the names in the order of their first mention, {S} is who acts; written after the patterns of the paper's templates.
    private static readonly string[] Templates =
    [
        "Then, {A} and {B} went to the {P}. {S} gave a {O} to",
        "Then, {A} and {B} had a lot of fun at the {P}. {S} gave a {O} to",
        "Then, {A} and {B} were working at the {P}. {S} decided to give a {O} to",
        "Then, {A} and {B} were thinking about going to the {P}. {S} wanted to give a {O} to",
        "Then, {A} and {B} had a long argument, and afterwards {S} said to",
        "After {A} and {B} went to the {P}, {S} gave a {O} to",
        "When {A} and {B} got a {O} at the {P}, {S} decided to give it to",
        "When {A} and {B} got a {O} at the {P}, {S} decided to give the {O} to",
        "While {A} and {B} were working at the {P}, {S} gave a {O} to",
        "While {A} and {B} were commuting to the {P}, {S} gave a {O} to",
        "After the lunch, {A} and {B} went to the {P}. {S} gave a {O} to",
        "Afterwards, {A} and {B} went to the {P}. {S} gave a {O} to",
        "Then, {A} and {B} had a long argument. Afterwards {S} said to",
        "The {P} {A} and {B} went to had a {O}. {S} gave it to",
        "Friends {A} and {B} found a {O} at the {P}. {S} gave it to",
    ];

    private readonly IReadOnlyList<string> _names = (names ?? Names).Count >= 5 ? names ?? Names
        : throw new ArgumentException("five names are needed: two for a prompt, three for its counterfactual", nameof(names));
    private readonly IReadOnlyList<string> _places = places ?? Places, _things = things ?? Things;
    private ulong _state = seed;

    /// <summary>Number of templates.</summary>
    public static int TemplateCount => Templates.Length;

    /// <summary>A prompt of any template and order.</summary>
    public IndirectObjectPrompt Next() => Next(Below(Templates.Length), (NameOrder)Below(2));

    /// <summary>A prompt of one template and order.</summary>
    public IndirectObjectPrompt Next(int template, NameOrder order)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)template, (uint)Templates.Length, nameof(template));
        var who = Different(5);
        var (receiver, giver, place, thing) = (who[0], who[1], _places[Below(_places.Count)], _things[Below(_things.Count)]);
        string Fill(string first, string second, string acting) =>
            Templates[template].Replace("{A}", first, StringComparison.Ordinal).Replace("{B}", second, StringComparison.Ordinal)
                .Replace("{S}", acting, StringComparison.Ordinal).Replace("{P}", place, StringComparison.Ordinal).Replace(
                    "{O}", thing, StringComparison.Ordinal);
        var (one, two) = order == NameOrder.ReceiverFirst ? (receiver, giver) : (giver, receiver);
        return new IndirectObjectPrompt(template, order, Fill(one, two, giver), receiver, giver, Fill(who[2], who[3], who[4]));
    }

    /// <summary>So many prompts of every template in both orders: means within a template need several each.</summary>
    public IReadOnlyList<IndirectObjectPrompt> Balanced(int each) =>
        [.. from template in Enumerable.Range(0, Templates.Length) from order in Enum.GetValues<NameOrder>()
            from i in Enumerable.Range(0, each) select Next(template, order)];

    /// <summary>Whole sentences, one a line, to train on. Shuffled ones end with either name by the toss of a coin.</summary>
    public string Text(int prompts, bool shuffled = false)
    {
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < prompts; i++)
        {
            var prompt = Next();
            text.Append(prompt.Text).Append(' ').Append(shuffled && Below(2) == 0 ? prompt.Giver : prompt.Receiver).Append(".\n");
        }
        return text.ToString();
    }

    private string[] Different(int count)
    {
        var chosen = new List<string>();
        while (chosen.Count < count)
            if (_names[Below(_names.Count)] is var name && !chosen.Contains(name))
                chosen.Add(name);
        return [.. chosen];
    }

    // SplitMix64 (Steele, Lea and Flood 2014).
    private int Below(int count)
    {
        var x = _state += 0x9E3779B97F4A7C15;
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
        x = (x ^ x >> 27) * 0x94D049BB133111EB;
        return (int)(((x ^ x >> 31) >> 32) * (ulong)count >> 32);
    }
}
