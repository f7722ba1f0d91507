using Pellucid.Worlds;

namespace Pellucid.Tests.Worlds;

public sealed class IndirectObjectTests
{
    [Fact]
    public void Prompts_name_the_receiver_once_the_giver_twice_and_counterfactuals_three_others()
    {
        var prompts = new IndirectObject(5).Balanced(4);
        Assert.Equal(15 * 2 * 4, prompts.Count);
        foreach (var prompt in prompts)
        {
            var named = Named(prompt.Text);
            Assert.Equal(prompt.Order == NameOrder.ReceiverFirst ? [prompt.Receiver, prompt.Giver, prompt.Giver]
                : [prompt.Giver, prompt.Receiver, prompt.Giver], named);
            var others = Named(prompt.Counterfactual);
            Assert.Equal(5, others.Concat(named).Distinct().Count());
            Assert.EndsWith(" to", prompt.Text, StringComparison.Ordinal);
            Assert.DoesNotContain('{', prompt.Text);
            Assert.Equal(prompt.Text.Split(' ').Length, prompt.Counterfactual.Split(' ').Length);
        }
    }

    [Fact]
    public void The_same_seed_writes_the_same_prompts_and_text()
    {
        Assert.Equal(new IndirectObject(5).Text(50), new IndirectObject(5).Text(50));
        Assert.NotEqual(new IndirectObject(5).Text(50), new IndirectObject(6).Text(50));
        Assert.Equal(50, new IndirectObject(5).Text(50).Count(character => character == '\n'));
    }

    private static string[] Named(string text) => [.. text.Split(' ', ',', '.').Where(word => IndirectObject.Names.Contains(word))];
}
