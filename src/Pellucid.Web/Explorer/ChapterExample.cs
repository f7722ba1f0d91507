using Pellucid.Looking;

namespace Pellucid.Web.Explorer;

/// <summary>Something to see on the page, for every chapter of the article: the tour's report leads to it, and it leads back.</summary>
/// <param name="Chapter">Such as <c>05</c>, as the tour counts them; empty for the article's own sentence.</param>
/// <param name="Title">The key of its title.</param>
/// <param name="See">The key of what there is to see.</param>
/// <param name="State">What is seen.</param>
internal sealed record ChapterExample(string Chapter, string Title, string See, ExplorerState State)
{
    private const string Gift = "When Mary and John went to the store, John gave a drink to";

    private const string Cheque = "John wants his bank to cash the";

    private const string Capital = "The capital of Poland is";

    private const string Popcorn = "Sam finds a bag of popcorn. The label on the bag says chocolate. Sam has only read the label. "
        + "Sam believes that the bag is full of";

    /// <summary>What a chapter of the tour shows.</summary>
    public static ExplorerState Of(string chapter) => All.Single(example => example.Chapter == chapter).State;

    /// <summary>In the order of the article.</summary>
    public static IReadOnlyList<ChapterExample> All { get; } =
    [
        new("", "examples.article", "examples.article-see", new ExplorerState { Text = Gift }),
        new("01", "tour.word-vectors.title", "examples.word-vectors-see",
            new ExplorerState { Panel = PanelName.Words, Text = Gift, Map = "cat dog horse kitten puppy Poland Warsaw Germany Berlin",
                Near = "cat", Analogy = ["Poland", "Warsaw", "Germany"] }),
        new("02", "tour.senses.title", "examples.senses-see",
            new ExplorerState { Panel = PanelName.Layers, Text = Cheque, Position = 3 }),
        new("03", "tour.layers.title", "examples.layers-see",
            new ExplorerState { Panel = PanelName.Layers, Text = Capital, Midway = true, Colour = LensColour.Target }),
        new("04", "tour.attention.title", "examples.attention-see",
            new ExplorerState { Panel = PanelName.Attention, Text = Cheque, Position = 2 }),
        new("05", "tour.circuit.title", "examples.circuit-see", new ExplorerState { Panel = PanelName.Intervene, Text = Gift }),
        new("06", "tour.neurons.title", "examples.neurons-see", new ExplorerState { Panel = PanelName.Neurons, Text = Cheque }),
        new("07", "tour.arithmetic.title", "examples.arithmetic-see",
            new ExplorerState { Panel = PanelName.Intervene, Text = "The capital of China is",
                Changes = [Intervention.Parse($"m0+1({Capital}|)")] }),
        new("08", "tour.division.title", "examples.division-see", new ExplorerState { Panel = PanelName.Intervene, Text = Capital }),
        new("09", "tour.training.title", "examples.training-see", new ExplorerState { Panel = PanelName.Train, Text = Gift }),
        new("10", "tour.scale.title", "examples.scale-see", new ExplorerState { Panel = PanelName.Predict, Text = Popcorn }),
        new("11", "tour.assistant.title", "examples.assistant-see",
            new ExplorerState { Panel = PanelName.Predict, Text = "Q: What is the capital of Poland?\nA:" }),
    ];
}
