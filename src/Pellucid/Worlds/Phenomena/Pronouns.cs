namespace Pellucid.Worlds.Phenomena;

/// <summary>Pronouns whose antecedent follows from what people usually do, and pairs of roles in which sex does not tell.</summary>
internal sealed class Pronouns() : Phenomenon("pronouns", 4)
{
    /// <summary>Asker, helper, what is asked, whose it is (0 the asker's, 1 the helper's), and the thing.</summary>
    private static readonly (string Asker, string Verb, string Helper, string What, int Owner, string Thing)[] Requests =
    [
        ("customer", "asked", "mechanic", "to fix", 0, "car"), ("professor", "urged", "student", "to do", 1, "homework"),
        ("student", "asked", "teacher", "to read", 0, "letter"), ("teacher", "urged", "student", "to read", 1, "book"),
        ("farmer", "asked", "doctor", "to help", 0, "daughter"), ("doctor", "urged", "farmer", "to take", 1, "tea"),
        ("king", "asked", "cook", "to make", 0, "soup"), ("mother", "urged", "child", "to clean", 1, "bedroom"),
    ];

    private static readonly Entity[][] Roles = [.. new[] { Gender.Female, Gender.Male }.Select(gender => Nouns.Entities("customer mechanic professor student teacher farmer doctor king cook mother child", gender))];

    public override void Write(Page page)
    {
        switch (page.Next(4))
        {
            case 0:
                WriteRequest(page);
                break;
            case 1:
                WriteValet(page);
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
        page.Write($" Whose {request.Thing} is it? The {request.Thing} of the {new Answer(owner.Name, "antecedent by role", [other.Name], owner)}.");
    }

    private static void WriteTwoSexes(Page page)
    {
        Entity woman, man;
        do
            (woman, man) = page.TwoPeople(Split.Training);
        while (woman.Gender != Gender.Female || man.Gender != Gender.Male);
        var (first, second) = page.Coin() ? (woman, man) : (man, woman);
        var (owner, other) = page.Coin() ? (first, second) : (second, first);
        var thing = page.Any(Nouns.Things.All);
        switch (page.Next(3))
        {
            case 0:
                page.Write($"{first} met {second} in the {page.Any(Nouns.MeetingPlaces)} and saw {owner.Possessive} {thing}.");
                break;
            case 1:
                page.Write($"{first} and {second} were looking for {owner.Possessive} {thing}.");
                break;
            default:
                page.Write($"{first} called {second} because {owner.Subject} wanted to find {owner.Possessive} {thing}.");
                break;
        }
        page.Know(owner.Name, "owns", thing.Name);
        page.Write($" Whose {thing} is it? The {thing} of {new Answer(owner.Name, "antecedent by sex", [other.Name], owner)}.");
    }

    private static void WriteValet(Page page)
    {
        var (a, b) = page.TwoPeople(Split.Training);
        var giver = page.Coin() ? a : b;
        page.Write($"When {a} and {b} went to the restaurant, {giver} gave {giver.Possessive} keys to {new Answer("the valet", "valet", [a == giver ? b.Name : a.Name])}.");
    }
}
