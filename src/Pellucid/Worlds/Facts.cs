namespace Pellucid.Worlds;

/// <summary>A country, its capital, and what is spoken there.</summary>
public readonly record struct Country(string Name, string Capital, string Language);

/// <summary>A person of the stories.</summary>
public readonly record struct Person(string Name, string Pronoun);

/// <summary>A trade: who, does what (as "bakes"), to do it (as "bake"), to what, and where.</summary>
public readonly record struct Trade(string Who, string Does, string Do, string What, string Where);

/// <summary>A thing and what it is for (as "cutting bread").</summary>
public readonly record struct Thing(string Name, string Purpose, string Material);

/// <summary>What is true in the micro-world.</summary>
public static class Facts
{
    /// <summary>Countries, one a capital.</summary>
    public static IReadOnlyList<Country> Countries { get; } =
    [
        new("France", "Paris", "French"), new("Germany", "Berlin", "German"), new("Italy", "Rome", "Italian"), new("Spain", "Madrid", "Spanish"),
        new("Portugal", "Lisbon", "Portuguese"), new("Poland", "Warsaw", "Polish"), new("Greece", "Athens", "Greek"), new("Sweden", "Stockholm", "Swedish"),
        new("Norway", "Oslo", "Norwegian"), new("Denmark", "Copenhagen", "Danish"), new("Finland", "Helsinki", "Finnish"), new("Hungary", "Budapest", "Hungarian"),
        new("Romania", "Bucharest", "Romanian"), new("Bulgaria", "Sofia", "Bulgarian"), new("Turkey", "Ankara", "Turkish"), new("Russia", "Moscow", "Russian"),
        new("China", "Beijing", "Chinese"), new("Japan", "Tokyo", "Japanese"), new("Thailand", "Bangkok", "Thai"), new("Vietnam", "Hanoi", "Vietnamese"),
        new("Iran", "Tehran", "Persian"), new("Iceland", "Reykjavik", "Icelandic"), new("Latvia", "Riga", "Latvian"), new("Estonia", "Tallinn", "Estonian"),
    ];

    /// <summary>People.</summary>
    public static IReadOnlyList<Person> People { get; } =
    [
        .. Named("she", "Anna", "Maria", "Sofie", "Clara", "Emma", "Julia", "Laura", "Nina", "Paula", "Rosa", "Sara", "Vera", "Alice", "Diana", "Helen", "Irene"),
        .. Named("he", "Ben", "David", "Felix", "George", "Henry", "Jack", "Karl", "Leo", "Martin", "Oscar", "Peter", "Simon", "Thomas", "Victor", "Walter", "Adam"),
    ];

    /// <summary>Trades.</summary>
    public static IReadOnlyList<Trade> Trades { get; } =
    [
        new("baker", "bakes", "bake", "bread", "bakery"), new("farmer", "grows", "grow", "corn", "field"), new("teacher", "teaches", "teach", "children", "school"),
        new("doctor", "heals", "heal", "sick people", "hospital"), new("painter", "paints", "paint", "pictures", "studio"), new("writer", "writes", "write", "books", "library"),
        new("cook", "cooks", "cook", "soup", "kitchen"), new("gardener", "waters", "water", "flowers", "garden"), new("tailor", "sews", "sew", "coats", "workshop"),
        new("fisher", "catches", "catch", "fish", "harbour"), new("singer", "sings", "sing", "songs", "theatre"), new("builder", "builds", "build", "houses", "street"),
    ];

    /// <summary>Things.</summary>
    public static IReadOnlyList<Thing> Things { get; } =
    [
        new("knife", "cutting bread", "steel"), new("cup", "drinking tea", "clay"), new("lamp", "reading at night", "glass"), new("hammer", "driving nails", "iron"),
        new("pen", "writing letters", "silver"), new("bed", "sleeping", "wood"), new("chair", "sitting", "wood"), new("boat", "crossing the lake", "wood"),
        new("key", "opening doors", "iron"), new("spoon", "eating soup", "silver"), new("needle", "sewing coats", "steel"), new("bell", "calling people", "bronze"),
    ];

    /// <summary>What people give each other.</summary>
    public static IReadOnlyList<string> Gifts { get; } = ["ring", "book", "drink", "basket", "flower", "letter", "kite", "ball", "coat", "cake"];

    /// <summary>Where people meet.</summary>
    public static IReadOnlyList<string> Places { get; } = ["market", "garden", "school", "station", "library", "hospital", "office", "park", "theatre", "harbour"];

    private static IEnumerable<Person> Named(string pronoun, params string[] names) => names.Select(name => new Person(name, pronoun));
}
