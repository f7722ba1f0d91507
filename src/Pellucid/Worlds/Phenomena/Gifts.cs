namespace Pellucid.Worlds.Phenomena;

/// <summary>
/// Two people, one of whom is named again as the giver, so that the receiver can be told by copying the other name
/// (the task of Wang et al. 2022, arXiv 2211.00593, in sentences of our own).
/// </summary>
internal sealed class Gifts(double share = 21) : Phenomenon("gifts", share)
{
    public override string HeldOut => "pairs of names that never meet in training";

    public override void Write(Page page)
    {
        var (a, b) = page.TwoPeople();
        var (giver, receiver) = page.Coin() ? (a, b) : (b, a);
        var (place, gift) = (page.Any(Nouns.MeetingPlaces), page.Any(Nouns.Gifts));
        switch (page.Next(12))
        {
            case 0:
                page.Write($"When {a} and {b} went to the {place}, {giver} gave a {Noun(gift)} to ");
                break;
            case 1:
                page.Write($"Then, {a} and {b} went to the {place}. {giver} gave a {Noun(gift)} to ");
                break;
            case 2:
                page.Write($"After {a} and {b} went to the {place}, {giver} gave the {Noun(gift)} to ");
                break;
            case 3:
                page.Write($"When {a} and {b} got a {Noun(gift)} at the {place}, {giver} decided to give it to ");
                break;
            case 4:
                page.Write($"While {a} and {b} were working at the {place}, {giver} gave a {Noun(gift)} to ");
                break;
            case 5:
                page.Write($"{a} and {b} met at the {place}. {giver} decided to give a {Noun(gift)} to ");
                break;
            case 6:
                page.Write($"Friends {a} and {b} found a {Noun(gift)} at the {place}. {giver} gave it to ");
                break;
            case 7:
                page.Write($"Then, {a} and {b} had a lot of fun at the {place}. {giver} wanted to give a {Noun(gift)} to ");
                break;
            case 8:
                page.Write($"Yesterday {a} and {b} were in the {place}, and {giver} showed a {Noun(gift)} to ");
                break;
            case 9:
                page.Write($"The {place} {a} and {b} went to had a {Noun(gift)}. {giver} gave it to ");
                break;
            case 10:
                page.Write($"Then, {a} and {b} had a long argument, and afterwards {giver} said to ");
                WriteReceiver(page, giver, receiver, " that it was over.");
                return;
            default:
                page.Write($"When {a} and {b} came back from the {place}, {giver} handed a {Noun(gift)} to ");
                break;
        }
        WriteReceiver(page, giver, receiver, ".");
        page.Know(receiver.Name, "has", gift);
        if (page.Next(3) == 0)
            page.Write($" {receiver} thanked {giver.Object}.");
        else if (page.Next(3) == 0)
            page.Write($" {receiver} was happy with {receiver.Possessive} {Noun(gift)}.");
    }

    private static void WriteReceiver(Page page, Entity giver, Entity receiver, string end) =>
        page.Write($"{new Answer(receiver.Name, "receiver", [giver.Name], receiver)}{end}");
}
