using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Tests.Looking;

public sealed class DivisionOfLabourTests
{
    // Tokens 0 to 3 are countries, 4 to 7 their capitals, 8 asks for what stands first.
    // A neuron of layer 1 knows each capital; a head of layer 0 copies.
    [Fact]
    public void Without_feed_forward_layers_recall_goes_and_copying_stays()
    {
        const int Asks = 8, First = 9, Out = 12;
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new ModelByHand(backend,
            new GptConfig { VocabularySize = 9, Context = 8, Layers = 2, Heads = 1, Width = 24 }, neurons: 4);
        for (var country = 0; country < 4; country++)
            model.Token(country, country).Token(4 + country, Out + country).Neuron(1, country, country, 10, Out + country, 0.3f)
                .Reads(0, 0, 2, Out + country, 1 + country, 1).Writes(0, 0, 1 + country, Out + country, 5);
        model.Token(8, Asks).Position(0, First).Reads(0, 0, 0, Asks, 0, 20).Reads(0, 0, 1, First, 0, 20);
        var gpt = model.Finish();
        Question[] recall = [new([8, 1], 5, 4), new([8, 3], 7, 6)], copying = [new([6, 0, 8], 6, 5), new([4, 2, 8], 4, 7)];
        Assert.Equal([new Labour(0, 1, 1), new Labour(1, 0, 1), new Labour(2, 0, 1)], DivisionOfLabour.Measure(gpt, recall, copying));
    }
}
