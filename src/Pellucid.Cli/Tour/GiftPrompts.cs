using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>How a head looks around in gift sentences, on average:
/// from the end to the receiver, to the giver's first and second mention, and from the second to the first.</summary>
internal sealed record GiftLook(int Layer, int Head, double ToReceiver, double ToFirst, double ToSecond, double ToDuplicate)
{
    /// <summary>What a name mover prefers: the receiver to both mentions of the giver.</summary>
    public double Preference => ToReceiver - ToFirst - ToSecond;
}

/// <summary>Gift sentences of the forms that the micro-world writes, with names that never meet in its training text.</summary>
internal static class GiftPrompts
{
    // Of the fifteen templates those that the world writes, but for a word.
    private static readonly int[] Templates = [0, 1, 5, 6, 8, 13, 14];

    public static IndirectObjectData Of(Tokenizer tokenizer, ulong seed, int each) => new(tokenizer, Texts(seed, each));

    /// <summary>The sentences themselves, so many of every form and order of names.</summary>
    public static IReadOnlyList<IndirectObjectPrompt> Texts(ulong seed, int each)
    {
        var source = new IndirectObject(seed, [.. People.All.Select(person => person.Name)], Nouns.MeetingPlaces, Nouns.Gifts);
        var prompts = new List<IndirectObjectPrompt>();
        foreach (var template in Templates)
            foreach (var order in Enum.GetValues<NameOrder>())
                for (var found = 0; found < each;)
                    if (source.Next(template, order) is var prompt
                        && People.IsHeldOutPair(People.Get(prompt.Receiver), People.Get(prompt.Giver)))
                    {
                        prompts.Add(prompt);
                        found++;
                    }
        return prompts;
    }

    /// <summary>Where every head looks, from patterns of the prompts.</summary>
    public static IReadOnlyList<GiftLook> Looks(GptConfig config, ActivationCache cache, IndirectObjectData data)
    {
        return [.. Component.Heads(config).Select(head =>
        {
            var patterns = Enumerable.Range(0, data.Count)
                .Select(prompt => cache.Pattern(Activation.Pattern, head.Layer, head.Head, prompt)).ToList();
            double Mean(Role from, Role to) => Enumerable.Range(0, data.Count)
                .Average(prompt => (double)patterns[prompt][data.PositionOf(from, prompt), data.PositionOf(to, prompt)]);
            return new GiftLook(head.Layer, head.Head, Mean(Role.End, Role.IO), Mean(Role.End, Role.S1),
                Mean(Role.End, Role.S2), Mean(Role.S2, Role.S1));
        })];
    }
}
