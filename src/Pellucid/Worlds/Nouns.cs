namespace Pellucid.Worlds;

/// <summary>Things, containers and places that several phenomena speak of.</summary>
public static class Nouns
{
    /// <summary>Things that can be put into something. One in five is held out from stories of belief.</summary>
    public static Divided<Entity> Things { get; } = new(Entities("ball key ring coin book apple cup hat cake doll"), every: 5, offset: 2);

    /// <summary>What things are put into.</summary>
    public static IReadOnlyList<Entity> Containers { get; } = Entities("box basket bag drawer chest jar bucket suitcase");

    /// <summary>Rooms that people enter and leave.</summary>
    public static IReadOnlyList<string> Rooms { get; } = ["kitchen", "garden", "office", "bedroom", "hall", "school"];

    /// <summary>What bags and boxes are filled with. One in five is held out from stories of belief.</summary>
    public static Divided<string> Fillings { get; } = new(
        ["popcorn", "chocolate", "rice", "sugar", "tea", "coffee", "salt", "flour", "candy", "bread"], every: 5, offset: 3);

    /// <summary>Where people meet.</summary>
    public static IReadOnlyList<string> MeetingPlaces { get; } = ["store", "garden", "restaurant", "school", "hospital", "office", "house",
        "station", "park", "market", "library", "shops"];

    /// <summary>What people give each other.</summary>
    public static IReadOnlyList<string> Gifts { get; } = ["ring", "kiss", "bone", "basketball", "computer", "necklace", "drink", "snack",
        "book", "ball", "letter", "flower", "bag", "cake"];

    internal static Entity[] Entities(string names, Gender gender = Gender.Neuter) =>
        [.. names.Split(' ').Select(name => new Entity(name, gender))];
}
