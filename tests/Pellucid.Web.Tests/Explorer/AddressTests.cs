using Pellucid.Web.Explorer;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Nonsense in an address of the explorer.</summary>
public sealed class AddressTests
{
    [Theory]
    [InlineData("?text=a&change=1.3%3D0&panel=layers&layer=2&temperature=0.5&lang=zh&theme=dark&seed=7&midway=yes")]
    [InlineData("")]
    [InlineData("?change=nonsense", "change=nonsense")]
    [InlineData("?layer=two&text=a&panel=somewhere", "layer=two", "panel=somewhere")]
    [InlineData("?temperature=0,8&count=1.5", "temperature=0,8", "count=1.5")]
    [InlineData("?frobnicate=1", "frobnicate=1")]
    [InlineData("?stage=attention.1&panel=flow")]
    [InlineData("?stage=attention", "stage=attention")]
    [InlineData("?stage=norm.1", "stage=norm.1")]
    [InlineData("?measure=patch+z&answer=+a", "measure=patch z")]
    public void What_means_nothing_is_found(string query, params string[] found) =>
        Assert.Equal(found, AddressWords.WithoutMeaning("http://127.0.0.1/" + query));

    [Fact]
    public void What_the_explorer_writes_itself_means_something() => Assert.Empty(AddressWords.WithoutMeaning("http://127.0.0.1/"
        + new ExplorerState
        {
            Text = "a b", Stage = "feed-forward.2", Layer = 3, Head = 1,
            Heads = "1.0 2.3", Sum = true, Position = 2, Key = 1, Midway = true, Temperature = 0.5, TopK = 4,
            TopP = 0.5, Count = 9, Seed = 3,
            Prompts = 7, Share = 0.5, Step = 4, Map = "x", Near = "y", Analogy = ["a", "b", "c"], Word = "w", Neuron = "1.2", Source = "s",
            Answer = " a", Wrong = " b", Measure = Pellucid.Looking.PairMeasure.Parse("circuit 0.5"),
        }.ToQuery()));
}
