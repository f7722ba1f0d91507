namespace Pellucid.Worlds;

/// <summary>Who lives in the micro-world.</summary>
public static class People
{
    /// <summary>Women, then men.</summary>
    public static IReadOnlyList<Entity> All { get; } =
    [
        .. Named(Gender.Female, "Mary Susan Anna Sam Cheryl Amy Emma Alice Sara Laura Julia Clara Nina Rosa Paula Helen Diana Irene Vera "
            + "Lucy Kate Jane Ruth Grace Linda Nancy Karen Lisa Maria Emily Betty Carol"),
        .. Named(Gender.Male, "John Donald Joe Tom James Dan Sid Martin Mark Ben David Felix George Henry Jack Karl Leo Oscar Peter Simon "
            + "Paul Victor Walter Adam Robert Frank Harry Kevin Bill Fred Steve Max"),
    ];

    private static readonly string[] Pets = ["dog", "cat", "horse", "bird", "duck", "mouse", "puppy", "kitten"];

    private static readonly Dictionary<string, int> Places = All.Select((person, place) => (person.Name, place))
        .ToDictionary(pair => pair.Name, pair => pair.place);

    /// <summary>A person by name.</summary>
    public static Entity Get(string name) => All[Places[name]];

    /// <summary>The animal that a person has, the same wherever it is spoken of; four women and four men have each.</summary>
    public static string PetOf(Entity person)
    {
        ArgumentNullException.ThrowIfNull(person);
        var place = Places[person.Name];
        return Pets[(3 * place + place / Pets.Length) % Pets.Length];
    }

    /// <summary>Pairs that never meet in training text:
    /// those whose places in the list add up to a multiple of eight, Mary and John among them.</summary>
    public static bool IsHeldOutPair(Entity first, Entity second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return (Places[first.Name] + Places[second.Name]) % 8 == 0;
    }

    private static IEnumerable<Entity> Named(Gender gender, string names) =>
        names.Split(' ').Select(name => new Entity(name, gender, PartOfSpeech.Propn));
}
