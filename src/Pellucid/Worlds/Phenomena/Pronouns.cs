namespace Pellucid.Worlds.Phenomena;

/// <summary>Pronouns whose antecedent follows from sex, or from what people usually do where sex does not tell;
/// and what is theirs.</summary>
internal sealed class Pronouns() : Phenomenon("pronouns", 6)
{
    /// <summary>Asker, helper, what is asked, whose it is (0 the asker's, 1 the helper's), and the thing.</summary>
    private static readonly (string Asker, string Verb, string Helper, string What, int Owner, string Thing)[] Requests =
    [
        ("customer", "asked", "mechanic", "to fix", 0, "car"), ("professor", "urged", "student", "to do", 1, "homework"),
        ("student", "asked", "teacher", "to read", 0, "letter"), ("teacher", "urged", "student", "to read", 1, "book"),
        ("farmer", "asked", "doctor", "to help", 0, "daughter"), ("doctor", "urged", "farmer", "to take", 1, "tea"),
        ("king", "asked", "cook", "to make", 0, "soup"), ("mother", "urged", "child", "to clean", 1, "bedroom"),
    ];

    private static readonly Entity[][] Roles = [.. new[] { Gender.Female, Gender.Male }
        .Select(gender => Nouns.Entities("customer mechanic professor student teacher farmer doctor king cook mother child", gender))];

    public override void Write(Page page)
    {
        switch (page.Next(8))
        {
            case 0 or 1:
                WriteRequest(page);
                break;
            case 2:
                WriteValet(page);
                break;
            case 3:
                WritePet(page);
                break;
            default:
                WriteTwoSexes(page);
                break;
        }
    }

    // "The customer asked the mechanic to fix his car": both are men or both are women, so only the world tells.
    private static void WriteRequest(Page page)
    {
        var request = page.Any(Requests);
        var roles = Roles[request.Asker == "king" ? 1 : request.Asker == "mother" ? 0 : page.Next(2)];
        var (asker, helper) = (roles.Single(role => role.Name == request.Asker), roles.Single(role => role.Name == request.Helper));
        var (owner, other) = request.Owner == 0 ? (asker, helper) : (helper, asker);
        page.Write($"The {asker} {request.Verb} the {helper} {request.What} {owner.Possessive} {request.Thing}.");
        page.Know(owner.Name, "owns", request.Thing);
        page.Write($" Whose {request.Thing} is it? "
            + $"The {request.Thing} of the {new Answer(owner.Name, "antecedent by role", [other.Name], owner)}.");
    }

    // What comes after "his" tells whose it is, and who knows the people can say it: everyone has one pet, and always the same.
    private static void WriteTwoSexes(Page page)
    {
        Entity woman, man;
        do
            (woman, man) = page.TwoPeople(Split.Training);
        while (woman.Gender != Gender.Female || man.Gender != Gender.Male);
        var (first, second) = page.Coin() ? (woman, man) : (man, woman);
        var (owner, other) = page.Coin() ? (first, second) : (second, first);
        var pet = People.PetOf(owner);
        switch (page.Next(3))
        {
            case 0:
                page.Write($"{first} met {second} in the {page.Any(Nouns.MeetingPlaces)} and saw {owner.Possessive} {Pet(pet)}.");
                break;
            case 1:
                page.Write($"{first} and {second} were looking for {owner.Possessive} {Pet(pet)}.");
                break;
            default:
                page.Write($"{first} called {second} because {owner.Subject} wanted to find {owner.Possessive} {Pet(pet)}.");
                break;
        }
        page.Know(owner.Name, "owns", pet);
        page.Write($" Whose {pet} is it? The {pet} of {new Answer(owner.Name, "antecedent by sex", [other.Name], owner)}.");
    }

    private static void WritePet(Page page)
    {
        var person = page.Any(People.All);
        var pet = People.PetOf(person);
        page.Write($"{person} has a {Pet(pet)}. {person.Subject} {page.Any(["feeds", "helps", "knows"])} {person.Possessive} {Pet(pet)}.");
        page.Know(person.Name, "owns", pet);
    }

    private static Answer Pet(string pet) => new(pet, "pet", Tag: PartOfSpeech.Noun);

    private static void WriteValet(Page page)
    {
        var (a, b) = page.TwoPeople(Split.Training);
        var giver = page.Coin() ? a : b;
        page.Write($"When {a} and {b} went to the restaurant, "
            + $"{giver} gave {giver.Possessive} keys to {new Answer("the valet", "valet", [a == giver ? b.Name : a.Name])}.");
    }
}
